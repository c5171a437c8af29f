/* Filters one large picture with many small filters: what a task needs is large and always the same, what it gives back
 * is small, so that how the picture reaches the workers decides what they are good for. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/hash.h"
#include "pptest/memory.h"
#include "pptest/rng.h"
#include "pptest/task.h"

struct args {
    int64_t size, kernel, stride;
};

enum { KERNEL_MAX = 64 };

static const struct pp_field fields[] = {{.name = "size",
                                          .unit = "pixels",
                                          .help = "width and height of the picture of doubles that all tasks filter",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, size),
                                          .min = 1,
                                          .max = 30000,
                                          .def.i = 5000},
                                         {.name = "kernel",
                                          .unit = "pixels",
                                          .help = "width and height of the filter, random for each task",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, kernel),
                                          .min = 1,
                                          .max = KERNEL_MAX,
                                          .def.i = 4},
                                         {.name = "stride",
                                          .unit = "pixels",
                                          .help = "every so many-th pixel is calculated and kept, each way",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, stride),
                                          .min = 1,
                                          .max = 1000,
                                          .def.i = 5},
                                         {0}};

struct shared {
    double *picture; /* size x size, row by row */
    size_t picture_bytes;
    double *sums;     /* one for each weight of a filter: of the pixels that it meets, over all that are kept */
    double magnitude; /* the largest that the sum of an answer can be */
};

struct state {
    const struct shared *shared;
    struct pp_buffer kept;
    double *answer; /* of the last task: in the buffer, or in its result */
};

/* ---- the convolution ---- */

/* One that is as large as picture and filter together (zeros beyond the picture), of which pixels 0, stride,
 * 2 x stride … are kept: SciPy's convolve2d(picture, filter)[::stride, ::stride]. */
struct convolution {
    const double *picture, *weights;
    size_t size, kernel, stride;
};

static size_t kept_side(const struct args *a) { return (size_t)((a->size + a->kernel - 2) / a->stride + 1); }
static size_t kept_count(const struct args *a) { return kept_side(a) * kept_side(a); }
static size_t picture_bytes(const struct args *a) { return (size_t)a->size * (size_t)a->size * sizeof(double); }

static size_t first_inside(size_t at, size_t size) { return at >= size ? at - size + 1 : 0; }
static size_t end_inside(size_t at, size_t kernel) { return at < kernel ? at + 1 : kernel; }

/* Any pixel, those included whose filter reaches beyond the picture. */
static double pixel_at(const struct convolution *c, size_t y, size_t x) {
    double sum = 0;
    for (size_t i = first_inside(y, c->size); i < end_inside(y, c->kernel); i++)
        for (size_t k = first_inside(x, c->size); k < end_inside(x, c->kernel); k++)
            sum += c->weights[i * c->kernel + k] * c->picture[(y - i) * c->size + x - k];
    return sum;
}

/* Columns from `x` on, as long as the filter lies between left and right; rows `first` to `end` of it lie between top
 * and bottom. Returns the column that follows. `kernel` is apart from c->kernel so that a constant can be given. */
static inline size_t filter_inside(const struct convolution *c, size_t y, size_t x, size_t kernel, double **out) {
    size_t first = first_inside(y, c->size), end = end_inside(y, kernel);
    const double *row = c->picture + y * c->size;
    double *to = *out;
    for (; x < c->size; x += c->stride) {
        double sum = 0;
        for (size_t i = first; i < end; i++) {
            const double *pixels = row + x - i * c->size;
            const double *weights = c->weights + i * kernel;
            for (size_t k = 0; k < kernel; k++)
                sum += weights[k] * pixels[-(ptrdiff_t)k];
        }
        *to++ = sum;
    }
    *out = to;
    return x;
}

/* The size that everybody uses is worth loops that are unrolled. */
enum { KERNEL_COMMON = 4 };

