/* A config file's bytes. */
#ifndef PP_CONFIG_READ_FILE_H
#define PP_CONFIG_READ_FILE_H

#include <stddef.h>

#include "config/read_field.h"

/* Reads all of reader->file, a pipe too. On success *text, which the caller frees, holds *length bytes.
 * Returns 0; -EINVAL with the problem listed, being a file that is missing, a folder, unreadable, or too large;
 * -ENOMEM. */
int pp_file_read(const struct pp_reader *reader, char **text, size_t *length);

#endif
