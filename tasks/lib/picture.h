/* Pictures in memory: rows of RGB bytes from top left, one after another. */
#ifndef PPTEST_LIB_PICTURE_H
#define PPTEST_LIB_PICTURE_H

#include <stddef.h>
#include <stdint.h>

/* Bytes after the last pixel that may be read and are set: kernels read a pixel and its neighbour as whole words. */
#define PP_PICTURE_SLACK 8

/* Side of the largest answer, in pixels. */
#define PP_PICTURE_SIDE 512

struct pp_picture {
    size_t width, height; /* pixels, both at least 1 */
    uint8_t *rgb;         /* 3 * width * height bytes and the slack */
};

/* Bytes to be had at `rgb`, slack included. */
static inline size_t pp_picture_bytes(size_t width, size_t height) { return 3 * width * height + PP_PICTURE_SLACK; }

/* Side of the answer for a picture of this size: that of the largest square in it, PP_PICTURE_SIDE at most. */
static inline size_t pp_picture_side(size_t width, size_t height) {
    size_t side = width < height ? width : height;
    return side < PP_PICTURE_SIDE ? side : PP_PICTURE_SIDE;
}

#endif