static void filter_row(const struct convolution *c, size_t y, double *out) {
    size_t x = 0, end = c->size + c->kernel - 1;
    for (; x < c->kernel - 1 && x < end; x += c->stride)
        *out++ = pixel_at(c, y, x);
    if (c->kernel == KERNEL_COMMON)
        x = filter_inside(c, y, x, KERNEL_COMMON, &out);
    else
        x = filter_inside(c, y, x, c->kernel, &out);
    for (; x < end; x += c->stride)
        *out++ = pixel_at(c, y, x);
}

static void filter_all(const struct convolution *c, size_t side, double *out) {
    for (size_t row = 0; row < side; row++)
        filter_row(c, row * c->stride, out + row * side);
}

static void draw_weights(uint64_t seed, size_t kernel, double *weights) {
    pp_rng_fill_reals(seed, weights, kernel * kernel, -1, 1);
}

/* ---- the task ---- */

static int filter_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)error;
    struct state *s = state;
    const struct args *a = args;
    double weights[KERNEL_MAX * KERNEL_MAX];
    const struct convolution c = {.picture = item->input ? item->input : s->shared->picture,
                                  .weights = weights,
                                  .size = (size_t)a->size,
                                  .kernel = (size_t)a->kernel,
                                  .stride = (size_t)a->stride};
    draw_weights(item->seed, c.kernel, weights);
    s->answer = output->result ? output->result : s->kept.data;
    filter_all(&c, kept_side(a), s->answer);
    output->digest = pp_hash_bytes(s->answer, kept_count(a) * sizeof(double));
    return 0;
}

static double sum_of(const double *values, size_t count) {
    double sums[8] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t lane = 0; lane < 8; lane++)
            sums[lane] += values[i + lane];
    for (; i < count; i++)
        sum += values[i];
    for (size_t lane = 0; lane < 8; lane++)
        sum += sums[lane];
    return sum;
}

/* Convolution is linear: all kept pixels add up to the weights times the sums of the pixels that each of them meets. A
 * single wrong pixel shows. */
static int verify_sum(const struct state *s, const struct args *a, const double *weights, struct pp_error *error) {
    const double tolerated = 1e-12; /* of the largest sum that there could be: rounding stays a hundred times below */
    double expected = 0, found = sum_of(s->answer, kept_count(a));
    for (size_t i = 0; i < (size_t)(a->kernel * a->kernel); i++)
        expected += weights[i] * s->shared->sums[i];
    if (fabs(found - expected) <= tolerated * s->shared->magnitude)
        return 0;
    return pp_error_set(error, -EBADMSG, "the kept pixels add up to %.17g instead of %.17g", found, expected);
}

enum { SAMPLES = 32 };

static int verify_samples(const struct convolution *c, size_t side, const double *answer, uint64_t seed,
                          struct pp_error *error) {
    struct pp_rng rng = {seed};
    for (int i = 0; i < SAMPLES; i++) {
        size_t row = (size_t)pp_rng_range(&rng, 0, (int64_t)side - 1);
        size_t column = (size_t)pp_rng_range(&rng, 0, (int64_t)side - 1);
        double expected = pixel_at(c, row * c->stride, column * c->stride), found = answer[row * side + column];
        if (found != expected)
            return pp_error_set(error, -EBADMSG, "kept pixel %zu of row %zu is %.17g instead of %.17g", column, row,
                                found, expected);
    }
    return 0;
}

static int filter_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    const struct state *s = state;
    const struct args *a = args;
    double weights[KERNEL_MAX * KERNEL_MAX];
    const struct convolution c = {.picture = s->shared->picture,
                                  .weights = weights,
                                  .size = (size_t)a->size,
                                  .kernel = (size_t)a->kernel,
                                  .stride = (size_t)a->stride};
    draw_weights(item->seed, c.kernel, weights);
    int status = verify_sum(s, a, weights, error);
    if (status == 0)
        status = verify_samples(&c, kept_side(a), s->answer, item->seed, error);
    if (status == 0 && output->digest != pp_hash_bytes(s->answer, kept_count(a) * sizeof(double)))
        status = pp_error_set(error, -EBADMSG, "the digest is not that of the kept pixels");
    return status;
}

