/* Two results of the same made-up work, to be compared. Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_TWO_RESULTS_H
#define PPTEST_TESTS_TWO_RESULTS_H

#include "analysis/comparison.h"
#include "synthetic.h"

static struct synthetic base, fresh;
static struct pp_comparison comparison;
static struct pp_error error;

static inline int tear_down(void **state) {
    (void)state;
    synthetic_release(&base);
    synthetic_release(&fresh);
    return 0;
}

static const int three[] = {0, 2, 4, -1};
static const double steady[] = {4, 2, 1};

/* Both with `passes` passes, in which those of `fresh` take so many times as long. */
static inline void set(size_t passes, const double factors[3], double noise, struct pp_rng *rng) {
    double slower[3];
    for (size_t i = 0; i < 3; i++)
        slower[i] = steady[i] * factors[i];
    synthetic_set(&base, three);
    synthetic_set(&fresh, three);
    synthetic_fill(&base, steady, passes, noise, rng);
    synthetic_fill(&fresh, slower, passes, noise, rng);
}

static const double same[] = {1, 1, 1};

static inline int compare(void) {
    error = (struct pp_error){0};
    synthetic_analyse(&base);
    synthetic_analyse(&fresh);
    return pp_compare(&base.result, &fresh.result, 0.01, &base.arena, &comparison, &error);
}

#endif
