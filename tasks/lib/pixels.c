#include "lib/pixels.h"

#include <string.h>

#include "pptest/rng.h"
#include "pptest/simd.h"

/* 32 lanes of 32 bits: two of the widest vectors, so that one multiplies while the other waits for its product. */
enum { LANES = 32, BLOCK_BYTES = LANES * 4, COMPARE_BLOCK = 4096 };

PP_SIMD static void absorb(uint32_t *restrict lanes, const uint8_t *restrict bytes, size_t blocks) {
    uint32_t sums[LANES];
    memcpy(sums, lanes, sizeof sums);
    for (size_t block = 0; block < blocks; block++) {
        uint32_t words[LANES];
        memcpy(words, bytes + block * BLOCK_BYTES, sizeof words);
        for (size_t lane = 0; lane < LANES; lane++) {
            uint32_t sum = (sums[lane] ^ words[lane]) * UINT32_C(0x9e3779b1);
            sums[lane] = sum ^ sum >> 15;
        }
    }
    memcpy(lanes, sums, sizeof sums);
}

uint64_t pp_pixels_hash(const uint8_t *bytes, size_t count) {
    uint32_t lanes[LANES];
    uint8_t rest[BLOCK_BYTES] = {0};
    for (uint32_t lane = 0; lane < LANES; lane++)
        lanes[lane] = lane;
    size_t blocks = count / BLOCK_BYTES;
    absorb(lanes, bytes, blocks);
    if (count % BLOCK_BYTES != 0)
        memcpy(rest, bytes + blocks * BLOCK_BYTES, count % BLOCK_BYTES);
    absorb(lanes, rest, 1);
    uint64_t hash = count;
    for (size_t lane = 0; lane < LANES; lane++)
        hash = pp_mix2(hash, lanes[lane]);
    return hash;
}

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
