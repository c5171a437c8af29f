/* OpenBLAS, loaded when a task first needs it. A program that is merely linked with it even starts its threads and pays
 * for them at every fork, whatever it runs. */
#ifndef PPTEST_LIB_BLAS_H
#define PPTEST_LIB_BLAS_H

#include "pptest/task.h"

/* A task's `unavailable`, without OpenBLAS. */
#define PP_BLAS_UNAVAILABLE                                                                                            \
    "built without OpenBLAS: install its development package (libopenblas-dev, openblas-devel) and build again"

/* A task's `library_threads`: a thread for each CPU unless told otherwise. */
unsigned pp_blas_library_threads(const void *args);

#ifdef PP_HAVE_OPENBLAS

#include <cblas.h>

/* LAPACK's factorisation and inversion (column-major, everything by pointer); OpenBLAS exports them without a header of
 * their own. `info`: 0 done, i > 0 the i-th pivot is zero, i < 0 the i-th argument is wrong. */
typedef void pp_dgetrf(const blasint *rows, const blasint *columns, double *matrix, const blasint *stride,
                       blasint *pivots, blasint *info);
typedef void pp_dgetri(const blasint *size, double *matrix, const blasint *stride, const blasint *pivots, double *work,
                       const blasint *work_count, blasint *info);

/* What tasks call. Lives in a task's shared struct; plain values, so it may be copied. */
struct pp_blas {
    __typeof__(cblas_dgemm) *dgemm;
    __typeof__(cblas_sgemm) *sgemm;
    pp_dgetrf *dgetrf;
    pp_dgetri *dgetri;
    __typeof__(openblas_set_num_threads) *set_num_threads;
    __typeof__(openblas_get_num_threads) *get_num_threads;
    __typeof__(openblas_get_num_procs) *get_num_procs;
    __typeof__(openblas_get_corename) *get_corename; /* the kind of processor its kernels were chosen for */
    __typeof__(openblas_get_config) *get_config;     /* "OpenBLAS", its version, and how it was built */
    int default_threads;                             /* what OpenBLAS uses when nobody says otherwise */
};

/* For a task's `prepare`: loads the library (once in a process; it stays until the end) and sets its threads, so that
 * forked workers find it ready. Returns 0 or what pp_library_load returns; then `blas` is unchanged. */
int pp_blas_load(struct pp_blas *blas, unsigned threads, struct pp_error *error);

/* pp_blas_load as a task's `prepare`, where `shared` is a struct pp_blas. */
int pp_blas_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error);

/* A task's `library_version`: "0.3.21, Zen", the second being the kind of processor that its kernels are for. */
int pp_blas_version(char *text, size_t size);

/* Sets how many threads one call may use in this process; 0: the library's own default. For a task's `worker_init`:
 * after a fork it starts the threads, which belongs to a worker's start and not to its first task. Several threads of a
 * process may call it at once, all with the same number, while none of them is in OpenBLAS otherwise. */
void pp_blas_threads(const struct pp_blas *blas, unsigned threads);

#endif
#endif
