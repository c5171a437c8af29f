/* tensor and matrix: right answers pass, wrong ones do not, and digests depend on the work alone. */
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/blas.h"
#include "lib/checksum.h"
#include "task_fixture.h"

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
enum { THREADS_WATCHED = 1, MEMORY_WATCHED = 1 };
#elif defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
enum { THREADS_WATCHED = 0, MEMORY_WATCHED = 1 };
#else
enum { THREADS_WATCHED = 0, MEMORY_WATCHED = 0 };
#endif

static const struct pp_task *task(const char *name) {
    const struct pp_task *found = pp_task_find(name);
    assert_non_null(found);
    return found;
}

/* Every argument of both tasks is an int64_t. */
static void set_args(struct fixture *f, int64_t first, int64_t second) {
    memcpy((char *)f->args + f->task->args[0].offset, &first, sizeof first);
    if (f->task->args[1].name)
        memcpy((char *)f->args + f->task->args[1].offset, &second, sizeof second);
}

static void draws_stay_in_range(void **state) {
    (void)state;
    struct fixture f = fixture_new(task("tensor"), "/tmp", 1);
    struct pp_rng rng = {1};
    int64_t longest = 0;
    for (int i = 0; i < 5000; i++) {
        f.task->draw(f.args, &rng);
        const int64_t *args = f.args;
        assert_in_range(args[0], 128, 1024);
        assert_in_range(args[1], 2, 12);
        if (args[0] > 1000)
            assert_int_equal(args[1], 2);
        if (args[0] < 140 && args[1] > longest)
            longest = args[1];
    }
    assert_in_range(longest, 11, 12);
    fixture_free(&f, false);
}

static void estimates_grow(void **state) {
    (void)state;
    static const char *const names[] = {"tensor", "matrix"};
    for (int i = 0; i < 2; i++) {
        struct fixture f = fixture_new(task(names[i]), "/tmp", 1);
        double usual = f.task->estimate(f.args);
        assert_true(usual > 1e-3 && usual < 1);
        set_args(&f, 2000, 50);
        assert_true(f.task->estimate(f.args) > 4 * usual);
        fixture_free(&f, false);
    }
}

#ifdef PP_HAVE_OPENBLAS

static bool under_valgrind(void) {
    const char *preload = getenv("LD_PRELOAD");
    return preload && strstr(preload, "valgrind");
}

/* ThreadSanitizer does not see how OpenBLAS's threads wait for each other, and allows none after a fork; valgrind
 * takes the stacks of those that still wait at the end for leaks. */
static unsigned threads_allowed(unsigned wanted) { return THREADS_WATCHED || under_valgrind() ? 1 : wanted; }

/* The dynamic loader, as the library's loader sees it; tests take it away. */
static enum { LOADER_REAL, LOADER_FINDS_NOTHING, LOADER_FINDS_ANOTHER } loader;

void *dlopen(const char *name, int flags);
void *dlopen(const char *name, int flags) {
    void *(*real)(const char *, int);
    void *address = dlsym(RTLD_NEXT, "dlopen");
    memcpy(&real, &address, sizeof real);
    if (loader == LOADER_FINDS_NOTHING)
        return NULL;
    return real(loader == LOADER_FINDS_ANOTHER ? "libm.so.6" : name, flags);
}

static void load_says_what_is_missing(void **state) {
    (void)state;
    struct pp_blas blas = {.default_threads = 77};
    struct pp_error error = {0};
    loader = LOADER_FINDS_NOTHING;
    assert_int_equal(pp_blas_load(&blas, 1, &error), -ELIBACC);
    assert_non_null(strstr(error.text, "install the package"));
    loader = LOADER_FINDS_ANOTHER;
    assert_int_equal(pp_blas_load(&blas, 1, &error), -ELIBBAD);
    assert_non_null(strstr(error.text, "cblas_dgemm"));
    loader = LOADER_REAL;
    assert_int_equal(blas.default_threads, 77);
}

