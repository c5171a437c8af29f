/* Random numbers for workloads: fast, seeded, equal on every machine; not for cryptography.
 *
 * Scalar numbers come from SplitMix64 (Steele, Lea, Flood 2014: "Fast Splittable Pseudorandom Number Generators"),
 * bulk data from eight interleaved lanes of xoshiro256++ (Blackman, Vigna 2021), which compilers vectorise. */
#ifndef PPTEST_RNG_H
#define PPTEST_RNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A bijection on 64 bits whose output looks random: SplitMix64's finaliser. */
static inline uint64_t pp_mix64(uint64_t x) {
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Two numbers into one, order mattering: for deriving one seed from another, and for digests. */
static inline uint64_t pp_mix2(uint64_t a, uint64_t b) {
    return pp_mix64(pp_mix64(a + UINT64_C(0x9e3779b97f4a7c15)) ^ b);
}

struct pp_rng {
    uint64_t state; /* any value, zero included, is a good seed */
};

static inline uint64_t pp_rng_next(struct pp_rng *rng) {
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    return pp_mix64(rng->state);
}

/* Uniform in [0, 1), 53 random bits. */
static inline double pp_rng_real(struct pp_rng *rng) { return (double)(pp_rng_next(rng) >> 11) * 0x1.0p-53; }

/* Uniform integer in [low, high]; low <= high. */
int64_t pp_rng_range(struct pp_rng *rng, int64_t low, int64_t high);

/* Bulk generators: what they write depends on `seed` and the length asked for alone. */
void pp_rng_fill_bytes(uint64_t seed, void *bytes, size_t count);

/* Uniform doubles in [low, high). */
void pp_rng_fill_reals(uint64_t seed, double *reals, size_t count, double low, double high);

#ifdef __cplusplus
}
#endif

#endif
