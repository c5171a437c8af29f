#include "pptest/hash.h"

#include <string.h>

#include "pptest/rng.h"
#include "pptest/simd.h"

/* 32 lanes of 32 bits: two of the widest vectors, so that one multiplies while the other waits for its product. */
enum { LANES = PP_HASH_BLOCK / sizeof(uint32_t) };

static inline __attribute__((always_inline)) void absorb_into(uint32_t *restrict lanes,
                                                              const unsigned char *restrict bytes, size_t blocks) {
    uint32_t sums[LANES];
    memcpy(sums, lanes, sizeof sums);
    for (size_t block = 0; block < blocks; block++) {
        uint32_t words[LANES];
        memcpy(words, bytes + block * PP_HASH_BLOCK, sizeof words);
        for (size_t lane = 0; lane < LANES; lane++) {
            uint32_t sum = (sums[lane] ^ words[lane]) * UINT32_C(0x9e3779b1);
            sums[lane] = sum ^ sum >> 15;
        }
    }
    memcpy(lanes, sums, sizeof sums);
}

PP_SIMD static void absorb_many(uint32_t *restrict lanes, const unsigned char *restrict bytes, size_t blocks) {
    absorb_into(lanes, bytes, blocks);
}

/* A CPU may take microseconds to power up its wide vectors after it has slept: more than they would save here. */
static void absorb(uint32_t *restrict lanes, const unsigned char *restrict bytes, size_t blocks) {
    enum { FEW = 32 };
    if (blocks <= FEW)
        absorb_into(lanes, bytes, blocks);
    else
        absorb_many(lanes, bytes, blocks);
}

void pp_hash_begin(struct pp_hash *hash) {
    *hash = (struct pp_hash){0};
    for (uint32_t lane = 0; lane < LANES; lane++)
        hash->lanes[lane] = lane;
}

void pp_hash_add(struct pp_hash *hash, const void *bytes, size_t count) {
    const unsigned char *from = bytes;
    size_t blocks = count / PP_HASH_BLOCK, whole = blocks * PP_HASH_BLOCK;
    absorb(hash->lanes, from, blocks);
    if (count > whole)
        memcpy(hash->rest, from + whole, count - whole);
    hash->count += count;
}

uint64_t pp_hash_end(struct pp_hash *hash) {
    absorb(hash->lanes, hash->rest, 1);
    uint64_t value = hash->count;
    for (size_t lane = 0; lane < LANES; lane++)
        value = pp_mix2(value, hash->lanes[lane]);
    return value;
}

uint64_t pp_hash_bytes(const void *bytes, size_t count) {
    struct pp_hash hash;
    pp_hash_begin(&hash);
    pp_hash_add(&hash, bytes, count);
    return pp_hash_end(&hash);
}
