/* Filters one large picture with many small filters: what a task needs is large and always the same, what it gives back
 * is small, so that how the picture reaches the workers decides what they are good for. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/convolve.h"
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
    struct pp_convolution convolution;
    double *picture;
    double *check; /* what answers are checked with: */
    struct pp_convolution_factors factors;
    double *moments;
};

struct state {
    const struct shared *shared;
    struct pp_buffer weights, kept;
    double *answer; /* of the last task: in the buffer, or in its result */
};

static size_t picture_bytes(const struct pp_convolution *c) { return c->size * c->size * sizeof(double); }
static size_t kept_bytes(const struct pp_convolution *c) { return c->kept * c->kept * sizeof(double); }
static size_t weights_bytes(const struct pp_convolution *c) { return pp_convolution_weights_count(c) * sizeof(double); }

/* ---- the task ---- */

static void draw_filter(const struct pp_convolution *c, uint64_t seed, double *filter) {
    pp_rng_fill_reals(seed, filter, c->kernel * c->kernel, -1, 1);
}

static uint64_t digest_row(const struct pp_convolution *c, uint64_t digest, const double *row) {
    return pp_mix2(digest, pp_hash_bytes(row, c->kept * sizeof *row));
}

/* In a mix as alone, picture and sides are those that `prepare` knew. Rows are hashed while the first cache has them.
 */
static int filter_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)args;
    (void)error;
    struct state *s = state;
    const struct pp_convolution *c = &s->shared->convolution;
    const double *picture = item->input ? item->input : s->shared->picture;
    double filter[KERNEL_MAX * KERNEL_MAX];
    s->answer = output->result ? output->result : s->kept.data;
    draw_filter(c, item->seed, filter);
    pp_convolution_weights(c, filter, s->weights.data);
    output->digest = 0;
    for (size_t y = 0; y < c->kept; y++) {
        double *row = s->answer + y * c->kept;
        pp_convolution_row(c, picture, s->weights.data, y, row);
        output->digest = digest_row(c, output->digest, row);
    }
    return 0;
}

/* Every kept pixel has its part in the sum, with a factor that hardly another one has, so that one that is wrong shows,
 * and two in each other's place. Pixels are about as large as the filter is wide; adding up n numbers of random sign
 * moves the sum by about n roundings of one of them. */
static int verify_sum(const struct state *s, const double *filter, struct pp_error *error) {
    const struct shared *shared = s->shared;
    const struct pp_convolution *c = &shared->convolution;
    const double tolerated = 16 * DBL_EPSILON * (double)(c->kept * c->kept * c->kernel);
    double expected = 0, found = pp_convolution_weigh(c, s->answer, &shared->factors);
    for (size_t i = 0; i < c->kernel * c->kernel; i++)
        expected += filter[i] * shared->moments[i];
    if (fabs(found - expected) <= tolerated)
        return 0;
    return pp_error_set(error, -EBADMSG, "the kept pixels, weighted, add up to %.17g instead of %.17g", found,
                        expected);
}

/* Each of a pixel's products is at most 1, so no way of adding them is further off than half of this. */
static double rounding_of(const struct pp_convolution *c) {
    double products = (double)(c->kernel * c->kernel);
    return 2 * products * products * DBL_EPSILON;
}

static int verify_pixel(const struct state *s, const double *filter, size_t y, size_t x, struct pp_error *error) {
    const struct pp_convolution *c = &s->shared->convolution;
    double expected = pp_convolution_pixel(c, s->shared->picture, filter, y, x), found = s->answer[y * c->kept + x];
    if (fabs(found - expected) <= rounding_of(c))
        return 0;
    return pp_error_set(error, -EBADMSG, "kept pixel %zu of row %zu is %.17g instead of %.17g", x, y, found, expected);
}

/* Pixels that the seed draws, and those at the edges of their rows and columns, where the filter reaches beyond the
 * picture. */
static int verify_samples(const struct state *s, const double *filter, uint64_t seed, struct pp_error *error) {
    enum { DRAWS = 8, PLACES = 7 };
    size_t last = s->shared->convolution.kept - 1;
    struct pp_rng rng = {seed};
    for (int i = 0; i < DRAWS; i++) {
        size_t y = (size_t)pp_rng_range(&rng, 0, (int64_t)last), x = (size_t)pp_rng_range(&rng, 0, (int64_t)last);
        const size_t places[PLACES][2] = {{y, x}, {y, 0}, {y, last}, {0, x}, {last, x}, {0, 0}, {last, last}};
        for (int k = 0; k < PLACES; k++)
            if (verify_pixel(s, filter, places[k][0], places[k][1], error) != 0)
                return -EBADMSG;
    }
    return 0;
}

