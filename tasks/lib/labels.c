#include "lib/labels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The name of the labels' file, from that of the images; NULL when it has no such parts, or without memory. The
 * caller's, to free. */
static char *name_like(const char *images) {
    const char *last = strrchr(images, '/');
    char *name = strdup(images);
    char *word = name ? strstr(name + (last ? last - images : 0), "images") : NULL;
    char *idx = word ? strstr(word, "idx3") : NULL;
    if (!idx) {
        free(name);
        return NULL;
    }
    for (const char *letter = "labels"; *letter; letter++)
        *word++ = *letter;
    idx[3] = '1';
    return name;
}

static int check(const struct pp_idx *labels, const char *name, const struct pp_labels_wanted *wanted,
                 struct pp_error *error) {
    if (labels->count != wanted->count)
        return pp_error_set(error, -EINVAL, "%s: found %zu labels, expected %zu: one for each image", name,
                            labels->count, wanted->count);
    for (size_t i = 0; i < labels->count; i++)
        if (labels->values[i] >= wanted->classes)
            return pp_error_set(error, -EINVAL, "%s: label %zu is %u, expected 0 to %zu, the classes of the model",
                                name, i, labels->values[i], wanted->classes - 1);
    return 0;
}

static int load(struct pp_idx *labels, const struct pp_env *env, const char *name,
                const struct pp_labels_wanted *wanted, struct pp_error *error) {
    struct pp_idx found = {0};
    int status = pp_idx_load(&found, env, name, 1, error);
    if (status)
        return status;
    status = check(&found, name, wanted, error);
    if (status)
        pp_idx_release(&found);
    else
        *labels = found;
    return status;
}

int pp_labels_load(struct pp_idx *labels, const struct pp_env *env, const struct pp_labels_wanted *wanted,
                   struct pp_error *error) {
    if (wanted->name[0])
        return load(labels, env, wanted->name, wanted, error);
    struct pp_error why = {0};
    char *name = name_like(wanted->images);
    int status = name ? load(labels, env, name, wanted, &why) : 0;
    free(name);
    if (status == -ENOENT)
        return 0;
    if (status && error)
        *error = why;
    return status;
}
