#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lib/blas.h"
#include "lib/checksum.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    int64_t size, tensor_count;
};

static const struct pp_field fields[] = {{.name = "size",
                                          .help = "rows and columns of each matrix",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, size),
                                          .min = 1,
                                          .max = 32768, /* three matrices of 8 GiB */
                                          .def.i = 256,
                                          .mix_min = 128,
                                          .mix_max = 1024},
                                         {.name = "tensor_count",
                                          .help = "matrices multiplied in a chain",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, tensor_count),
                                          .min = 2,
                                          .max = 1000000,
                                          .def.i = 50,
                                          .mix_min = 2,
                                          .mix_max = 12},
                                         {0}};

/* Large matrices come in short chains, so that no task of a mix is much longer than the others. */
static void tensor_draw(void *args, struct pp_rng *rng) {
    struct args *a = args;
    a->size = pp_rng_range(rng, 128, 1024);
    double share = log2((double)a->size / 128) / 3; /* of the way from 128 to 1024 */
    a->tensor_count = pp_rng_range(rng, 2, 12 - (int64_t)(10 * share + 0.5));
}

static double tensor_estimate(const void *args) {
    const struct args *a = args;
    double elements = (double)a->size * (double)a->size, count = (double)a->tensor_count;
    return 2 * elements * (double)a->size * (count - 1) / 40e9 + elements * count * 1e-9;
}

#ifdef PP_HAVE_OPENBLAS

/* How the answer is checked: a row vector u of random signs and, beside the chain, v = u · A1 · A2 · … one vector at a
 * time. After each segment of products, u times the real product must give v. */
enum { SEGMENT_PRODUCTS = 8 }; /* one pass over the product per segment: less than 1 % of the time */

struct state {
    const struct pp_blas *blas;
    struct pp_buffer product_buffer, factor_buffer, next_buffer, vectors_buffer;
    double *product, *factor, *next;              /* size x size; the first and the last swap after each product */
    double *signs, *carried, *moved, *magnitudes; /* u; v; v after the next matrix, or u · product; column sums */
    double norm;                                  /* of the product at the start of this segment */
    double scale;                                 /* for the next product, a power of two */
    int products;                                 /* in this segment */
    int64_t wrong_matrices;                       /* after how many matrices it first was wrong, 0: never */
    size_t wrong_column;
    double wrong_sum, wrong_expected;
};

static int tensor_reserve(struct state *s, size_t size, struct pp_error *error) {
    size_t matrix_bytes = size * size * sizeof(double);
    if (pp_buffer_reserve(&s->product_buffer, matrix_bytes) || pp_buffer_reserve(&s->factor_buffer, matrix_bytes) ||
        pp_buffer_reserve(&s->next_buffer, matrix_bytes) ||
        pp_buffer_reserve(&s->vectors_buffer, 4 * size * sizeof(double)))
        return pp_error_set(error, -ENOMEM,
                            "no memory for three matrices of %zu x %zu numbers (%.3g GB); choose a smaller size or "
                            "fewer workers",
                            size, size, 3e-9 * (double)matrix_bytes);
    s->factor = s->factor_buffer.data;
    s->signs = s->vectors_buffer.data;
    s->carried = s->signs + size;
    s->moved = s->carried + size;
    s->magnitudes = s->moved + size;
    return 0;
}

static void swap(double **a, double **b) {
    double *kept = *a;
    *a = *b;
    *b = kept;
}

/* Each product multiplies errors by the factor's 2-norm, about 2 for this distribution (Edelman 1988: twice the
 * standard deviation times sqrt(size)), and adds rounding of about sqrt(size) · epsilon · norm. Measured errors stay
 * below a tenth of this; a wrong element is larger by many orders of magnitude. */
static double tensor_tolerance(const struct state *s, size_t size) {
    return 8 * ldexp(0x1p-52, s->products) * sqrt((double)size) * s->norm;
}

/* Compares u · product with v; notes the first difference of this chain. */
static void tensor_compare(struct state *s, size_t size, int64_t matrices) {
    pp_matrix_weigh(s->product, size, s->signs, s->moved, s->magnitudes);
    double tolerance = tensor_tolerance(s, size);
    for (size_t j = 0; j < size && s->wrong_matrices == 0; j++) {
        if (fabs(s->moved[j] - s->carried[j]) <= tolerance) /* false for NaN */
            continue;
        s->wrong_matrices = matrices;
        s->wrong_column = j;
        s->wrong_sum = s->moved[j];
        s->wrong_expected = s->carried[j];
    }
}

/* A long chain of small matrices shrinks below the smallest double in time (its logarithm falls by about 1/(2 size) a
 * product); powers of two bring it back without rounding. */
static double tensor_scale(double norm) {
    if (norm > 0x1p-100 && norm < 0x1p100)
        return 1;
    return norm > 0 && norm < HUGE_VAL ? ldexp(1, -ilogb(norm)) : 1;
}

static void tensor_next_segment(struct state *s, size_t size) {
    double norm = pp_largest(s->magnitudes, size);
    s->scale = tensor_scale(norm);
    s->norm = norm * s->scale;
    s->products = 0;
    for (size_t j = 0; j < size; j++)
        s->carried[j] = s->moved[j] * s->scale;
}

static void tensor_multiply(struct state *s, const double *factor, size_t size) {
    blasint n = (blasint)size;
    s->blas->dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, s->scale, s->product, n, factor, n, 0.0, s->next,
                   n);
    swap(&s->product, &s->next);
    s->scale = 1;
    s->products++;
}

/* Where the first matrix has to be, so that the last product ends in the result. */
static void tensor_place(struct state *s, int64_t matrices, double *result) {
    s->product = s->product_buffer.data;
    s->next = result ? result : s->next_buffer.data;
    if ((matrices - 1) % 2 == 0)
        swap(&s->product, &s->next);
}