/* ---- before and after ---- */

/* For each weight of a filter: what it would be multiplied with, over all kept pixels. */
static void add_up(struct shared *shared, const struct args *a) {
    size_t size = (size_t)a->size, stride = (size_t)a->stride, kernel = (size_t)a->kernel;
    for (size_t i = 0; i < kernel; i++)
        for (size_t y = (i + stride - 1) / stride * stride; y - i < size; y += stride)
            for (size_t k = 0; k < kernel; k++)
                for (size_t x = (k + stride - 1) / stride * stride; x - k < size; x += stride)
                    shared->sums[i * kernel + k] += shared->picture[(y - i) * size + x - k];
    for (size_t i = 0; i < kernel * kernel; i++)
        shared->magnitude += shared->sums[i];
}

static void filter_cleanup(void *shared) {
    struct shared *s = shared;
    free(s->sums);
    if (s->picture)
        pp_shared_free(s->picture, s->picture_bytes);
}

static int filter_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    struct shared *s = shared;
    const struct args *a = args;
    const uint64_t the_picture = 1; /* the same one for every seed of a config: the filters differ */
    s->sums = calloc((size_t)(a->kernel * a->kernel), sizeof *s->sums);
    s->picture_bytes = picture_bytes(a);
    s->picture = pp_shared_alloc(s->picture_bytes);
    if (!s->sums || !s->picture) {
        filter_cleanup(s);
        return pp_error_set(error, -ENOMEM,
                            "no memory for a picture of %lld x %lld doubles (%zu MB); use a smaller size",
                            (long long)a->size, (long long)a->size, s->picture_bytes / 1000000);
    }
    pp_rng_fill_reals(the_picture, s->picture, s->picture_bytes / sizeof(double), 0, 1);
    add_up(s, a);
    return 0;
}

static int filter_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)env;
    struct state *s = state;
    const struct args *a = args;
    s->shared = shared;
    if (pp_buffer_reserve(&s->kept, kept_count(a) * sizeof(double)) == 0)
        return 0;
    return pp_error_set(error, -ENOMEM, "no memory for %zu kept pixels; use a larger stride or fewer workers",
                        kept_count(a));
}

static void filter_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->kept);
}

/* ---- its data ---- */

static size_t filter_input_bytes(const void *shared, const void *args) {
    (void)shared;
    return picture_bytes(args);
}

static size_t filter_result_bytes(const void *shared, const void *args) {
    (void)shared;
    return kept_count(args) * sizeof(double);
}

static void filter_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)item;
    memcpy(bytes, ((const struct shared *)shared)->picture, picture_bytes(args));
}

/* Either the picture's rows come from memory, or each kept pixel takes its multiplications. */
static double filter_estimate(const void *args) {
    const struct args *a = args;
    double rows = fmin(1.0, (double)a->kernel / (double)a->stride);
    double weights = (double)(a->kernel * a->kernel);
    return rows * (double)picture_bytes(a) / 8e9 + (double)kept_count(a) * weights * 0.5e-9;
}

const struct pp_task pp_task_filter = {.name = "filter",
                                       .summary = "filters one large picture, and keeps every fifth pixel or so",
                                       .args = fields,
                                       .args_size = sizeof(struct args),
                                       .shared_size = sizeof(struct shared),
                                       .state_size = sizeof(struct state),
                                       .prepare = filter_prepare,
                                       .worker_init = filter_init,
                                       .run = filter_run,
                                       .verify = filter_verify,
                                       .worker_fini = filter_fini,
                                       .cleanup = filter_cleanup,
                                       .input_bytes = filter_input_bytes,
                                       .result_bytes = filter_result_bytes,
                                       .input = filter_input,
                                       .estimate = filter_estimate};
