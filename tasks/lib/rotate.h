/* Turning pictures around their middle, by any angle, with bilinear interpolation; the size stays, corners that nothing
 * is turned into are black. In integers throughout, so that every machine gives the same bytes. */
#ifndef PPTEST_LIB_ROTATE_H
#define PPTEST_LIB_ROTATE_H

#include "lib/picture.h"

/* Where pixels come from: positions in units of 2^-32 of a pixel. */
struct pp_rotation {
    int64_t x, y;           /* what the top left pixel shows */
    int64_t x_step, y_step; /* from one to the next on its right; (-y_step, x_step) to the one below */
};

/* Counter-clockwise by `degrees`, for pictures of that size. */
struct pp_rotation pp_rotation_of(double degrees, size_t width, size_t height);

/* Writes the turned picture to `rgb`, which has the picture's size, slack included. A pixel is the mean of the four
 * around its position, each weighted with how near it is, in 256ths; beyond the edges all is black. */
void pp_rotate(const struct pp_rotation *rotation, const struct pp_picture *picture, uint8_t *rgb);

/* One pixel of it, calculated as plainly as it can be written, to compare with. */
void pp_rotate_pixel(const struct pp_rotation *rotation, const struct pp_picture *picture, size_t x, size_t y,
                     uint8_t rgb[3]);

#endif