static void load_failure_stops_prepare(void **state) {
    (void)state;
    struct fixture f = fixture_new(task("matrix"), "/tmp", 1), g = fixture_new(task("tensor"), "/tmp", 1);
    loader = LOADER_FINDS_NOTHING;
    assert_int_equal(fixture_start(&f), -ELIBACC);
    assert_int_equal(fixture_start(&g), -ELIBACC);
    loader = LOADER_REAL;
    fixture_free(&f, false);
    fixture_free(&g, false);
}

static void threads_are_set_and_reset(void **state) {
    (void)state;
    struct pp_blas blas;
    struct pp_error error = {0};
    assert_int_equal(pp_blas_load(&blas, 1, &error), 0);
    assert_int_equal(blas.get_num_threads(), 1);
    pp_blas_threads(&blas, 2);
    assert_int_equal(blas.get_num_threads(), 2);
    pp_blas_threads(&blas, 0);
    assert_int_equal(blas.get_num_threads(), blas.default_threads);
    pp_blas_threads(&blas, 1);
    assert_int_equal(blas.get_num_threads(), 1);
    assert_true(strlen(blas.get_corename()) > 0);
}

static void default_threads_heed_the_environment(void **state) {
    (void)state;
    struct pp_blas blas;
    char *before = getenv("OPENBLAS_NUM_THREADS");
    char *kept = before ? strdup(before) : NULL;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    assert_int_equal(pp_blas_load(&blas, 1, NULL), 0);
    assert_int_equal(blas.default_threads, 1);
    setenv("OPENBLAS_NUM_THREADS", "100000", 1);
    assert_int_equal(pp_blas_load(&blas, 1, NULL), 0);
    assert_int_equal(blas.default_threads, blas.get_num_procs());
    unsetenv("OPENBLAS_NUM_THREADS");
    if (kept)
        setenv("OPENBLAS_NUM_THREADS", kept, 1);
    free(kept);
}

static void right_answers_pass(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int64_t first, second;
    } cases[] = {{"tensor", 1, 2},    {"tensor", 2, 9},   {"tensor", 3, 10}, {"tensor", 33, 40},
                 {"tensor", 100, 17}, {"tensor", 257, 3}, {"matrix", 1, 0},  {"matrix", 2, 0},
                 {"matrix", 17, 0},   {"matrix", 100, 0}, {"matrix", 301, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f = fixture_new(task(cases[i].name), "/tmp", 1);
        set_args(&f, cases[i].first, cases[i].second);
        assert_int_equal(fixture_start(&f), 0);
        for (uint64_t seed = 0; seed < 5; seed++)
            assert_int_equal(fixture_do(&f, seed), 0);
        fixture_free(&f, true);
    }
}

/* The plain product would have fallen below the smallest double after some 2,000 factors. */
static void long_chains_do_not_vanish(void **state) {
    (void)state;
    struct fixture f = fixture_new(task("tensor"), "/tmp", 1);
    for (int64_t size = 1; size <= 3; size++) {
        set_args(&f, size, 10000);
        if (size == 1)
            assert_int_equal(fixture_start(&f), 0);
        assert_int_equal(fixture_do(&f, 5), 0);
    }
    fixture_free(&f, true);
}

static uint64_t digest_of(const char *name, int64_t first, int64_t second, unsigned threads, uint64_t seed) {
    struct fixture f = fixture_new(task(name), "/tmp", threads);
    set_args(&f, 8, 2); /* a mix calls run with larger arguments than worker_init saw */
    assert_int_equal(fixture_start(&f), 0);
    set_args(&f, first, second);
    assert_int_equal(fixture_do(&f, seed), 0);
    uint64_t digest = f.output.digest;
    fixture_free(&f, true);
    return digest;
}

static void digests_depend_on_the_work_alone(void **state) {
    (void)state;
    static const char *const names[] = {"tensor", "matrix"};
    for (int i = 0; i < 2; i++) {
        uint64_t digest = digest_of(names[i], 150, 5, 1, 1);
        assert_int_equal(digest, digest_of(names[i], 150, 5, 1, 1));
        assert_int_equal(digest, digest_of(names[i], 150, 5, threads_allowed(2), 1));
        assert_int_equal(digest, digest_of(names[i], 150, 5, threads_allowed(0), 1));
        assert_int_not_equal(digest, digest_of(names[i], 150, 5, 1, 2));
        assert_int_not_equal(digest, digest_of(names[i], 151, 5, 1, 1));
    }
    assert_int_not_equal(digest_of("tensor", 20, 5, 1, 1), digest_of("tensor", 20, 6, 1, 1));
}

