#include "pptest/rng.h"

#include <endian.h>
#include <math.h>
#include <string.h>

#include "pptest/simd.h"

#define INLINE static inline __attribute__((always_inline))

enum { LANES = 8, BLOCK_BYTES = LANES * 8 };

/* GNU vectors rather than loops over lanes: gcc keeps the state in registers only when it is spelled so. Where the
 * hardware's vectors are narrower the compiler splits them. They are passed by pointer because the calling convention
 * for vectors differs between the clones. */
typedef uint64_t lanes_u64 __attribute__((vector_size(BLOCK_BYTES)));
typedef double lanes_f64 __attribute__((vector_size(BLOCK_BYTES)));

struct generator {
    lanes_u64 s[4];
};

int64_t pp_rng_range(struct pp_rng *rng, int64_t low, int64_t high) {
    uint64_t count = (uint64_t)high - (uint64_t)low + 1;
    if (count == 0) /* all 2^64 values */
        return (int64_t)pp_rng_next(rng);
    uint64_t random, rest;
    do { /* numbers from the last, incomplete run of `count` would favour small results */
        random = pp_rng_next(rng);
        rest = random % count;
    } while (random - rest > 0 - count);
    return (int64_t)((uint64_t)low + rest);
}

/* Each lane's four words are four different outputs of a bijection, so no lane starts in the all-zero state that
 * xoshiro can never leave. */
INLINE void generator_seed(struct generator *generator, uint64_t seed) {
    struct pp_rng rng = {seed};
    for (int word = 0; word < 4; word++)
        for (int lane = 0; lane < LANES; lane++)
            generator->s[word][lane] = pp_rng_next(&rng);
}

INLINE void generator_next(struct generator *generator, lanes_u64 *random) {
    lanes_u64 *s = generator->s;
    lanes_u64 sum = s[0] + s[3];
    *random = ((sum << 23) | (sum >> 41)) + s[0];
    lanes_u64 shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = (s[3] << 45) | (s[3] >> 19);
}

INLINE void store_bytes(unsigned char *bytes, size_t count, lanes_u64 *random) {
    for (int lane = 0; lane < LANES; lane++)
        (*random)[lane] = htole64((*random)[lane]);
    memcpy(bytes, random, count);
}

/* The functions with clones are static: clang before 17 gives the dispatcher of a public one a name of its
 * own, and exports it in any case, hence the prefix. */
PP_SIMD static void rng_fill_bytes(uint64_t seed, unsigned char *place, size_t count) {
    struct generator generator;
    generator_seed(&generator, seed);
    lanes_u64 random;
    for (; count >= BLOCK_BYTES; place += BLOCK_BYTES, count -= BLOCK_BYTES) {
        generator_next(&generator, &random);
        store_bytes(place, BLOCK_BYTES, &random);
    }
    if (count > 0) {
        generator_next(&generator, &random);
        store_bytes(place, count, &random);
    }
}

struct span {
    double low, high, width, below; /* below: the largest number less than high */
};

/* 52 random bits become the mantissa of a number in [1, 2): shifts and logic alone, which every vector unit has, where
 * converting 64-bit integers needs AVX-512. Rounding can reach `high` itself, hence the comparison. */
INLINE void store_reals(double *reals, size_t count, const lanes_u64 *random, const struct span *span) {
    lanes_u64 bits = (*random >> 12) | UINT64_C(0x3ff0000000000000);
    lanes_f64 real;
    memcpy(&real, &bits, sizeof real);
    real = (real - 1.0) * span->width + span->low;
    for (int lane = 0; lane < LANES; lane++)
        real[lane] = real[lane] < span->high ? real[lane] : span->below;
    memcpy(reals, &real, count * sizeof *reals);
}

PP_SIMD static void rng_fill_reals(uint64_t seed, double *reals, size_t count, const struct span *span) {
    struct generator generator;
    generator_seed(&generator, seed);
    lanes_u64 random;
    for (; count >= LANES; reals += LANES, count -= LANES) {
        generator_next(&generator, &random);
        store_reals(reals, LANES, &random, span);
    }
    if (count > 0) {
        generator_next(&generator, &random);
        store_reals(reals, count, &random, span);
    }
}

void pp_rng_fill_bytes(uint64_t seed, void *bytes, size_t count) { rng_fill_bytes(seed, bytes, count); }

void pp_rng_fill_reals(uint64_t seed, double *reals, size_t count, double low, double high) {
    const struct span span = {low, high, high - low, nextafter(high, low)};
    rng_fill_reals(seed, reals, count, &span);
}
