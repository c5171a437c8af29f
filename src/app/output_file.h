/* The one file that a command writes: looked at before the work, written whole or not at all. */
#ifndef PP_APP_OUTPUT_FILE_H
#define PP_APP_OUTPUT_FILE_H

#include "pptest/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct pp_output_file {
    char path[PATH_MAX]; /* links resolved */
    bool replaced;       /* a plain file, there or not: written beside and renamed; anything else is written into */
};

/* Can `name` be written? What is there already must begin with `beginning` (or hold nothing), and be none of the
 * `inputs`: nobody's work is overwritten. Returns 0, or -errno with words; nothing is left behind either way. */
int pp_output_file_open(struct pp_output_file *file, const char *name, const char *beginning, const char *const *inputs,
                        size_t input_count, struct pp_error *error);

/* Writes all `size` bytes. A plain file that was there is replaced only when they are on the disk, and keeps its
 * permissions. Returns 0, or -errno with words and no file left behind. */
int pp_output_file_write(const struct pp_output_file *file, const char *bytes, size_t size, struct pp_error *error);

#endif
