#include "lib/rotate.h"

#include <endian.h>
#include <math.h>
#include <string.h>

/* Positions are fixed-point: the step's rounding adds up to less than 10^-5 of a pixel over the largest picture. */
static const double one = 4294967296.0;

enum { WEIGHT_BITS = 8, WHOLE = 1 << WEIGHT_BITS };

/* Half a unit of the weights, so that they are rounded. */
static const int64_t half_weight = INT64_C(1) << (31 - WEIGHT_BITS);

struct pp_rotation pp_rotation_of(double degrees, size_t width, size_t height) {
    double angle = degrees * (3.14159265358979323846 / 180.0), c = cos(angle), s = sin(angle);
    double middle_x = ((double)width - 1) / 2, middle_y = ((double)height - 1) / 2;
    /* What a pixel shows lies where turning back leads: rows grow downwards. */
    return (struct pp_rotation){.x = llround((middle_x - c * middle_x + s * middle_y) * one) + half_weight,
                                .y = llround((middle_y - s * middle_x - c * middle_y) * one) + half_weight,
                                .x_step = llround(c * one),
                                .y_step = llround(s * one)};
}

static int64_t whole_of(int64_t position) { return position >> 32; }
static uint32_t weight_of(int64_t position) { return (uint32_t)(position >> (32 - WEIGHT_BITS)) & (WHOLE - 1); }

/* ---- plainly ---- */

static uint32_t channel(const struct pp_picture *picture, int64_t x, int64_t y, size_t which) {
    if (x < 0 || y < 0 || x >= (int64_t)picture->width || y >= (int64_t)picture->height)
        return 0;
    return picture->rgb[3 * ((size_t)y * picture->width + (size_t)x) + which];
}

static void blend(const struct pp_picture *picture, int64_t x, int64_t y, uint8_t rgb[3]) {
    int64_t left = whole_of(x), top = whole_of(y);
    uint32_t right_weight = weight_of(x), bottom_weight = weight_of(y);
    for (size_t i = 0; i < 3; i++) {
        uint32_t upper =
            channel(picture, left, top, i) * (WHOLE - right_weight) + channel(picture, left + 1, top, i) * right_weight;
        uint32_t lower = channel(picture, left, top + 1, i) * (WHOLE - right_weight) +
                         channel(picture, left + 1, top + 1, i) * right_weight;
        uint32_t sum = upper * (WHOLE - bottom_weight) + lower * bottom_weight;
        rgb[i] = (uint8_t)((sum + WHOLE * WHOLE / 2) / (WHOLE * WHOLE));
    }
}

void pp_rotate_pixel(const struct pp_rotation *rotation, const struct pp_picture *picture, size_t x, size_t y,
                     uint8_t rgb[3]) {
    int64_t column = (int64_t)x, row = (int64_t)y;
    blend(picture, rotation->x + column * rotation->x_step - row * rotation->y_step,
          rotation->y + column * rotation->y_step + row * rotation->x_step, rgb);
}

/* ---- fast ---- */

/* Narrows [*first, *end) to those columns whose position, start + column * step, lies in [0, limit). */
static void narrow(int64_t start, int64_t step, int64_t limit, int64_t *first, int64_t *end) {
    int64_t low = *end, high = *end; /* none */
    if (step == 0) {
        if (start >= 0 && start < limit)
            return;
    } else if (step > 0) {
        low = start >= 0 ? 0 : (-start + step - 1) / step;
        high = start >= limit ? 0 : (limit - start + step - 1) / step;
    } else {
        low = start < limit ? 0 : (start - limit) / -step + 1;
        high = start < 0 ? 0 : start / -step + 1;
    }
    *first = low > *first ? low : *first;
    *end = high < *end ? high : *end;
    if (*first > *end)
        *first = *end;
}

/* Bytes side by side in one number are calculated with at once, in lanes: products of 8 bits and weights up to 256 fit
 * into 16 bits, and those of 16 bits into 32. Without vector registers it is as fast as with them: the bytes would have
 * to be spread there first. */
#define EVEN_BYTES UINT64_C(0x00ff00ff00ff00ff)

/* Two neighbours, six bytes, of which eight are read: red, green and blue, and again. */
static inline uint64_t load_pair(const uint8_t *at) {
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    return le64toh(bytes);
}

