/* The bytes of a file that somebody named. */
#ifndef PP_BASE_READ_FILE_H
#define PP_BASE_READ_FILE_H

#include <stddef.h>

#include "base/problems.h"

/* What kind of file is wanted: for messages, and against filling the memory with one that was named by mistake. */
struct pp_file_kind {
    const char *name; /* "config" */
    size_t max_mib;
};

/* Reads all of the file at `path`, a pipe too. On success *text, which the caller frees, holds *length bytes.
 * Returns 0; -EINVAL with the problem listed, being a file that is missing, a folder, unreadable, or too large;
 * -ENOMEM. */
int pp_file_read(const char *path, const struct pp_file_kind *kind, struct pp_problems *problems, char **text,
                 size_t *length);

#endif
