/* What the tasks `matrix`, `tensor` and `infer` cost without pptest: the same random numbers and the same OpenBLAS
 * calls in a plain loop, nothing checked. Of `infer` only the products of both layers are done, each in one call for
 * the whole batch; its conversions, biases, ReLU and softmax are not.
 *
 *   bare_blas matrix SIZE COUNT      bare_blas tensor SIZE MATRICES COUNT      bare_blas infer BATCH COUNT
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

static float *random_floats(blasint rows, blasint columns, float high) {
    size_t elements = (size_t)rows * (size_t)columns;
    float *floats = allocate(elements * sizeof *floats);
    uint64_t state = 1;
    for (size_t i = 0; i < elements; i++)
        floats[i] = (float)(pp_mix64(state++) >> 40) * 0x1p-24f * high;
    return floats;
}

/* The shape of the classifier that is shipped. */
static void bare_infer(blasint batch, int count, double *seconds) {
    const blasint inputs = 784, hidden = 512, classes = 10;
    float *pixels = random_floats(batch, inputs, 1), *between = random_floats(batch, hidden, 1);
    float *weights1 = random_floats(hidden, inputs, 0.1f), *weights2 = random_floats(classes, hidden, 0.1f);
    float *logits = random_floats(batch, classes, 1);
    for (int i = 0; i < count; i++) {
        double start = now_s();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, hidden, inputs, 1, pixels, inputs, weights1, inputs,
                    0, between, hidden);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, classes, hidden, 1, between, hidden, weights2,
                    hidden, 0, logits, classes);
        seconds[i] = now_s() - start;
    }
    free(pixels), free(between), free(weights1), free(weights2), free(logits);
}

int main(int argc, char **argv) {
    int tensor = argc == 5 && strcmp(argv[1], "tensor") == 0, infer = argc == 4 && strcmp(argv[1], "infer") == 0;
    if (!tensor && !infer && !(argc == 4 && strcmp(argv[1], "matrix") == 0)) {
        fprintf(stderr, "usage: bare_blas matrix SIZE COUNT | bare_blas tensor SIZE MATRICES COUNT | "
                        "bare_blas infer BATCH COUNT\n");
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
    else if (infer)
        bare_infer(size, count, seconds);
    else
        bare_matrix(size, count, seconds);
    print_median(seconds, count);
    free(seconds);
}
