#include "lib/pixels.h"

#include "pptest/simd.h"

enum { COMPARE_BLOCK = 4096 };

/* Blocks small enough for sums of 32 bits. */
PP_SIMD static uint32_t compare_block(const uint8_t *restrict a, const uint8_t *restrict b, size_t count,
                                      uint8_t *restrict max) {
    uint32_t sum = 0;
    uint8_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t distance = (uint8_t)(a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]);
        largest = largest > distance ? largest : distance;
        sum += distance;
    }
    *max = largest;
    return sum;
}

static size_t find(const uint8_t *a, const uint8_t *b, size_t from, unsigned distance) {
    while ((a[from] > b[from] ? a[from] - b[from] : b[from] - a[from]) != (int)distance)
        from++;
    return from;
}

struct pp_pixels_difference pp_pixels_compare(const uint8_t *a, const uint8_t *b, size_t count) {
    struct pp_pixels_difference all = {0, 0, count};
    for (size_t at = 0; at < count; at += COMPARE_BLOCK) {
        uint8_t max;
        size_t rest = count - at;
        all.sum += compare_block(a + at, b + at, rest < COMPARE_BLOCK ? rest : COMPARE_BLOCK, &max);
        if (max > all.max) {
            all.max = max;
            all.first = find(a, b, at, max);
        }
    }
    return all;
}