/* Columns whose four pixels are all inside. */
static void rotate_inside(const struct pp_picture *picture, const int64_t at[2], const int64_t step[2], size_t count,
                          uint8_t *out) {
    size_t stride = 3 * picture->width;
    int64_t x = at[0], y = at[1];
    for (size_t i = 0; i < count; i++, out += 3, x += step[0], y += step[1]) {
        const uint8_t *from = picture->rgb + (size_t)whole_of(y) * stride + 3 * (size_t)whole_of(x);
        uint64_t upper = load_pair(from), lower = load_pair(from + stride);
        uint64_t right = weight_of(x), left = WHOLE - right, bottom = weight_of(y), top = WHOLE - bottom;
        /* In lanes of 16 bits: red and blue of the left, green of the right; green of the left, red and blue. */
        uint64_t even = (upper & EVEN_BYTES) * top + (lower & EVEN_BYTES) * bottom;
        uint64_t odd = (upper >> 8 & EVEN_BYTES) * top + (lower >> 8 & EVEN_BYTES) * bottom;
        /* In lanes of 32 bits: red and green. */
        uint64_t left_two = (even & 0xffff) | (odd & 0xffff) << 32;
        uint64_t right_two = (odd >> 16 & 0xffff) | (even & UINT64_C(0xffff00000000));
        uint64_t two = left_two * left + right_two * right + UINT64_C(0x800000008000);
        uint64_t blue = (even >> 16 & 0xffff) * left + (odd >> 32 & 0xffff) * right + 0x8000;
        out[0] = (uint8_t)(two >> 16);
        out[1] = (uint8_t)(two >> 48);
        out[2] = (uint8_t)(blue >> 16);
    }
}

/* ---- rows ---- */

struct range {
    int64_t first, end;
};

/* A row of the turned picture: where it begins in the picture, and which of its columns show anything of it, or lie
 * inside with all four pixels. */
struct row {
    int64_t at[2];
    struct range shown, inside;
};

static int64_t position(size_t whole) { return (int64_t)whole * (INT64_C(1) << 32); }

/* Columns whose four pixels, or one of them at least with `margin` 1, are in the picture. */
static struct range range_of(const struct pp_picture *picture, const int64_t at[2], const int64_t step[2],
                             size_t margin) {
    struct range range = {0, (int64_t)picture->width};
    size_t beyond = 2 * margin;
    narrow(at[0] + position(margin), step[0], position(picture->width - 1 + beyond), &range.first, &range.end);
    narrow(at[1] + position(margin), step[1], position(picture->height - 1 + beyond), &range.first, &range.end);
    return range;
}

static struct range both(struct range this, struct range other) {
    struct range range = {this.first > other.first ? this.first : other.first,
                          this.end < other.end ? this.end : other.end};
    if (range.end < range.first)
        range.end = range.first;
    return range;
}

static void rotate_edge(const struct pp_picture *picture, const struct row *row, const int64_t step[2],
                        struct range columns, uint8_t *out) {
    for (int64_t i = columns.first; i < columns.end; i++)
        blend(picture, row->at[0] + i * step[0], row->at[1] + i * step[1], out + 3 * i);
}

static void blacken(uint8_t *out, struct range columns) {
    if (columns.end > columns.first)
        memset(out + 3 * columns.first, 0, 3 * (size_t)(columns.end - columns.first));
}

/* Black, edge, inside, edge, black. */
static void rotate_part(const struct pp_picture *picture, const struct row *row, const int64_t step[2],
                        struct range columns, uint8_t *out) {
    struct range shown = both(columns, row->shown), inside = both(shown, row->inside);
    const int64_t from[2] = {row->at[0] + inside.first * step[0], row->at[1] + inside.first * step[1]};
    blacken(out, (struct range){columns.first, shown.first});
    rotate_edge(picture, row, step, (struct range){shown.first, inside.first}, out);
    rotate_inside(picture, from, step, (size_t)(inside.end - inside.first), out + 3 * inside.first);
    rotate_edge(picture, row, step, (struct range){inside.end, shown.end}, out);
    blacken(out, (struct range){shown.end, columns.end});
}

/* Done in tiles: neighbours in a row may come from as many rows, and what they share with those below must still be in
 * the first-level cache when it is their turn. */
enum { TILE_ROWS = 32, TILE_COLUMNS = 64 };

static void rotate_band(const struct pp_rotation *rotation, const struct pp_picture *picture, size_t top, size_t count,
                        uint8_t *rgb) {
    const int64_t step[2] = {rotation->x_step, rotation->y_step};
    struct row rows[TILE_ROWS];
    for (size_t i = 0; i < count; i++) {
        int64_t y = (int64_t)(top + i);
        struct row *row = &rows[i];
        row->at[0] = rotation->x - y * rotation->y_step;
        row->at[1] = rotation->y + y * rotation->x_step;
        row->shown = range_of(picture, row->at, step, 1);
        row->inside = both(row->shown, range_of(picture, row->at, step, 0));
    }
    int64_t width = (int64_t)picture->width;
    for (int64_t left = 0; left < width; left += TILE_COLUMNS) {
        const struct range columns = {left, left + TILE_COLUMNS < width ? left + TILE_COLUMNS : width};
        for (size_t i = 0; i < count; i++)
            rotate_part(picture, &rows[i], step, columns, rgb + 3 * (top + i) * picture->width);
    }
}

void pp_rotate(const struct pp_rotation *rotation, const struct pp_picture *picture, uint8_t *rgb) {
    for (size_t top = 0; top < picture->height; top += TILE_ROWS) {
        size_t left = picture->height - top;
        rotate_band(rotation, picture, top, left < TILE_ROWS ? left : TILE_ROWS, rgb);
    }
}
