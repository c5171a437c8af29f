#include "lib/blas.h"

#ifdef PP_HAVE_OPENBLAS

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/task.h"

#define INSTALL_HINT                                                                                                   \
    "install the package libopenblas0 (Debian, Ubuntu) or openblas (Fedora, Arch, Alpine), or choose another task"

/* Distributions number the same interface differently; the last name comes with the development package. */
static const char *const library_names[] = {"libopenblas.so.0", "libopenblas.so.3", "libopenblas.so"};

static const struct symbol {
    const char *name;
    size_t offset;
} symbols[] = {{"cblas_dgemm", offsetof(struct pp_blas, dgemm)},
               {"dgetrf_", offsetof(struct pp_blas, dgetrf)},
               {"dgetri_", offsetof(struct pp_blas, dgetri)},
               {"openblas_set_num_threads", offsetof(struct pp_blas, set_num_threads)},
               {"openblas_get_num_threads", offsetof(struct pp_blas, get_num_threads)},
               {"openblas_get_num_procs", offsetof(struct pp_blas, get_num_procs)},
               {"openblas_get_corename", offsetof(struct pp_blas, get_corename)}};

/* The variables that OpenBLAS reads when it is loaded, in its order. They are read again here because the number it
 * holds may have been changed since by an earlier case of the same run. */
static int threads_by_default(int processors) {
    static const char *const names[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *text = getenv(names[i]);
        long threads = text ? strtol(text, NULL, 10) : 0;
        if (threads > 0)
            return threads < processors ? (int)threads : processors;
    }
    return processors;
}

static void *library_open(void) {
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof library_names / sizeof *library_names; i++)
        library = dlopen(library_names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

static int library_resolve(void *library, struct pp_blas *blas, struct pp_error *error) {
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!address)
            return pp_error_set(error, -ELIBBAD, "the OpenBLAS found has no function %s (is it built with LAPACK?); %s",
                                symbols[i].name, INSTALL_HINT);
        memcpy((char *)blas + symbols[i].offset, &address, sizeof address);
    }
    return 0;
}

int pp_blas_load(struct pp_blas *blas, unsigned threads, struct pp_error *error) {
    void *library = library_open();
    if (!library) {
        const char *reason = dlerror();
        return pp_error_set(error, -ELIBACC, "OpenBLAS cannot be loaded (%s); %s", reason ? reason : "no reason given",
                            INSTALL_HINT);
    }
    struct pp_blas loaded = {0};
    int status = library_resolve(library, &loaded, error);
    if (status) {
        dlclose(library);
        return status;
    }
    assert(loaded.get_num_procs && loaded.get_num_threads && loaded.set_num_threads);
    loaded.default_threads = threads_by_default(loaded.get_num_procs());
    pp_blas_threads(&loaded, threads);
    *blas = loaded;
    return 0;
}

void pp_blas_threads(const struct pp_blas *blas, unsigned threads) {
    int wanted = threads == 0 ? blas->default_threads : threads < INT_MAX ? (int)threads : INT_MAX;
    /* Setting any number starts all threads there were before a fork, even where none is needed. */
    if (wanted == 1 && blas->get_num_threads() == 1)
        return;
    blas->set_num_threads(wanted);
}

#else
typedef int pp_blas_is_missing; /* ISO C wants something in every file */
#endif
