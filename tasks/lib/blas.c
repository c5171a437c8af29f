#include "lib/blas.h"

unsigned pp_blas_library_threads(const void *args) {
    (void)args;
    return 0;
}

#ifdef PP_HAVE_OPENBLAS

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "pptest/library.h"

/* Distributions number the same interface differently; the last name comes with the development package. */
static const char *const names[] = {"libopenblas.so.0", "libopenblas.so.3", "libopenblas.so", NULL};

static const struct pp_library_symbol symbols[] = {
    {"cblas_dgemm", offsetof(struct pp_blas, dgemm)},
    {"cblas_sgemm", offsetof(struct pp_blas, sgemm)},
    {"dgetrf_", offsetof(struct pp_blas, dgetrf)},
    {"dgetri_", offsetof(struct pp_blas, dgetri)},
    {"openblas_set_num_threads", offsetof(struct pp_blas, set_num_threads)},
    {"openblas_get_num_threads", offsetof(struct pp_blas, get_num_threads)},
    {"openblas_get_num_procs", offsetof(struct pp_blas, get_num_procs)},
    {"openblas_get_corename", offsetof(struct pp_blas, get_corename)},
    {"openblas_get_config", offsetof(struct pp_blas, get_config)},
    {0}};

static const struct pp_library openblas = {
    .title = "OpenBLAS",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it built with LAPACK?",
    .install =
        "install the package libopenblas0 (Debian, Ubuntu) or openblas (Fedora, Arch, Alpine), or choose another task"};

/* The variables that OpenBLAS reads when it is loaded, in its order. They are read again here because the number it
 * holds may have been changed since by an earlier case of the same run. */
static int threads_by_default(int processors) {
    static const char *const variables[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *text = getenv(variables[i]);
        long threads = text ? strtol(text, NULL, 10) : 0;
        if (threads > 0)
            return threads < processors ? (int)threads : processors;
    }
    return processors;
}

int pp_blas_load(struct pp_blas *blas, unsigned threads, struct pp_error *error) {
    int status = pp_library_load(&openblas, blas, error);
    if (status)
        return status;
    blas->default_threads = threads_by_default(blas->get_num_procs());
    pp_blas_threads(blas, threads);
    return 0;
}

int pp_blas_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)args;
    return pp_blas_load(shared, env->library_threads, error);
}

int pp_blas_version(char *text, size_t size) {
    struct pp_blas blas;
    char version[32];
    int status = pp_library_load(&openblas, &blas, NULL);
    if (status)
        return status;
    if (sscanf(blas.get_config(), "OpenBLAS %31s", version) != 1)
        snprintf(version, sizeof version, "of unknown version");
    return snprintf(text, size, "%s, %s", version, blas.get_corename());
}

/* The number is the process's, and OpenBLAS does not expect it to be set by several threads at once. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

void pp_blas_threads(const struct pp_blas *blas, unsigned threads) {
    int wanted = threads == 0 ? blas->default_threads : threads < INT_MAX ? (int)threads : INT_MAX;
    pthread_mutex_lock(&one_at_a_time);
    /* Setting any number starts all threads there were before a fork, even where none is needed. */
    if (wanted != 1 || blas->get_num_threads() != 1)
        blas->set_num_threads(wanted);
    pthread_mutex_unlock(&one_at_a_time);
}

#endif
