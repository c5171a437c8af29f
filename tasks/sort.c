#include <errno.h>
#include <string.h>

#include "lib/radix.h"
#include "pptest/memory.h"
#include "pptest/task.h"

struct args {
    int64_t size;
};

struct state {
    struct pp_buffer reals, scratch;
    const double *sorted; /* in one of the two, or in the result */
    double *spare;        /* one of the two that `sorted` is not in */
};

static const struct pp_field fields[] = {{.name = "size",
                                          .help = "random doubles to sort",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, size),
                                          .min = 1,
                                          .max = 4294967296, /* 2^32: 64 GiB in two arrays */
                                          .def.i = 1000000,
                                          .mix_min = 200000,
                                          .mix_max = 10000000},
                                         {0}};

static int sort_reserve(struct state *state, const struct args *args, struct pp_error *error) {
    size_t bytes = (size_t)args->size * sizeof(double);
    int status = pp_buffer_reserve(&state->reals, bytes);
    if (status == 0)
        status = pp_buffer_reserve(&state->scratch, bytes);
    if (status != 0)
        return pp_error_set(error, status,
                            "no memory for two arrays of %zu bytes; choose a smaller size or fewer workers", bytes);
    return 0;
}

static void sort_fini(void *state) {
    struct state *s = state;
    pp_buffer_release(&s->reals);
    pp_buffer_release(&s->scratch);
}

static int sort_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                     struct pp_error *error) {
    (void)shared, (void)env;
    struct state *s = state;
    int status = sort_reserve(s, args, error);
    if (status != 0) {
        sort_fini(s);
        return status;
    }
    /* The system hands pages out when they are first written to: here rather than in the first task. */
    memset(s->reals.data, 0, s->reals.bytes);
    memset(s->scratch.data, 0, s->scratch.bytes);
    return 0;
}

/* Items at evenly spaced ranks: cheap, and a wrong order or wrong items hardly leave them all alone. That every single
 * item is right is for `verify` to say. */
static uint64_t ranks_digest(const double *sorted, size_t count) {
    enum { RANKS = 64 };
    uint64_t digest = count;
    for (size_t i = 0; i < RANKS; i++) {
        uint64_t bits;
        memcpy(&bits, &sorted[i * (count - 1) / (RANKS - 1)], sizeof bits);
        digest = pp_mix2(digest, bits);
    }
    return digest;
}

static size_t sort_bytes(const void *shared, const void *args) {
    (void)shared;
    const struct args *a = args;
    return (size_t)a->size * sizeof(double);
}

static void sort_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    const struct args *a = args;
    pp_rng_fill_reals(item->seed, bytes, (size_t)a->size, 0, 1);
}

/* The result serves as the second array: what is sorted ends there as a rule, with an odd number of digits. */
static void sort_into(struct state *s, double *result, size_t count) {
    double *reals = s->reals.data, *scratch = result ? result : s->scratch.data;
    double *sorted = pp_radix_sort(reals, scratch, count);
    if (result && sorted != result)
        sorted = memcpy(result, sorted, count * sizeof *result);
    s->sorted = sorted;
    s->spare = sorted == reals ? scratch : reals;
}

static int sort_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    size_t count = (size_t)a->size;
    int status = sort_reserve(s, a, error);
    if (status != 0)
        return status;
    if (item->input)
        memcpy(s->reals.data, item->input, count * sizeof(double));
    else
        sort_input(NULL, a, item, s->reals.data);
    sort_into(s, output->result, count);
    output->digest = ranks_digest(s->sorted, count);
    return 0;
}

/* The same for the same doubles in any order, and different for others but for a chance of 2^-64. */
static uint64_t set_digest(const double *reals, size_t count) {
    uint64_t digest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &reals[i], sizeof bits);
        digest += pp_mix64(bits);
    }
    return digest;
}

static int sort_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                       struct pp_error *error) {
    struct state *s = state;
    const struct args *a = args;
    size_t count = (size_t)a->size;
    for (size_t i = 1; i < count; i++)
        if (!(s->sorted[i - 1] <= s->sorted[i]))
            return pp_error_set(error, -EBADMSG, "not sorted: number %zu is %.17g, number %zu is %.17g", i - 1,
                                s->sorted[i - 1], i, s->sorted[i]);
    sort_input(NULL, a, item, s->spare);
    if (set_digest(s->spare, count) != set_digest(s->sorted, count))
        return pp_error_set(error, -EBADMSG, "sorted, but not the %zu numbers that were to be sorted", count);
    if (output->digest != ranks_digest(s->sorted, count))
        return pp_error_set(error, -EBADMSG, "the digest is not that of the sorted numbers");
    return 0;
}

static double sort_estimate(const void *args) {
    const struct args *a = args;
    return (double)a->size * 15e-9; /* 7 ns while everything fits the caches, 25 ns beyond */
}

const struct pp_task pp_task_sort = {.name = "sort",
                                     .summary = "fills an array with random doubles and sorts it (radix sort)",
                                     .args = fields,
                                     .args_size = sizeof(struct args),
                                     .state_size = sizeof(struct state),
                                     .worker_init = sort_init,
                                     .run = sort_run,
                                     .verify = sort_verify,
                                     .worker_fini = sort_fini,
                                     .input_bytes = sort_bytes,
                                     .result_bytes = sort_bytes,
                                     .input = sort_input,
                                     .estimate = sort_estimate};
