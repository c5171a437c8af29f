#include "lib/checksum.h"

#include <assert.h>

#include <math.h>
#include <string.h>

#include "pptest/rng.h"
#include "pptest/simd.h"

/* Rows generated at a time: half of a first-level cache of 32 KiB, and enough that seeding the generator costs little.
 * Changing it changes the matrices. */
enum { PORTION_REALS = 2048 };

/* Static, and named for this file: clang before 17 mangles the dispatchers of public functions with clones.
 * Four rows at a time, because sums would otherwise be loaded and stored for every element. */
PP_SIMD static void checksum_add_rows(double *restrict sums, const double *restrict rows, const double *weights,
                                      size_t row_count, size_t size) {
    size_t i = 0;
    for (; i + 4 <= row_count; i += 4, rows += 4 * size) {
        double w0 = weights[i], w1 = weights[i + 1], w2 = weights[i + 2], w3 = weights[i + 3];
        for (size_t j = 0; j < size; j++)
            sums[j] += (w0 * rows[j] + w1 * rows[size + j]) + (w2 * rows[2 * size + j] + w3 * rows[3 * size + j]);
    }
    for (; i < row_count; i++, rows += size)
        for (size_t j = 0; j < size; j++)
            sums[j] += weights[i] * rows[j];
}

PP_SIMD static void checksum_add_magnitudes(double *restrict magnitudes, const double *restrict rows, size_t row_count,
                                            size_t size) {
    for (size_t i = 0; i < row_count; i++, rows += size)
        for (size_t j = 0; j < size; j++)
            magnitudes[j] += fabs(rows[j]);
}

static size_t portion_rows(size_t size) {
    assert(size > 0);
    return size < PORTION_REALS ? PORTION_REALS / size : 1;
}

static size_t rows_left(size_t size, size_t row) {
    size_t portion = portion_rows(size);
    return size - row < portion ? size - row : portion;
}

void pp_matrix_fill(const struct pp_random_matrix *random, double *matrix, const double *weights, double *sums) {
    size_t size = random->size, rows;
    if (weights)
        memset(sums, 0, size * sizeof *sums);
    for (size_t row = 0; row < size; row += rows) {
        rows = rows_left(size, row);
        double *portion = matrix + row * size;
        pp_rng_fill_reals(pp_mix2(random->seed, row), portion, rows * size, -random->bound, random->bound);
        if (weights)
            checksum_add_rows(sums, portion, weights + row, rows, size);
    }
}

void pp_matrix_weigh(const double *matrix, size_t size, const double *weights, double *sums, double *magnitudes) {
    size_t rows;
    memset(sums, 0, size * sizeof *sums);
    memset(magnitudes, 0, size * sizeof *magnitudes);
    for (size_t row = 0; row < size; row += rows) {
        rows = rows_left(size, row);
        checksum_add_rows(sums, matrix + row * size, weights + row, rows, size);
        checksum_add_magnitudes(magnitudes, matrix + row * size, rows, size);
    }
}

void pp_random_signs(uint64_t seed, double *signs, size_t count) {
    struct pp_rng rng = {seed};
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++, bits >>= 1) {
        if (i % 64 == 0)
            bits = pp_rng_next(&rng);
        signs[i] = bits & 1 ? 1.0 : -1.0;
    }
}

double pp_largest(const double *numbers, size_t count) {
    double largest = numbers[0];
    for (size_t i = 1; i < count; i++)
        largest = fmax(largest, numbers[i]);
    return largest;
}
