#include "lib/convolve.h"

#include <string.h>

#include "pptest/simd.h"

/* A pixel is added up in this many lanes, column x of the filter in lane x % LANES; and this many pixels at a time, so
 * that their chains of additions overlap. */
enum { LANES = 4, PIXELS = 4 };

/* GNU vectors rather than loops over lanes, which gcc does not keep in registers. */
typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

/* What the loops below need, with the addresses of the first row that is there. */
struct strip {
    const double *picture, *weights;
    size_t size, stride; /* of the picture's rows, between pixels */
    size_t rows, chunks;
};

struct pp_convolution pp_convolution_of(size_t size, size_t kernel, size_t stride) {
    return (struct pp_convolution){
        .size = size, .kernel = kernel, .stride = stride, .kept = (size + kernel - 2) / stride + 1};
}

/* Vectors in a row of weights. */
static size_t chunks_of(const struct pp_convolution *c) { return (c->kernel + LANES - 1) / LANES; }

size_t pp_convolution_weights_count(const struct pp_convolution *c) { return c->kernel * chunks_of(c) * LANES; }

/* Turned round, so that weights and pixels are read in the same direction; rows filled up with zeros. */
void pp_convolution_weights(const struct pp_convolution *c, const double *filter, double *weights) {
    size_t last = c->kernel - 1, width = chunks_of(c) * LANES;
    memset(weights, 0, pp_convolution_weights_count(c) * sizeof *weights);
    for (size_t i = 0; i < c->kernel; i++)
        for (size_t k = 0; k < c->kernel; k++)
            weights[(last - i) * width + last - k] = filter[i * c->kernel + k];
}

/* By pointer, because the calling convention for vectors differs between the clones. */
static inline void add_product(lanes *sum, const double *weights, const double *pixels) {
    lanes weight, pixel;
    memcpy(&weight, weights, sizeof weight);
    memcpy(&pixel, pixels, sizeof pixel);
    *sum += weight * pixel;
}

/* `picture`: where the first pixel's first weight lies. */
static inline void add_pixels(const struct strip *strip, const double *picture, size_t rows, size_t chunks,
                              double *out) {
    lanes sums[PIXELS] = {0};
    const double *weights = strip->weights;
    for (size_t row = 0; row < rows; row++, picture += strip->size)
        for (size_t chunk = 0; chunk < chunks; chunk++, weights += LANES)
            for (size_t i = 0; i < PIXELS; i++)
                add_product(&sums[i], weights, picture + i * strip->stride + chunk * LANES);
    for (size_t i = 0; i < PIXELS; i++)
        out[i] = (sums[i][0] + sums[i][1]) + (sums[i][2] + sums[i][3]);
}

static inline void add_strip(const struct strip *strip, size_t rows, size_t chunks, size_t count,
                             double *restrict out) {
    for (size_t x = 0; x < count; x += PIXELS)
        add_pixels(strip, strip->picture + x * strip->stride, rows, chunks, out + x);
}

/* `count`: a multiple of PIXELS. The default filter is worth a copy of the loops with its sides known. */
PP_SIMD static void convolve_strip(const struct strip *strip, size_t count, double *restrict out) {
    if (strip->rows == 4 && strip->chunks == 1)
        add_strip(strip, 4, 1, count, out);
    else
        add_strip(strip, strip->rows, strip->chunks, count, out);
}

/* A pixel whose filter, or the zeros that fill up its rows, reaches beyond the picture: the same sums in the same
 * order.
 */
