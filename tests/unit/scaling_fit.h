/* Fits of scaling models, and numbers that must agree. Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_SCALING_FIT_H
#define PPTEST_TESTS_SCALING_FIT_H

#include <math.h>

#include "stats/scaling.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST = 16 };

static inline bool within(double a, double b, double tolerance) {
    return (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

static inline struct pp_scaling fit(const struct pp_scaling_point *points, size_t count) {
    struct pp_scaling scaling;
    assert_int_equal(pp_scaling_fit(points, count, &scaling), 0);
    return scaling;
}

#endif
