/* What the tasks `matrix` and `tensor` cost without pptest: the same random numbers and the same OpenBLAS calls in a
 * plain loop, nothing checked.
 *
 *   bare_blas matrix SIZE COUNT             bare_blas tensor SIZE MATRICES COUNT
 *
 * Prints the median of the seconds per task. For one thread set OPENBLAS_NUM_THREADS=1. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pptest/rng.h"

void dgetrf_(const blasint *, const blasint *, double *, const blasint *, blasint *, blasint *);
void dgetri_(const blasint *, double *, const blasint *, const blasint *, double *, const blasint *, blasint *);

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void *allocate(size_t bytes) {
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fprintf(stderr, "bare_blas: no memory for %zu bytes\n", bytes);
        exit(1);
    }
    return memory;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_median(double *seconds, int count) {
    qsort(seconds, (size_t)count, sizeof *seconds, by_size);
    printf("%.9f\n", seconds[count / 2]);
}

static void bare_matrix(blasint size, int count, double *seconds) {
    size_t elements = (size_t)size * (size_t)size;
    double *matrix = allocate(elements * sizeof *matrix), best = 0;
    blasint *pivots = allocate((size_t)size * sizeof *pivots), work_count = -1, info;
    dgetri_(&size, matrix, &size, pivots, &best, &work_count, &info);
    work_count = (blasint)best;
    double *work = allocate((size_t)work_count * sizeof *work);
    for (int i = 0; i < count; i++) {
        double start = now_s();
        pp_rng_fill_reals((uint64_t)i, matrix, elements, -1, 1);
        dgetrf_(&size, &size, matrix, &size, pivots, &info);
        dgetri_(&size, matrix, &size, pivots, work, &work_count, &info);
        seconds[i] = now_s() - start;
    }
    free(matrix), free(pivots), free(work);
}

static void bare_tensor(blasint size, int matrices, int count, double *seconds) {
    size_t elements = (size_t)size * (size_t)size;
    double bound = sqrt(3 / (double)size), *swap;
    double *product = allocate(elements * sizeof *product);
    double *factor = allocate(elements * sizeof *factor);
    double *next = allocate(elements * sizeof *next);
    for (int i = 0; i < count; i++) {
        double start = now_s();
        pp_rng_fill_reals((uint64_t)i, product, elements, -bound, bound);
        for (int k = 1; k < matrices; k++) {
            pp_rng_fill_reals((uint64_t)(i + k), factor, elements, -bound, bound);
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, product, size, factor, size, 0,
                        next, size);
            swap = product, product = next, next = swap;
        }
        seconds[i] = now_s() - start;
    }
    free(product), free(factor), free(next);
}

int main(int argc, char **argv) {
    int tensor = argc == 5 && strcmp(argv[1], "tensor") == 0;
    if (!tensor && !(argc == 4 && strcmp(argv[1], "matrix") == 0)) {
        fprintf(stderr, "usage: bare_blas matrix SIZE COUNT | bare_blas tensor SIZE MATRICES COUNT\n");
        return 2;
    }
    int size = atoi(argv[2]), matrices = tensor ? atoi(argv[3]) : 1, count = atoi(argv[argc - 1]);
    if (size < 1 || matrices < 1 || count < 1) {
        fprintf(stderr, "bare_blas: all numbers must be at least 1\n");
        return 2;
    }
    double *seconds = allocate((size_t)count * sizeof *seconds);
    if (tensor)
        bare_tensor(size, matrices, count, seconds);
    else
        bare_matrix(size, count, seconds);
    print_median(seconds, count);
    free(seconds);
}
