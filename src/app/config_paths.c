#include "app/config_paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Takes over `path`; NULL: there was no memory for it. */
static int add(struct pp_config_paths *paths, char *path) {
    char **grown = path ? realloc(paths->items, (paths->count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(path);
        return -ENOMEM;
    }
    paths->items = grown;
    paths->items[paths->count++] = path;
    return 0;
}

static char *join(const char *folder, const char *name) {
    size_t length = strlen(folder);
    bool has_slash = length > 0 && folder[length - 1] == '/';
    char *path = malloc(length + strlen(name) + 2);
    if (path)
        sprintf(path, "%s%s%s", folder, has_slash ? "" : "/", name);
    return path;
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool is_json(const char *name) {
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int add_found(struct pp_config_paths *paths, const char *folder, const char *name) {
    char *path = is_json(name) ? join(folder, name) : NULL;
    if (!path)
        return is_json(name) ? -ENOMEM : 0;
    if (!is_folder(path))
        return add(paths, path);
    free(path);
    return 0;
}

static int compare(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int add_folder(struct pp_config_paths *paths, const char *folder, struct pp_problems *problems) {
    size_t first = paths->count;
    DIR *opened = opendir(folder);
    if (!opened)
        return errno == ENOMEM
                   ? -ENOMEM
                   : pp_problems_add(problems, folder, "", "this folder cannot be read: %s", strerror(errno));
    int status = 0;
    errno = 0;
    for (struct dirent *entry; status == 0 && (entry = readdir(opened)) != NULL; errno = 0)
        status = add_found(paths, folder, entry->d_name);
    if (status == 0 && errno != 0)
        status = pp_problems_add(problems, folder, "", "this folder cannot be read: %s", strerror(errno));
    closedir(opened);
    if (status == 0 && paths->count == first)
        status = pp_problems_add(problems, folder, "", "this folder has no *.json; name a config, or a folder of them");
    if (paths->count > first)
        qsort(paths->items + first, paths->count - first, sizeof *paths->items, compare);
    return status;
}

int pp_config_paths_find(const char *const *named, size_t count, struct pp_config_paths *paths,
                         struct pp_problems *problems) {
    *paths = (struct pp_config_paths){0};
    int status = 0;
    for (size_t i = 0; i < count && status != -ENOMEM; i++) {
        int this_status = is_folder(named[i]) ? add_folder(paths, named[i], problems) : add(paths, strdup(named[i]));
        status = this_status != 0 ? this_status : status;
    }
    return status;
}

void pp_config_paths_release(struct pp_config_paths *paths) {
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct pp_config_paths){0};
}
