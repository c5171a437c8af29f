/* Random square matrices that carry checksums, after Huang and Abraham 1984 ("Algorithm-Based Fault Tolerance for
 * Matrix Operations"): what a row vector times a matrix gives is cheap to compute, and must still hold after the matrix
 * was multiplied or inverted.
 *
 * Matrices are row-major, `size` x `size`; vectors have `size` elements. */
#ifndef PPTEST_LIB_CHECKSUM_H
#define PPTEST_LIB_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* A matrix yet to be made: what its elements are depends on these alone. */
struct pp_random_matrix {
    uint64_t seed;
    size_t size;
    double bound; /* elements are uniform in [-bound, bound) */
};

/* Writes the matrix, and weights · matrix into `sums`, while each row is still in the first cache. Without weights
 * (NULL) the matrix alone. */
void pp_matrix_fill(const struct pp_random_matrix *random, double *matrix, const double *weights, double *sums);

/* Writes weights · matrix into `sums`, and the sum of each column's magnitudes into `magnitudes`. */
void pp_matrix_weigh(const double *matrix, size_t size, const double *weights, double *sums, double *magnitudes);

/* Random weights, each 1 or -1: the checksums of Freivalds 1977, which a wrong matrix passes with a chance of one half
 * at most, and in practice hardly ever, because an error seldom leaves all columns' sums as they were. */
void pp_random_signs(uint64_t seed, double *signs, size_t count);

/* The largest of `count` >= 1 numbers. */
double pp_largest(const double *numbers, size_t count);

#endif
