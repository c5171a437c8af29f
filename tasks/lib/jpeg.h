/* JPEG files, read whole with libjpeg-turbo. */
#ifndef PPTEST_LIB_JPEG_H
#define PPTEST_LIB_JPEG_H

#include "lib/picture.h"
#include "pptest/error.h"

/* Decodes the file at `path` into memory from pp_shared_alloc; colour and greyscale alike become RGB. Damaged and
 * truncated files are refused, not patched up, and so are CMYK files and more than 200 million pixels.
 * Returns 0 or -errno with words that name the file; the picture changes only on success. */
int pp_jpeg_read(const char *path, struct pp_picture *picture, struct pp_error *error);

/* A copy in memory of its own. Returns 0 or -ENOMEM. */
int pp_picture_copy(const struct pp_picture *from, struct pp_picture *to);

/* Gives the pixels back; {0} is accepted. */
void pp_picture_release(struct pp_picture *picture);

#endif