static double convolve_edge(const struct pp_convolution *c, const struct strip *strip, size_t x) {
    double sums[LANES] = {0};
    size_t reach = c->kernel - 1;
    for (size_t row = 0; row < strip->rows; row++)
        for (size_t k = 0; k < c->kernel; k++) {
            size_t column = x * c->stride + k; /* of the picture, counted from `reach` columns before its first */
            if (column >= reach && column - reach < c->size)
                sums[k % LANES] +=
                    strip->weights[row * strip->chunks * LANES + k] * strip->picture[row * c->size + column - reach];
        }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static size_t at_most(size_t value, size_t limit) { return value < limit ? value : limit; }

/* The rows of the picture, and of weights, that meet in row `y`; all within the picture. */
static struct strip strip_of(const struct pp_convolution *c, const double *picture, const double *weights, size_t y) {
    size_t reach = c->kernel - 1, last = y * c->stride; /* `last` - `reach` is the first, where there is one */
    size_t skipped = last < reach ? reach - last : 0, first = last + skipped - reach;
    return (struct strip){.picture = picture + first * c->size,
                          .weights = weights + skipped * chunks_of(c) * LANES,
                          .size = c->size,
                          .stride = c->stride,
                          .rows = at_most(last + 1, c->size) - first,
                          .chunks = chunks_of(c)};
}

void pp_convolution_row(const struct pp_convolution *c, const double *picture, const double *weights, size_t y,
                        double *row) {
    struct strip strip = strip_of(c, picture, weights, y);
    size_t reach = c->kernel - 1, width = chunks_of(c) * LANES;
    size_t begin = at_most((reach + c->stride - 1) / c->stride, c->kept), x = 0;
    /* Pixels from `begin` up to `end` read whole vectors inside the picture. */
    size_t end = c->size + reach >= width ? (c->size + reach - width) / c->stride + 1 : 0;
    size_t inside = end > begin ? (at_most(end, c->kept) - begin) / PIXELS * PIXELS : 0;
    for (; x < begin; x++)
        row[x] = convolve_edge(c, &strip, x);
    struct strip shifted = strip;
    shifted.picture += begin * c->stride - at_most(reach, begin * c->stride);
    convolve_strip(&shifted, inside, row + begin);
    for (x += inside; x < c->kept; x++)
        row[x] = convolve_edge(c, &strip, x);
}

double pp_convolution_pixel(const struct pp_convolution *c, const double *picture, const double *filter, size_t y,
                            size_t x) {
    size_t row = y * c->stride, column = x * c->stride;
    double sum = 0;
    for (size_t i = 0; i < c->kernel; i++)
        for (size_t k = 0; k < c->kernel; k++)
            if (row >= i && row - i < c->size && column >= k && column - k < c->size)
                sum += filter[i * c->kernel + k] * picture[(row - i) * c->size + column - k];
    return sum;
}

PP_SIMD static void convolve_add_row(double *restrict sums, const double *restrict row, double factor, size_t count) {
    for (size_t i = 0; i < count; i++)
        sums[i] += factor * row[i];
}

static size_t rounded_up(size_t value, size_t stride) { return (value + stride - 1) / stride; }

/* Into `sums`, a row for each of the filter's: the rows of the picture that it meets in kept ones. Each of these is
 * still in a cache when it is added to the next. */
static void sum_rows(const struct pp_convolution *c, const double *picture, const double *factors, double *sums) {
    memset(sums, 0, c->kernel * c->size * sizeof *sums);
    for (size_t row = 0; row < c->size; row++)
        for (size_t y = rounded_up(row, c->stride); y * c->stride < row + c->kernel; y++)
            convolve_add_row(sums + (y * c->stride - row) * c->size, picture + row * c->size, factors[y], c->size);
}

void pp_convolution_moments(const struct pp_convolution *c, const double *picture,
                            const struct pp_convolution_factors *factors, double *room, double *moments) {
    sum_rows(c, picture, factors->rows, room);
    for (size_t i = 0; i < c->kernel; i++)
        for (size_t k = 0; k < c->kernel; k++) {
            double moment = 0;
            for (size_t x = rounded_up(k, c->stride); x * c->stride < c->size + k; x++)
                moment += factors->columns[x] * room[i * c->size + x * c->stride - k];
            moments[i * c->kernel + k] = moment;
        }
}

PP_SIMD static double convolve_weigh_row(const double *restrict row, const double *restrict factors, size_t count) {
    enum { SUMS = 16 }; /* side by side, so that additions need not wait for each other */
    double sums[SUMS] = {0}, sum = 0;
    size_t whole = count - count % SUMS;
    for (size_t i = 0; i < whole; i += SUMS)
        for (size_t lane = 0; lane < SUMS; lane++)
            sums[lane] += factors[i + lane] * row[i + lane];
    for (size_t lane = 0; lane < SUMS; lane++)
        sum += sums[lane];
    for (size_t i = whole; i < count; i++)
        sum += factors[i] * row[i];
    return sum;
}

double pp_convolution_weigh(const struct pp_convolution *c, const double *answer,
                            const struct pp_convolution_factors *factors) {
    double sum = 0;
    for (size_t y = 0; y < c->kept; y++)
        sum += factors->rows[y] * convolve_weigh_row(answer + y * c->kept, factors->columns, c->kept);
    return sum;
}
