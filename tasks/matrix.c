#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lib/blas.h"
#include "lib/checksum.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    int64_t size;
};

static const struct pp_field fields[] = {{.name = "size",
                                          .help = "rows and columns of the matrix that is inverted",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, size),
                                          .min = 1,
                                          .max = 32768, /* 8 GiB */
                                          .def.i = 1000,
                                          .mix_min = 100,
                                          .mix_max = 2000},
                                         {0}};

static double matrix_estimate(const void *args) {
    const struct args *a = args;
    double size = (double)a->size;
    return 2 * size * size * size / 40e9 + size * size * 4e-9;
}

#ifdef PP_HAVE_OPENBLAS

/* How the answer is checked: with a row vector u of random signs and v = u · A, made together with A, v · A⁻¹ must give
 * u back (Freivalds 1977). A itself need not be kept for that. */
struct state {
    const struct pp_blas *blas;
    struct pp_buffer matrix_buffer, vectors_buffer, pivots_buffer, work_buffer;
    double *matrix;                              /* A, then its inverse */
    double *signs, *carried, *sums, *magnitudes; /* u; v; v · inverse; sums of the inverse's columns */
    int64_t work_size;                           /* matrix size that work_count is for */
    blasint work_count;
};

/* LAPACK itself says how much room its blocked algorithm wants. */
static int matrix_reserve_work(struct state *s, size_t size) {
    if (s->work_size != (int64_t)size) {
        blasint n = (blasint)size, query = -1, info = 0, pivot = 1;
        double matrix = 1, best = 0;
        s->blas->dgetri(&n, &matrix, &n, &pivot, &best, &query, &info);
        s->work_count = info == 0 && best > (double)n ? (blasint)best : n;
        s->work_size = (int64_t)size;
    }
    return pp_buffer_reserve(&s->work_buffer, (size_t)s->work_count * sizeof(double));
}

static int matrix_reserve(struct state *s, size_t size, struct pp_error *error) {
    size_t matrix_bytes = size * size * sizeof(double);
    if (pp_buffer_reserve(&s->matrix_buffer, matrix_bytes) ||
        pp_buffer_reserve(&s->vectors_buffer, 4 * size * sizeof(double)) ||
        pp_buffer_reserve(&s->pivots_buffer, size * sizeof(blasint)) || matrix_reserve_work(s, size))
        return pp_error_set(error, -ENOMEM,
                            "no memory for a matrix of %zu x %zu numbers (%.3g GB); choose a smaller size or fewer "
                            "workers",
                            size, size, 1e-9 * (double)matrix_bytes);
    s->signs = s->vectors_buffer.data;
    s->carried = s->signs + size;
    s->sums = s->carried + size;
    s->magnitudes = s->sums + size;
    return 0;
}

/* LAPACK counts by columns, so it sees the transpose; the inverse of a transpose is the transpose of the inverse, and
 * nothing has to be moved. */
static int matrix_invert(struct state *s, size_t size, struct pp_error *error) {
    blasint n = (blasint)size, info = 0;
    double *matrix = s->matrix;
    blasint *pivots = s->pivots_buffer.data;
    s->blas->dgetrf(&n, &n, matrix, &n, pivots, &info);
    if (info == 0)
        s->blas->dgetri(&n, matrix, &n, pivots, s->work_buffer.data, &s->work_count, &info);
    if (info > 0)
        return pp_error_set(error, -EDOM, "the random matrix is singular (pivot %d is zero); choose another seed",
                            info);
    if (info < 0)
        return pp_error_set(error, -EINVAL, "LAPACK refused argument %d of a %zu x %zu inversion", -info, size, size);
    return 0;
}

static uint64_t real_bits(double real) {
    union {
        double real;
        uint64_t bits;
    } both = {.real = real};
    return both.bits;
}

/* Makes A, u and v = u · A. */
static void matrix_make(uint64_t seed, size_t size, double *matrix, double *signs, double *carried) {
    struct pp_random_matrix random = {.seed = pp_mix2(seed, 1), .size = size, .bound = 1};
    pp_random_signs(pp_mix2(seed, 0), signs, size);
    pp_matrix_fill(&random, matrix, signs, carried);
}

/* As data, A has u and v behind it: what befell it on its way would then show in the inverse. */
static size_t matrix_input_bytes(const void *shared, const void *args) {
    (void)shared;
    size_t size = (size_t)((const struct args *)args)->size;
    return (size * size + 2 * size) * sizeof(double);
}

