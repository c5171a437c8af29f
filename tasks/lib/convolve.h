/* The full two-dimensional convolution of a square picture with a square filter, of which every `stride`-th pixel each
 * way is kept, beginning with the first:
 *
 *   answer[y][x] = sum over i, k of filter[i][k] * picture[y * stride - i][x * stride - k]
 *
 * with zeros beyond the picture. That is SciPy's convolve2d(picture, filter)[::stride, ::stride], but pixels that are
 * not kept are never calculated. Pictures, filters and answers are doubles, row by row. */
#ifndef PPTEST_LIB_CONVOLVE_H
#define PPTEST_LIB_CONVOLVE_H

#include <stddef.h>

struct pp_convolution {
    size_t size, kernel, stride; /* sides of picture and filter, distance of kept pixels; all at least 1 */
    size_t kept;                 /* side of the answer */
};

struct pp_convolution pp_convolution_of(size_t size, size_t kernel, size_t stride);

/* A filter as the rows below want it: how many doubles that takes, and writing them. */
size_t pp_convolution_weights_count(const struct pp_convolution *convolution);
void pp_convolution_weights(const struct pp_convolution *convolution, const double *filter, double *weights);

/* Row `y` of the answer, `kept` doubles. A pixel's products are added in the same order on every machine. */
void pp_convolution_row(const struct pp_convolution *convolution, const double *picture, const double *weights,
                        size_t y, double *row);

/* One pixel of it, calculated as plainly as it can be written, in another order. */
double pp_convolution_pixel(const struct pp_convolution *convolution, const double *picture, const double *filter,
                            size_t y, size_t x);

/* Factors for the rows and for the columns of an answer, `kept` of each. */
struct pp_convolution_factors {
    const double *rows, *columns;
};

/* What the sum over all kept pixels of rows[y] * columns[x] * answer[y][x] comes to is linear in the filter: the sum of
 * filter[i][k] * moments[i][k] (after Freivalds 1977). The moments, kernel * kernel of them, take kernel / stride
 * passes over the picture; checking an answer with them takes one over the answer. `room`: kernel * size doubles. */
void pp_convolution_moments(const struct pp_convolution *convolution, const double *picture,
                            const struct pp_convolution_factors *factors, double *room, double *moments);
double pp_convolution_weigh(const struct pp_convolution *convolution, const double *answer,
                            const struct pp_convolution_factors *factors);

#endif
