/* Which versions of the libraries are at work. */
#ifndef PP_MACHINE_LIBRARIES_H
#define PP_MACHINE_LIBRARIES_H

#include "pptest/task.h"

enum { PP_LIBRARIES_MAX = 16 };

struct pp_library_version {
    char name[24];
    char version[72]; /* as the library says it; "": it is not installed */
};

struct pp_libraries {
    unsigned count;
    struct pp_library_version items[PP_LIBRARIES_MAX];
};

/* Adds one, unless a library of that name is there already or there is no more room. */
void pp_libraries_add(struct pp_libraries *libraries, const char *name, const char *version);

/* The C library: glibc with its version, musl by the loader's name. Another one, or a musl linked statically, is left
 * out. */
void pp_libraries_add_libc(struct pp_libraries *libraries);

/* musl, if this is the path of its dynamic loader. */
void pp_libraries_add_loader(struct pp_libraries *libraries, const char *loader);

/* The libraries of these tasks (ended by NULL), in their order. Loads them: for a child that will soon end. What has
 * been added is whole at any moment, should one of them break it. */
void pp_libraries_ask_tasks(struct pp_libraries *libraries, const struct pp_task *const *tasks);

#endif
