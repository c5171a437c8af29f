/* The centred square of a picture, scaled down by bilinear interpolation.
 *
 * As cv2.resize does it by default (INTER_LINEAR): pixels are samples at their centres, each answer is a mean of the
 * two by two nearest samples, all of which lie inside because nothing is enlarged. Sides up to PP_PICTURE_SIDE stay as
 * they are. Positions are exact multiples of 1/1024, so integers give the exactly rounded result (halves up). */
#ifndef PPTEST_LIB_RESIZE_H
#define PPTEST_LIB_RESIZE_H

#include "lib/picture.h"

/* Where the samples of one axis come from. */
struct pp_resize {
    size_t side;                      /* pixels of the answer */
    const uint8_t *rgb;               /* the square's first pixel */
    size_t row_bytes;                 /* from a row of the picture to the next */
    uint32_t source[PP_PICTURE_SIDE]; /* first of the two samples, relative to the square */
    int32_t weight[PP_PICTURE_SIDE];  /* share of the second, in 1/1024 */
};

/* Rows of the picture already interpolated across; one per thread, `held` all PP_RESIZE_NONE at first. */
struct pp_resize_rows {
    size_t held[2];
    int32_t row[2][3 * PP_PICTURE_SIDE];
};
#define PP_RESIZE_NONE SIZE_MAX

void pp_resize_init(struct pp_resize *resize, const struct pp_picture *picture);

/* Row `y` of the answer, 0 to 255, as three planes PP_PICTURE_SIDE apart. Rows are cheapest in rising order. */
void pp_resize_row(const struct pp_resize *resize, struct pp_resize_rows *rows, size_t y, int32_t *planes);

#endif
