/* An example of a task outside of pptest: finding a discrete logarithm by trying. Which power of 7 leaves the remainder
 * r when it is divided by the prime 2^31 - 1? Hard to find, easy to verify: a good task. */
#include <errno.h>

#include "pptest/plugin.h"

static const uint64_t prime = 2147483647;

struct args {
    int64_t limit;
};

/* `def` is the default; `pptest tasks ./dlog.so` and all error messages are made from this table. */
static const struct pp_field fields[] = {{.name = "limit",
                                          .help = "the exponent is below it",
                                          .type = PP_INT,
                                          .offset = offsetof(struct args, limit),
                                          .min = 1,
                                          .max = 2147483646, /* each exponent below has a remainder of its own */
                                          .def = {.i = 1000000}},
                                         {0}};

/* By squaring: some 30 multiplications, however large the exponent is. */
static uint64_t power_of_7(uint64_t exponent) {
    uint64_t result = 1;
    for (uint64_t square = 7; exponent > 0; exponent /= 2, square = square * square % prime)
        if (exponent % 2 == 1)
            result = result * square % prime;
    return result;
}

/* What an item has to do depends on its seed and the arguments alone, so everybody who does it gets the same answer. */
static uint64_t remainder_of(const struct pp_item *item, const struct args *args) {
    return power_of_7(item->seed % (uint64_t)args->limit);
}

/* One task, timed. The digests of all items add up to the check value that runs are compared by. */
static int dlog_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    (void)state, (void)error;
    uint64_t exponent = 0, wanted = remainder_of(item, args);
    for (uint64_t power = 1; power != wanted; power = power * 7 % prime)
        exponent++;
    output->value = (double)exponent;
    output->digest = pp_mix2(item->seed, exponent);
    return 0;
}

/* Right after each task, not timed: is the answer right? */
static int dlog_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    uint64_t exponent = (uint64_t)output->value;
    if (power_of_7(exponent) == remainder_of(item, args) && output->digest == pp_mix2(item->seed, exponent))
        return 0;
    return pp_error_set(error, -EBADMSG, "7 to the power of %.0f leaves another remainder", output->value);
}

/* Seconds: half of `limit` is tried on average, at some 4 ns each. */
static double dlog_estimate(const void *args) { return 2e-9 * (double)((const struct args *)args)->limit; }

static const struct pp_task dlog = {.name = "dlog",
                                    .summary = "finds a discrete logarithm by trying",
                                    .args = fields,
                                    .args_size = sizeof(struct args),
                                    .caps = PP_TASK_VALUE_ONLY, /* verify needs `output` alone */
                                    .run = dlog_run,
                                    .verify = dlog_verify,
                                    .estimate = dlog_estimate};

PP_PLUGIN(dlog);