static size_t matrix_result_bytes(const void *shared, const void *args) {
    (void)shared;
    size_t size = (size_t)((const struct args *)args)->size;
    return size * size * sizeof(double);
}

static void matrix_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    size_t size = (size_t)((const struct args *)args)->size;
    double *matrix = bytes, *signs = matrix + size * size;
    matrix_make(item->seed, size, matrix, signs, signs + size);
}

static void matrix_take(struct state *s, size_t size, const double *input) {
    const double *signs = input + size * size;
    memcpy(s->matrix, input, size * size * sizeof(double));
    memcpy(s->signs, signs, size * sizeof(double));
    memcpy(s->carried, signs + size, size * sizeof(double));
}

/* The digest comes from the matrix that went in (its checksum vector meets every element): the inverse's last bits
 * depend on the number of threads and on the kernels OpenBLAS has for this processor. That the inverse is right is for
 * matrix_verify to say. */
static int matrix_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    size_t size = (size_t)a->size;
    int status = matrix_reserve(s, size, error);
    if (status)
        return status;
    s->matrix = output->result ? output->result : s->matrix_buffer.data;
    if (item->input)
        matrix_take(s, size, item->input);
    else
        matrix_make(item->seed, size, s->matrix, s->signs, s->carried);
    uint64_t digest = pp_mix2(item->seed, (uint64_t)size);
    digest = pp_mix2(digest, real_bits(s->carried[0]));
    output->digest = pp_mix2(digest, real_bits(s->carried[size - 1]));
    return matrix_invert(s, size, error);
}

/* The left residual X · A - I that dgetri leaves is bounded by the magnitudes of X times those of the factors, times
 * size · epsilon (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 14.3). The factors' elements
 * are about as large as A's, at most 1, and the random signs add them up like sqrt(size). Measured residuals stay below
 * a tenth of this. */
static double matrix_tolerance(size_t size, double largest_column) {
    return 8 * 0x1p-52 * (double)size * sqrt((double)size) * largest_column;
}

static int matrix_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)item, (void)output;
    struct state *s = state;
    const struct args *a = args;
    size_t size = (size_t)a->size;
    pp_matrix_weigh(s->matrix, size, s->carried, s->sums, s->magnitudes);
    double tolerance = matrix_tolerance(size, pp_largest(s->magnitudes, size));
    for (size_t j = 0; j < size; j++)
        if (!isfinite(s->sums[j]) || !(fabs(s->sums[j] - s->signs[j]) <= tolerance))
            return pp_error_set(error, -EBADMSG,
                                "the inverse of the %zu x %zu matrix is wrong: times the matrix, the checksum of "
                                "column %zu is %.17g instead of %g (tolerance %.2g)",
                                size, size, j, s->sums[j], s->signs[j], tolerance);
    return 0;
}

static void matrix_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->matrix_buffer);
    pp_buffer_release(&s->vectors_buffer);
    pp_buffer_release(&s->pivots_buffer);
    pp_buffer_release(&s->work_buffer);
}

static int matrix_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    s->blas = shared;
    int status = matrix_reserve(s, (size_t)a->size, error);
    if (status)
        matrix_fini(s);
    else
        pp_blas_threads(s->blas, env->library_threads);
    return status;
}

#endif

const struct pp_task pp_task_matrix = {.name = "matrix",
                                       .summary = "inverts a random square matrix",
                                       .library = "OpenBLAS",
                                       .caps = PP_TASK_INPUT | PP_TASK_RESULT,
#ifdef PP_HAVE_OPENBLAS
                                       .shared_size = sizeof(struct pp_blas),
                                       .state_size = sizeof(struct state),
                                       .prepare = pp_blas_prepare,
                                       .worker_init = matrix_init,
                                       .run = matrix_run,
                                       .verify = matrix_verify,
                                       .worker_fini = matrix_fini,
                                       .input_bytes = matrix_input_bytes,
                                       .result_bytes = matrix_result_bytes,
                                       .input = matrix_input,
                                       .library_version = pp_blas_version,
#else
                                       .unavailable = PP_BLAS_UNAVAILABLE,
#endif
                                       .args = fields,
                                       .args_size = sizeof(struct args),
                                       .library_threads = pp_blas_library_threads,
                                       .estimate = matrix_estimate};
