/* Rows of pixels from sRGB to CIE Lab and back, changing lightness alone.
 *
 * sRGB and its matrix are those of IEC 61966-2-1 (white point D65), Lab that of CIE 15: with f(t) the cube root, and a
 * straight line below (6/29)^3, L = 116 f(Y) - 16, a = 500 (f(X) - f(Y)), b = 200 (f(Y) - f(Z)), X, Y and Z relative
 * to white. Keeping a and b while L grows by d therefore moves f(X), f(Y) and f(Z) alike, by d / 116, which is why
 * these three are what a row holds. */
#ifndef PPTEST_LIB_LAB_H
#define PPTEST_LIB_LAB_H

#include "lib/picture.h"

/* Steps of an eight-bit lightness, 255 for L = 100, that f(Y) moves when it grows by 1. */
#define PP_LAB_STEPS (116 * 2.55)

/* What settles lightness where a vector's precision leaves it open. */
struct pp_lab {
    double share[3][256]; /* what a red, green, blue value adds to Y */
    double bound[255];    /* Y from which lightness rounds to i + 1, not i */
};

/* Planes of one row. */
struct pp_lab_row {
    float *fx, *fy, *fz; /* relative error about 1e-5 */
    uint8_t *lightness;  /* L * 2.55, exactly rounded */
};

void pp_lab_init(struct pp_lab *lab);

/* `planes`: red, green and blue values 0 to 255, PP_PICTURE_SIDE apart. `count`: PP_PICTURE_SIDE at most. */
void pp_lab_from_rgb(const struct pp_lab *lab, const int32_t *planes, size_t count, const struct pp_lab_row *row);

/* Back to `count` RGB pixels of bytes, f of each having moved by `shift`; colours outside sRGB are clipped. Within one
 * step of the exact result. */
void pp_lab_to_rgb(const struct pp_lab_row *row, const float *shift, size_t count, uint8_t *rgb);

#endif
