#include "lib/resize.h"

#include <endian.h>
#include <string.h>

#include "pptest/simd.h"

enum { SIDE = PP_PICTURE_SIDE, WEIGHT_BITS = 10, WEIGHT_ONE = 1 << WEIGHT_BITS };

/* With 2 * SIDE = WEIGHT_ONE every position (i + 1/2) * square / SIDE - 1/2 is a whole number of weight units. */
_Static_assert(2 * SIDE == WEIGHT_ONE, "positions must be exact in weight units");

static void place(struct pp_resize *resize, size_t square) {
    memset(resize->weight, 0, sizeof resize->weight);
    for (size_t i = 0; i < resize->side; i++) {
        size_t position = square > SIDE ? (2 * i + 1) * square - SIDE : i * WEIGHT_ONE;
        resize->source[i] = (uint32_t)(position / WEIGHT_ONE);
        resize->weight[i] = (int32_t)(position % WEIGHT_ONE);
    }
}

void pp_resize_init(struct pp_resize *resize, const struct pp_picture *picture) {
    size_t square = picture->width < picture->height ? picture->width : picture->height;
    size_t top = (picture->height - square) / 2, left = (picture->width - square) / 2;
    resize->side = pp_picture_side(picture->width, picture->height);
    resize->row_bytes = 3 * picture->width;
    resize->rgb = picture->rgb + top * resize->row_bytes + 3 * left;
    place(resize, square);
}

/* Both samples of every column as words, so that the arithmetic below runs on whole vectors. */
static void gather(const struct pp_resize *resize, const uint8_t *row, uint32_t *restrict first,
                   uint32_t *restrict second) {
    for (size_t x = 0; x < resize->side; x++) {
        const uint8_t *sample = row + 3 * (size_t)resize->source[x];
        memcpy(&first[x], sample, 4);
        memcpy(&second[x], sample + 3, 4);
    }
}

static inline int32_t across(uint32_t first, uint32_t second, unsigned shift, int32_t weight) {
    int32_t a = (int32_t)(le32toh(first) >> shift & 255), b = (int32_t)(le32toh(second) >> shift & 255);
    return a * WEIGHT_ONE + (b - a) * weight;
}

PP_SIMD static void interpolate_across(const uint32_t *restrict first, const uint32_t *restrict second,
                                       const int32_t *restrict weight, int32_t *restrict out) {
    for (size_t x = 0; x < SIDE; x++) {
        out[x] = across(first[x], second[x], 0, weight[x]);
        out[SIDE + x] = across(first[x], second[x], 8, weight[x]);
        out[2 * SIDE + x] = across(first[x], second[x], 16, weight[x]);
    }
}

PP_SIMD static void interpolate_down(const int32_t *restrict upper, const int32_t *restrict lower, int32_t weight,
                                     int32_t *restrict out) {
    for (size_t x = 0; x < 3 * SIDE; x++) {
        int32_t sum = upper[x] * WEIGHT_ONE + (lower[x] - upper[x]) * weight;
        out[x] = (sum + (1 << (2 * WEIGHT_BITS - 1))) >> (2 * WEIGHT_BITS);
    }
}

static const int32_t *row_across(const struct pp_resize *resize, struct pp_resize_rows *rows, size_t y) {
    size_t slot = y % 2;
    if (rows->held[slot] != y) {
        uint32_t first[SIDE] = {0}, second[SIDE] = {0};
        gather(resize, resize->rgb + y * resize->row_bytes, first, second);
        interpolate_across(first, second, resize->weight, rows->row[slot]);
        rows->held[slot] = y;
    }
    return rows->row[slot];
}

void pp_resize_row(const struct pp_resize *resize, struct pp_resize_rows *rows, size_t y, int32_t *planes) {
    size_t source = resize->source[y];
    const int32_t *upper = row_across(resize, rows, source);
    /* A picture that is not scaled has no row below its last; a weight of 0 never looks at it. */
    const int32_t *lower = resize->weight[y] != 0 ? row_across(resize, rows, source + 1) : upper;
    interpolate_down(upper, lower, resize->weight[y], planes);
}
