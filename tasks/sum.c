#include <errno.h>
#include <inttypes.h>

#include "pptest/task.h"

struct args {
    int64_t size;
};

static const struct pp_field fields[] = {{.name = "size",
                                          .help = "integer additions, each of which needs the result of the one before",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, size),
                                          .min = 1,
                                          .max = PP_INT_MAX,
                                          .def.i = 1000000,
                                          .mix_min = 10000,
                                          .mix_max = 10000000},
                                         {0}};

/* The empty assembly may change `sum` for all the compiler knows, so it can neither skip nor merge additions; and it
 * names a register, so the sum does not travel through memory, which would cost several cycles an addition. */
__attribute__((noinline)) static uint64_t sum_loop(uint64_t sum, uint64_t size) {
    for (uint64_t left = size; left > 0; left--) {
        sum += left;
        __asm__ volatile("" : "+r"(sum), "+r"(left));
    }
    return sum;
}

static int sum_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                   struct pp_error *error) {
    (void)state, (void)error;
    const struct args *a = args;
    *output = (struct pp_output){.digest = sum_loop(item->seed, (uint64_t)a->size)};
    return 0;
}

static int sum_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                      struct pp_error *error) {
    (void)state;
    const struct args *a = args;
    uint64_t n = (uint64_t)a->size;
    /* 1 + 2 + … + n modulo 2^64; the even one of the two factors is halved first, so nothing is lost. */
    uint64_t numbers = n % 2 == 0 ? n / 2 * (n + 1) : (n + 1) / 2 * n;
    uint64_t expected = item->seed + numbers;
    if (output->digest == expected)
        return 0;
    return pp_error_set(error, -EBADMSG, "the sum is %" PRIu64 " instead of %" PRIu64, output->digest, expected);
}

static double sum_estimate(const void *args) {
    const struct args *a = args;
    return (double)a->size * 0.35e-9; /* an addition takes one cycle */
}

const struct pp_task pp_task_sum = {.name = "sum",
                                    .summary = "adds integers one after another",
                                    .args = fields,
                                    .args_size = sizeof(struct args),
                                    .caps = PP_TASK_VALUE_ONLY,
                                    .run = sum_run,
                                    .verify = sum_verify,
                                    .estimate = sum_estimate};
