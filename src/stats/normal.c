#include "stats/normal.h"

#include <math.h>

double pp_normal_cdf(double z) { return 0.5 * erfc(-z * M_SQRT1_2); }

/* Within 4.5e-4 for 0 < p <= 0.5: Abramowitz & Stegun (1964), "Handbook of Mathematical Functions", 26.2.23. */
static double rough_quantile(double p) {
    double t = sqrt(-2 * log(p));
    return (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
}

/* Halley's method on cdf(z) - p: the number of right digits triples. */
static double refine(double z, double p) {
    double density = exp(-0.5 * z * z) * 0.5 * M_2_SQRTPI * M_SQRT1_2;
    double step = (pp_normal_cdf(z) - p) / density;
    return z - step / (1 + 0.5 * z * step);
}

double pp_normal_quantile(double p) {
    if (!(p >= 0 && p <= 1))
        return NAN;
    if (p > 0.5) /* the distribution is symmetric, and small shares keep more digits than those near 1 */
        return -pp_normal_quantile(1 - p);
    if (p <= 0)
        return -INFINITY;
    return refine(refine(rough_quantile(p), p), p);
}