static void forked_workers_have_a_working_library(void **state) {
    (void)state;
    struct fixture f = fixture_new(task("tensor"), "/tmp", threads_allowed(2));
    set_args(&f, 200, 4);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    uint64_t digest = f.output.digest;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int wrong = f.task->worker_init(f.state, f.shared, f.args, &f.env, &f.error) || fixture_do(&f, 1) ||
                    f.output.digest != digest;
        fixture_free(&f, true);
        _exit(wrong);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fixture_free(&f, true);
}

/* ---- wrong answers: the library's functions, each with a fault of its own ---- */

static struct pp_blas real;
static int spoil_call; /* the how-manieth call is spoilt, counting down */
static double spoil_by;
static blasint spoil_info;

static void spoilt_dgemm(const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE trans_a,
                         const enum CBLAS_TRANSPOSE trans_b, const blasint m, const blasint n, const blasint k,
                         const double alpha, const double *a, const blasint lda, const double *b, const blasint ldb,
                         const double beta, double *c, const blasint ldc) {
    real.dgemm(order, trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    if (--spoil_call == 0)
        c[(m / 2) * ldc + n - 1] += spoil_by;
}

static void spoilt_dgetri(const blasint *size, double *matrix, const blasint *stride, const blasint *pivots,
                          double *work, const blasint *work_count, blasint *info) {
    real.dgetri(size, matrix, stride, pivots, work, work_count, info);
    if (*work_count > 0)
        matrix[*size * *size - 1] += spoil_by;
}

static void spoilt_dgetrf(const blasint *rows, const blasint *columns, double *matrix, const blasint *stride,
                          blasint *pivots, blasint *info) {
    real.dgetrf(rows, columns, matrix, stride, pivots, info);
    *info = spoil_info;
}

static struct pp_blas *spoilt_start(struct fixture *f, const char *name, int64_t first, int64_t second) {
    *f = fixture_new(task(name), "/tmp", 1);
    set_args(f, first, second);
    assert_int_equal(fixture_start(f), 0);
    struct pp_blas *blas = f->shared;
    real = *blas;
    return blas;
}

static void wrong_products_are_found(void **state) {
    (void)state;
    static const double faults[] = {1e-3, -1, 1e30, HUGE_VAL, (double)NAN};
    struct fixture f;
    spoilt_start(&f, "tensor", 64, 30)->dgemm = spoilt_dgemm;
    for (size_t fault = 0; fault < sizeof faults / sizeof *faults; fault++)
        for (int call = 1; call <= 29; call += 7) {
            spoil_call = call;
            spoil_by = faults[fault];
            assert_int_equal(fixture_run(&f, 3), 0);
            assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
            assert_non_null(strstr(f.error.text, "is wrong: the checksum of column"));
        }
    spoil_call = 0; /* and the next right answer passes again */
    assert_int_equal(fixture_do(&f, 3), 0);
    fixture_free(&f, true);
}

static void wrong_inverses_are_found(void **state) {
    (void)state;
    static const double faults[] = {1e-4, -1, 1e30, HUGE_VAL, (double)NAN};
    struct fixture f;
    spoilt_start(&f, "matrix", 120, 0)->dgetri = spoilt_dgetri;
    for (size_t fault = 0; fault < sizeof faults / sizeof *faults; fault++) {
        spoil_by = faults[fault];
        assert_int_equal(fixture_run(&f, 3), 0);
        assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
        assert_non_null(strstr(f.error.text, "the inverse of the 120 x 120 matrix is wrong"));
    }
    spoil_by = 0;
    assert_int_equal(fixture_do(&f, 3), 0);
    fixture_free(&f, true);
}

static void singular_matrices_are_an_error(void **state) {
    (void)state;
    struct fixture f;
    spoilt_start(&f, "matrix", 10, 0)->dgetrf = spoilt_dgetrf;
    spoil_info = 4;
    assert_int_equal(fixture_run(&f, 3), -EDOM);
    assert_non_null(strstr(f.error.text, "pivot 4 is zero"));
    spoil_info = -2;
    assert_int_equal(fixture_run(&f, 3), -EINVAL);
    assert_non_null(strstr(f.error.text, "refused argument 2"));
    spoil_info = 0;
    assert_int_equal(fixture_do(&f, 3), 0);
    fixture_free(&f, true);
}

static bool fails_for_lack_of_memory(const char *name) {
    struct fixture f = fixture_new(task(name), "/tmp", 1), small = fixture_new(task(name), "/tmp", 1);
    struct rlimit limit = {.rlim_cur = 1u << 30, .rlim_max = 1u << 30};
    set_args(&f, 32768, 2);
    set_args(&small, 10, 2);
    if (fixture_start(&small) || setrlimit(RLIMIT_AS, &limit) || fixture_start(&f) != -ENOMEM)
        return false;
    set_args(&small, 32768, 2);
    return fixture_run(&small, 1) == -ENOMEM && strstr(small.error.text, "choose a smaller size");
}

static void lack_of_memory_is_an_error(void **state) {
    (void)state;
    if (MEMORY_WATCHED || under_valgrind()) /* there a limit ends the process, not one request */
        skip();
    static const char *const names[] = {"tensor", "matrix"};
    for (int i = 0; i < 2; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(!fails_for_lack_of_memory(names[i]));
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

#else

static void missing_library_is_a_reason(void **state) {
    (void)state;
    assert_non_null(task("tensor")->unavailable);
    assert_non_null(task("matrix")->unavailable);
}

#endif

/* ---- checksums ---- */

static void checksums_are_those_of_the_matrix(void **state) {
    (void)state;
    for (size_t size = 1; size <= 130; size += 3) {
        struct pp_random_matrix random = {.seed = 5, .size = size, .bound = 2};
        double *matrix = malloc(size * size * sizeof *matrix), *v = malloc(4 * size * sizeof *v);
        assert_true(matrix && v);
        pp_random_signs(1, v, size);
        pp_matrix_fill(&random, matrix, v, v + size);
        pp_matrix_weigh(matrix, size, v, v + 2 * size, v + 3 * size);
        for (size_t j = 0; j < size; j++) {
            double sum = 0, magnitude = 0;
            for (size_t i = 0; i < size; i++) {
                assert_true(fabs(matrix[i * size + j]) <= 2);
                sum += v[i] * matrix[i * size + j];
                magnitude += fabs(matrix[i * size + j]);
            }
            assert_true(fabs(v[size + j] - sum) < 1e-11 && fabs(v[2 * size + j] - sum) < 1e-11);
            assert_true(fabs(v[3 * size + j] - magnitude) < 1e-11);
        }
        free(matrix);
        free(v);
    }
}

static void signs_are_balanced(void **state) {
    (void)state;
    double signs[1000], sum = 0;
    pp_random_signs(3, signs, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_true(fabs(signs[i]) == 1);
        sum += signs[i];
    }
    assert_true(fabs(sum) < 160); /* five standard deviations */
    assert_true(pp_largest(signs, 1000) == 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_those_of_the_matrix),
        cmocka_unit_test(signs_are_balanced),
        cmocka_unit_test(draws_stay_in_range),
        cmocka_unit_test(estimates_grow),
#ifdef PP_HAVE_OPENBLAS
        cmocka_unit_test(load_says_what_is_missing),
        cmocka_unit_test(load_failure_stops_prepare),
        cmocka_unit_test(threads_are_set_and_reset),
        cmocka_unit_test(default_threads_heed_the_environment),
        cmocka_unit_test(right_answers_pass),
        cmocka_unit_test(long_chains_do_not_vanish),
        cmocka_unit_test(digests_depend_on_the_work_alone),
        cmocka_unit_test(forked_workers_have_a_working_library),
        cmocka_unit_test(wrong_products_are_found),
        cmocka_unit_test(wrong_inverses_are_found),
        cmocka_unit_test(singular_matrices_are_an_error),
        cmocka_unit_test(lack_of_memory_is_an_error),
#else
        cmocka_unit_test(missing_library_is_a_reason),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