static int verify_digest(const struct state *s, uint64_t expected, struct pp_error *error) {
    const struct pp_convolution *c = &s->shared->convolution;
    uint64_t digest = 0;
    for (size_t y = 0; y < c->kept; y++)
        digest = digest_row(c, digest, s->answer + y * c->kept);
    return digest == expected ? 0 : pp_error_set(error, -EBADMSG, "the digest is not that of the kept pixels");
}

static int filter_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)args;
    const struct state *s = state;
    double filter[KERNEL_MAX * KERNEL_MAX];
    draw_filter(&s->shared->convolution, item->seed, filter);
    int status = verify_sum(s, filter, error);
    if (status == 0)
        status = verify_samples(s, filter, item->seed, error);
    return status == 0 ? verify_digest(s, output->digest, error) : status;
}

/* ---- before and after ---- */

static int no_memory(const struct pp_convolution *c, struct pp_error *error) {
    return pp_error_set(error, -ENOMEM, "no memory for a picture of %zu x %zu doubles (%zu MB); use a smaller size",
                        c->size, c->size, picture_bytes(c) / 1000000);
}

/* With either sign, so that sums stay small; none near zero, which would hide its pixels. */
static void draw_factors(double *factors, size_t count) {
    const uint64_t any_seed = 2;
    pp_rng_fill_reals(any_seed, factors, count, -0.5, 0.5);
    for (size_t i = 0; i < count; i++)
        factors[i] += factors[i] < 0 ? -0.5 : 0.5;
}

static int prepare_check(struct shared *shared, struct pp_error *error) {
    const struct pp_convolution *c = &shared->convolution;
    double *room = malloc(c->kernel * c->size * sizeof *room);
    double *check = shared->check = malloc((2 * c->kept + c->kernel * c->kernel) * sizeof *check);
    if (room && check) {
        draw_factors(check, 2 * c->kept);
        shared->factors = (struct pp_convolution_factors){.rows = check, .columns = check + c->kept};
        shared->moments = check + 2 * c->kept;
        pp_convolution_moments(c, shared->picture, &shared->factors, room, shared->moments);
    }
    free(room);
    return room && check ? 0 : no_memory(c, error);
}

static void filter_cleanup(void *shared) {
    struct shared *s = shared;
    free(s->check);
    pp_shared_free(s->picture, picture_bytes(&s->convolution));
}

static int filter_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    struct shared *s = shared;
    const struct args *a = args;
    const uint64_t the_picture = 1; /* the same one for every seed of a config: the filters differ */
    s->convolution = pp_convolution_of((size_t)a->size, (size_t)a->kernel, (size_t)a->stride);
    s->picture = pp_shared_alloc(picture_bytes(&s->convolution));
    if (!s->picture)
        return no_memory(&s->convolution, error);
    pp_rng_fill_reals(the_picture, s->picture, s->convolution.size * s->convolution.size, 0, 1);
    int status = prepare_check(s, error);
    if (status != 0)
        filter_cleanup(s);
    return status;
}

static void filter_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->weights);
    pp_buffer_release(&s->kept);
}

static int filter_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)args;
    (void)env;
    struct state *s = state;
    s->shared = shared;
    const struct pp_convolution *c = &s->shared->convolution;
    if (pp_buffer_reserve(&s->weights, weights_bytes(c)) != 0 || pp_buffer_reserve(&s->kept, kept_bytes(c)) != 0) {
        filter_fini(s);
        return pp_error_set(error, -ENOMEM, "no memory for %zu kept pixels; use a larger stride or fewer workers",
                            c->kept * c->kept);
    }
    /* The system hands pages out when they are first written to: here rather than in the first task. */
    memset(s->kept.data, 0, s->kept.bytes);
    return 0;
}

/* ---- its data ---- */

static size_t filter_input_bytes(const void *shared, const void *args) {
    (void)args;
    return picture_bytes(&((const struct shared *)shared)->convolution);
}

static size_t filter_result_bytes(const void *shared, const void *args) {
    (void)args;
    return kept_bytes(&((const struct shared *)shared)->convolution);
}

static void filter_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)args;
    (void)item;
    const struct shared *s = shared;
    memcpy(bytes, s->picture, picture_bytes(&s->convolution));
}

/* Either the picture's rows come from memory, or each kept pixel takes its multiplications. */
static double filter_estimate(const void *args) {
    const struct args *a = args;
    const struct pp_convolution c = pp_convolution_of((size_t)a->size, (size_t)a->kernel, (size_t)a->stride);
    double rows = fmin(1.0, (double)a->kernel / (double)a->stride), kept = (double)c.kept;
    double weights = (double)(a->kernel * a->kernel);
    return rows * (double)picture_bytes(&c) / 8e9 + kept * kept * weights * 0.1e-9;
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
