#include <errno.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "pptest/task.h"

struct args {
    int64_t size;
};

static const struct pp_field fields[] = {
    {.name = "size",
     .help = "floating-point multiplications by 1.00001, each of which needs the result of the one before",
     .type = PP_INT,
     .offset = offsetof(struct args, size),
     .min = 1,
     .max = PP_INT_MAX,
     .def.i = 200000,
     .mix_min = 10000,
     .mix_max = 10000000},
    {0}};

static const double factor = 1.00001;

/* Keeps a double in a floating-point register across a point that the compiler cannot see through. Elsewhere the rule
 * that floating-point products are not regrouped has to do. */
#if defined(__x86_64__)
#define OPAQUE(x) __asm__ volatile("" : "+x"(x))
#elif defined(__aarch64__)
#define OPAQUE(x) __asm__ volatile("" : "+w"(x))
#else
#define OPAQUE(x) ((void)0)
#endif

__attribute__((noinline)) static double multi_loop(double product, uint64_t size) {
    for (uint64_t left = size; left > 0; left--) {
        product *= factor;
        OPAQUE(product);
        __asm__ volatile("" : "+r"(left));
    }
    return product;
}

/* In [1, 2). */
static double start_value(const struct pp_item *item) {
    struct pp_rng rng = {item->seed};
    return 1.0 + pp_rng_real(&rng);
}

static uint64_t bits_of(double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static int multi_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    (void)state, (void)error;
    const struct args *a = args;
    output->value = multi_loop(start_value(item), (uint64_t)a->size);
    output->digest = bits_of(output->value);
    return 0;
}

/* Logarithms are compared, because the product itself overflows to infinity from about 71 million multiplications on:
 * rightly so, and the processor is as busy as before. Each multiplication rounds by at most half an ulp, which moves
 * the logarithm by DBL_EPSILON / 2; the logarithms here round too, by a few ulps of their own size. */
static int multi_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                        struct pp_error *error) {
    (void)state;
    const struct args *a = args;
    double size = (double)a->size, largest = log(DBL_MAX);
    double expected = log(start_value(item)) + size * log1p(factor - 1.0);
    double tolerance = DBL_EPSILON / 2 * (size + 8 * (1 + fmin(expected, largest)));
    bool right = isinf(output->value) ? output->value > 0 && expected >= largest - tolerance
                                      : fabs(log(output->value) - expected) <= tolerance;
    if (!right)
        return pp_error_set(error, -EBADMSG, "the product is %.17g instead of %.17g", output->value, exp(expected));
    if (output->digest != bits_of(output->value))
        return pp_error_set(error, -EBADMSG, "the digest is not the product's");
    return 0;
}

static double multi_estimate(const void *args) {
    const struct args *a = args;
    return (double)a->size * 1.2e-9; /* a multiplication takes three or four cycles until its result can be used */
}

const struct pp_task pp_task_multi = {.name = "multi",
                                      .summary = "multiplies floating-point numbers one after another",
                                      .args = fields,
                                      .args_size = sizeof(struct args),
                                      .caps = PP_TASK_VALUE_ONLY,
                                      .run = multi_run,
                                      .verify = multi_verify,
                                      .estimate = multi_estimate};
