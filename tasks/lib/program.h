/* Programs: where they are, and whether they can be executed. */
#ifndef PPTEST_LIB_PROGRAM_H
#define PPTEST_LIB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

#include "pptest/error.h"

/* Looks a program without a slash up as a shell does it; an empty folder in PATH stands for the current one. Returns
 * whether there is one, its path in `path`. */
bool pp_program_in_path(const char *name, char *path, size_t size);

/* Finds what a command begins with: in PATH, or with a slash as pp_path_find does it (pptest/file.h), `dir` being the
 * config's folder. Returns 0, or -errno with the way out. */
int pp_program_find(const char *name, const char *dir, char *path, size_t size, struct pp_error *error);

#endif