/* One matrix of the chain, handed over or else made in `own`; v is taken over it. */
static const double *tensor_get(struct state *s, const struct pp_random_matrix *random, const double *handed,
                                double *own) {
    if (handed)
        pp_matrix_weigh(handed, random->size, s->carried, s->moved, s->magnitudes);
    else
        pp_matrix_fill(random, own, s->carried, s->moved);
    swap(&s->carried, &s->moved);
    return handed ? handed : own;
}

static void tensor_start(struct state *s, const struct pp_random_matrix *random, const double *handed) {
    size_t size = random->size;
    pp_random_signs(pp_mix2(random->seed, 0), s->signs, size);
    memcpy(s->carried, s->signs, size * sizeof *s->carried);
    const double *first = tensor_get(s, random, handed, s->product);
    if (first != s->product)
        memcpy(s->product, first, size * size * sizeof *first);
    s->norm = random->bound * (double)size;
    s->scale = 1;
    s->products = 0;
    s->wrong_matrices = 0;
}

/* The bits of a matrix's last element: it is there only once the whole matrix was made. */
static uint64_t last_bits(const double *matrix, size_t size) {
    union {
        double real;
        uint64_t bits;
    } last = {.real = matrix[size * size - 1]};
    return last.bits;
}

/* What the matrix after so many others is made from. */
static struct pp_random_matrix tensor_random(uint64_t seed, int64_t before, size_t size) {
    /* variance 1/size: a vector's length is the same on average after each product */
    return (struct pp_random_matrix){
        .seed = pp_mix2(seed, (uint64_t)before + 1), .size = size, .bound = sqrt(3 / (double)size)};
}

static size_t tensor_result_bytes(const void *shared, const void *args) {
    (void)shared;
    const struct args *a = args;
    return (size_t)a->size * (size_t)a->size * sizeof(double);
}

static size_t tensor_input_bytes(const void *shared, const void *args) {
    const struct args *a = args;
    return tensor_result_bytes(shared, args) * (size_t)a->tensor_count;
}

static void tensor_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    const struct args *a = args;
    size_t size = (size_t)a->size;
    double *matrix = bytes;
    for (int64_t before = 0; before < a->tensor_count; before++, matrix += size * size) {
        struct pp_random_matrix random = tensor_random(item->seed, before, size);
        pp_matrix_fill(&random, matrix, NULL, NULL);
    }
}

/* The digest comes from the matrices that went in: the product's last bits depend on the number of threads and on the
 * kernels OpenBLAS has for this processor. That the product is right is for tensor_verify to say. */
static int tensor_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    size_t size = (size_t)a->size;
    int status = tensor_reserve(s, size, error);
    if (status)
        return status;
    tensor_place(s, a->tensor_count, output->result);
    struct pp_random_matrix random = tensor_random(item->seed, 0, size);
    const double *handed = item->input;
    tensor_start(s, &random, handed);
    uint64_t digest = pp_mix2(item->seed, last_bits(s->product, size));
    for (int64_t before = 1; before < a->tensor_count; before++) {
        if (s->products == SEGMENT_PRODUCTS) {
            tensor_compare(s, size, before);
            tensor_next_segment(s, size);
        }
        random = tensor_random(item->seed, before, size);
        handed = handed ? handed + size * size : NULL;
        const double *factor = tensor_get(s, &random, handed, s->factor);
        digest = pp_mix2(digest, last_bits(factor, size));
        tensor_multiply(s, factor, size);
    }
    output->digest = digest;
    return 0;
}

static int tensor_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)item, (void)output;
    struct state *s = state;
    const struct args *a = args;
    tensor_compare(s, (size_t)a->size, a->tensor_count);
    if (s->wrong_matrices == 0)
        return 0;
    return pp_error_set(error, -EBADMSG,
                        "the product of the first %" PRId64 " of %" PRId64
                        " matrices is wrong: the checksum of column %zu is %.17g instead of %.17g",
                        s->wrong_matrices, a->tensor_count, s->wrong_column, s->wrong_sum, s->wrong_expected);
}

static void tensor_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->product_buffer);
    pp_buffer_release(&s->factor_buffer);
    pp_buffer_release(&s->next_buffer);
    pp_buffer_release(&s->vectors_buffer);
}

static int tensor_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    s->blas = shared;
    int status = tensor_reserve(s, (size_t)a->size, error);
    if (status)
        tensor_fini(s);
    else
        pp_blas_threads(s->blas, env->library_threads);
    return status;
}

#endif

const struct pp_task pp_task_tensor = {.name = "tensor",
                                       .summary = "multiplies random square matrices in a chain",
                                       .library = "OpenBLAS",
                                       .caps = PP_TASK_INPUT | PP_TASK_RESULT,
#ifdef PP_HAVE_OPENBLAS
                                       .shared_size = sizeof(struct pp_blas),
                                       .state_size = sizeof(struct state),
                                       .prepare = pp_blas_prepare,
                                       .worker_init = tensor_init,
                                       .run = tensor_run,
                                       .verify = tensor_verify,
                                       .worker_fini = tensor_fini,
                                       .input_bytes = tensor_input_bytes,
                                       .result_bytes = tensor_result_bytes,
                                       .input = tensor_input,
                                       .library_version = pp_blas_version,
#else
                                       .unavailable = PP_BLAS_UNAVAILABLE,
#endif
                                       .args = fields,
                                       .args_size = sizeof(struct args),
                                       .draw = tensor_draw,
                                       .library_threads = pp_blas_library_threads,
                                       .estimate = tensor_estimate};
