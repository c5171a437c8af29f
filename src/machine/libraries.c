#include "machine/libraries.h"

#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void pp_libraries_add(struct pp_libraries *libraries, const char *name, const char *version) {
    for (unsigned i = 0; i < libraries->count; i++)
        if (strcmp(libraries->items[i].name, name) == 0)
            return;
    if (libraries->count == PP_LIBRARIES_MAX)
        return;
    struct pp_library_version *item = &libraries->items[libraries->count];
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->version, sizeof item->version, "%s", version);
    libraries->count++;
}

/* ---- the C library ---- */

/* confstr(3): "glibc 2.36". */
static bool add_told(struct pp_libraries *libraries) {
#ifdef _CS_GNU_LIBC_VERSION
    char text[72];
    size_t length = confstr(_CS_GNU_LIBC_VERSION, text, sizeof text);
    char *blank = length > 0 && length <= sizeof text ? strchr(text, ' ') : NULL;
    if (blank) {
        *blank = '\0';
        pp_libraries_add(libraries, text, blank + 1);
    }
    return blank;
#else
    (void)libraries;
    return false;
#endif
}

void pp_libraries_add_loader(struct pp_libraries *libraries, const char *loader) {
    const char *slash = strrchr(loader, '/');
    if (strncmp(slash ? slash + 1 : loader, "ld-musl-", strlen("ld-musl-")) == 0)
        pp_libraries_add(libraries, "musl", "version unknown");
}

/* musl tells nothing, but is itself the dynamic loader that the program names. */
static int look_for_loader(struct dl_phdr_info *object, size_t size, void *context) {
    (void)size;
    for (unsigned i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_INTERP)
            pp_libraries_add_loader(context, (const char *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr));
    return 1; /* the first object is the program */
}

void pp_libraries_add_libc(struct pp_libraries *libraries) {
    if (!add_told(libraries))
        dl_iterate_phdr(look_for_loader, libraries);
}

/* ---- the tasks' ---- */

void pp_libraries_ask_tasks(struct pp_libraries *libraries, const struct pp_task *const *tasks) {
    for (; *tasks; tasks++) {
        char version[sizeof libraries->items[0].version] = "";
        if (!(*tasks)->library || !(*tasks)->library_version)
            continue;
        if ((*tasks)->library_version(version, sizeof version) < 0)
            version[0] = '\0';
        pp_libraries_add(libraries, (*tasks)->library, version);
    }
}
