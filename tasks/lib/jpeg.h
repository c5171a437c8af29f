/* JPEG files, decoded with libjpeg-turbo. */
#ifndef PPTEST_LIB_JPEG_H
#define PPTEST_LIB_JPEG_H

#ifdef PP_HAVE_JPEG

/* Before jpeglib.h, which uses FILE. */
#include <stdio.h>

#include <jpeglib.h>

#include "lib/picture.h"
#include "pptest/error.h"
#include "pptest/input.h"
#include "pptest/memory.h"

/* What is called of libjpeg. Plain values, so it may be copied. */
struct pp_jpeg {
    __typeof__(jpeg_std_error) *std_error;
    __typeof__(jpeg_CreateDecompress) *create_decompress;
    __typeof__(jpeg_mem_src) *mem_src;
    __typeof__(jpeg_read_header) *read_header;
    __typeof__(jpeg_start_decompress) *start_decompress;
    __typeof__(jpeg_read_scanlines) *read_scanlines;
    __typeof__(jpeg_finish_decompress) *finish_decompress;
    __typeof__(jpeg_destroy_decompress) *destroy_decompress;
    __typeof__(jpeg_CreateCompress) *create_compress;
    __typeof__(jpeg_mem_dest) *mem_dest;
    __typeof__(jpeg_set_defaults) *set_defaults;
    __typeof__(jpeg_set_quality) *set_quality;
    __typeof__(jpeg_start_compress) *start_compress;
    __typeof__(jpeg_write_scanlines) *write_scanlines;
    __typeof__(jpeg_finish_compress) *finish_compress;
    __typeof__(jpeg_destroy_compress) *destroy_compress;
};

/* For a task's `prepare`; see pp_library_load. */
int pp_jpeg_load(struct pp_jpeg *jpeg, struct pp_error *error);

/* A task's `library_version`: that of the headers it was built with, as the library itself does not tell. */
int pp_jpeg_version(char *text, size_t size);

/* Decodes a file's `count` bytes into memory from pp_shared_alloc; colour and greyscale alike become RGB. Damaged and
 * truncated files are refused, not patched up, and so are CMYK files and more than 200 million pixels.
 * Returns 0 or -errno with words that name the file, `path`; the picture changes only on success. */
int pp_jpeg_decode(const struct pp_jpeg *jpeg, const char *path, const void *bytes, size_t count,
                   struct pp_picture *picture, struct pp_error *error);

/* The same into `room`, which grows when it has to and keeps the pixels: they are not to be released. */
int pp_jpeg_decode_into(const struct pp_jpeg *jpeg, const char *path, const struct pp_input *file,
                        struct pp_buffer *room, struct pp_picture *picture, struct pp_error *error);

/* Encodes into `room`, which grows when it has to, as colour with half the resolution of the hues, as cameras do.
 * `quality`: 1 to 100. Returns 0 with the number of bytes, or -errno. */
int pp_jpeg_encode(const struct pp_jpeg *jpeg, const struct pp_picture *picture, int quality, struct pp_buffer *room,
                   size_t *bytes, struct pp_error *error);

/* Bytes of room with which encoding a picture of `picture_bytes` takes no memory: a byte for each pixel does as a rule,
 * even with the best quality; more where it is known to end in more. */
size_t pp_jpeg_room(size_t picture_bytes, size_t encoded_bytes);

/* A copy in memory of its own. Returns 0 or -ENOMEM. */
int pp_picture_copy(const struct pp_picture *from, struct pp_picture *to);

/* Gives the pixels back; {0} is accepted. */
void pp_picture_release(struct pp_picture *picture);

#endif
#endif
