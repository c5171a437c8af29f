#include "lib/clahe.h"

#include <math.h>
#include <string.h>

#include "pptest/simd.h"

enum { TILES = PP_CLAHE_TILES, BINS = 256, PAIRS = TILES + 1, LANES = 4 };

/* Between which two tiles, of all eight and one more at either end, a coordinate lies, and the share of the second. */
static size_t pair_of(const struct pp_clahe *clahe, size_t coordinate, double *share) {
    double place = (double)coordinate / (double)clahe->tile + 0.5;
    double whole = floor(place);
    *share = place - whole;
    return (size_t)whole;
}

static size_t left_of(size_t pair) { return pair > 0 ? pair - 1 : 0; }
static size_t right_of(size_t pair) { return pair < TILES ? pair : TILES - 1; }

void pp_clahe_init(struct pp_clahe *clahe, size_t side) {
    clahe->side = side;
    clahe->tile = (side + TILES - 1) / TILES;
    for (size_t x = 0; x < side; x++) {
        double share;
        clahe->pair[x] = (uint32_t)(pair_of(clahe, x, &share) * BINS);
        clahe->weight[x] = (float)share;
    }
}

/* Where a coordinate of the padded plane is found; planes smaller than the padding are reflected to and fro. */
static size_t reflect(size_t coordinate, size_t side) {
    size_t period = side > 1 ? 2 * (side - 1) : 1;
    coordinate %= period;
    return coordinate < side ? coordinate : period - coordinate;
}

/* Several histograms in turn, so that equal neighbours do not wait for each other's count. */
static void count_row(const struct pp_clahe *clahe, const uint8_t *row, size_t left, uint32_t bins[LANES][BINS]) {
    size_t right = left + clahe->tile, x = left;
    for (; x + LANES <= right && right <= clahe->side; x += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            bins[lane][row[x + lane]]++;
    for (; x < right; x++)
        bins[0][row[reflect(x, clahe->side)]]++;
}

PP_SIMD static uint32_t clip(uint32_t bins[LANES][BINS], uint32_t limit, uint32_t *restrict clipped) {
    uint32_t excess = 0;
    for (size_t i = 0; i < BINS; i++) {
        uint32_t count = bins[0][i] + bins[1][i] + bins[2][i] + bins[3][i];
        clipped[i] = count < limit ? count : limit;
        excess += count - clipped[i];
    }
    return excess;
}

static void spread(uint32_t excess, uint32_t *bins) {
    uint32_t all = excess / BINS, rest = excess % BINS;
    size_t step = rest != 0 ? BINS / rest : 1;
    for (size_t i = 0; i < BINS; i++)
        bins[i] += all;
    for (size_t i = 0; rest > 0; i += step, rest--)
        bins[i]++;
}

/* Dividing in double makes halves exact, so that they round to even wherever this runs. */
static void accumulate(const uint32_t *bins, double pixels, uint8_t *map) {
    double sums[BINS];
    uint32_t sum = 0;
    for (size_t i = 0; i < BINS; i++)
        sums[i] = sum += bins[i];
    for (size_t i = 0; i < BINS; i++)
        /* Adding 1.5 * 2^52 leaves the rounded integer. */
        map[i] = (uint8_t)(sums[i] * 255 / pixels + 0x1.8p52 - 0x1.8p52);
}

void pp_clahe_map(struct pp_clahe *clahe, const uint8_t *plane, size_t tile) {
    uint32_t bins[LANES][BINS] = {0}, clipped[BINS];
    size_t top = tile / TILES * clahe->tile, left = tile % TILES * clahe->tile;
    for (size_t y = top; y < top + clahe->tile; y++)
        count_row(clahe, plane + reflect(y, clahe->side) * PP_PICTURE_SIDE, left, bins);
    uint32_t pixels = (uint32_t)(clahe->tile * clahe->tile), limit = PP_CLAHE_CLIP_LIMIT * pixels / BINS;
    spread(clip(bins, limit > 0 ? limit : 1, clipped), clipped);
    accumulate(clipped, pixels, clahe->map[tile]);
}

/* The two maps one above the other in 1/256, rounded. */
static inline uint32_t mix(uint32_t upper, uint32_t lower, uint32_t share) {
    return (upper * (65536 - share) + lower * share + 128) >> 8;
}

/* One map per column of tiles for this row, the one on the right in the upper half of each entry, so that a pixel
 * needs a single look. */
PP_SIMD static void pair_maps(const uint8_t *restrict upper, const uint8_t *restrict lower, uint32_t share,
                              uint32_t *restrict pairs) {
    uint32_t mixed[TILES * BINS];
    for (size_t i = 0; i < TILES * BINS; i++)
        mixed[i] = mix(upper[i], lower[i], share);
    for (size_t i = 0; i < BINS; i++) {
        pairs[i] = mixed[i] | mixed[i] << 16;
        pairs[TILES * BINS + i] = mixed[(TILES - 1) * BINS + i] | mixed[(TILES - 1) * BINS + i] << 16;
    }
    for (size_t i = 0; i < (TILES - 1) * BINS; i++)
        pairs[BINS + i] = mixed[i] | mixed[BINS + i] << 16;
}

static void look_up(const struct pp_clahe *clahe, const uint32_t *pairs, const uint8_t *restrict row,
                    uint32_t *restrict found) {
    for (size_t x = 0; x < clahe->side; x++)
        found[x] = pairs[clahe->pair[x] + row[x]];
}

PP_SIMD static void grow(const uint32_t *restrict found, const uint8_t *restrict row, const float *restrict weight,
                         size_t count, float scale, float *restrict growth) {
    for (size_t x = 0; x < count; x++) {
        float left = (float)(int32_t)(found[x] & 65535), right = (float)(int32_t)(found[x] >> 16);
        float mapped = (left + (right - left) * weight[x]) * (1 / 256.0f);
        growth[x] = (mapped - (float)(int32_t)row[x]) * scale;
    }
}

void pp_clahe_row(const struct pp_clahe *clahe, const uint8_t *row, size_t y, float scale, float *growth) {
    uint32_t pairs[PAIRS * BINS], found[PP_PICTURE_SIDE];
    double share;
    size_t pair = pair_of(clahe, y, &share);
    pair_maps(clahe->map[left_of(pair) * TILES], clahe->map[right_of(pair) * TILES], (uint32_t)lrint(share * 65536),
              pairs);
    look_up(clahe, pairs, row, found);
    grow(found, row, clahe->weight, clahe->side, scale, growth);
}
