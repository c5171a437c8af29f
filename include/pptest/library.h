/* Shared libraries that not every run needs, loaded by the process that first does: fork copies every mapping of the
 * program, so a library that is linked makes the workers of all tasks dearer. */
#ifndef PPTEST_LIBRARY_H
#define PPTEST_LIBRARY_H

#include <stddef.h>

#include "pptest/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One function: what the library calls it, and where its address goes. */
struct pp_library_symbol {
    const char *name;
    size_t offset; /* of a pointer to a function of the right type, in the caller's struct */
};

/* A library, described once, as constant data. */
struct pp_library {
    const char *title;                       /* as a person knows it: "OpenBLAS" */
    const char *const *names;                /* of the shared object, tried in this order, ended by NULL */
    const struct pp_library_symbol *symbols; /* ended by {0} */
    const char *suspicion;                   /* why it may lack a function, as a question: "is it too old?" */
    const char *install;                     /* the way out: "install the package …", no full stop */
};

/* Loads the library (once in a process; it stays until the end) and sets the pointers in the struct `functions`, which
 * changes only on success. A task calls it in `prepare`, so that forked workers find it ready. Returns 0, -ELIBACC when
 * it is not installed, or -ELIBBAD when it lacks a function. */
int pp_library_load(const struct pp_library *description, void *functions, struct pp_error *error);

#ifdef __cplusplus
}
#endif

#endif
