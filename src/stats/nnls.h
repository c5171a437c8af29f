/* Weighted least squares with coefficients that cannot be negative, for the few unknowns of a scaling model. Pure. */
#ifndef PP_STATS_NNLS_H
#define PP_STATS_NNLS_H

#include <stdbool.h>

enum { PP_NNLS_MAX = 3 };

/* Observations, summed up; {0} for none. */
struct pp_nnls {
    double normal[PP_NNLS_MAX][PP_NNLS_MAX], right[PP_NNLS_MAX];
};

struct pp_nnls_solution {
    double coefficient[PP_NNLS_MAX];             /* >= 0; those past the unknowns are 0 */
    double covariance[PP_NNLS_MAX][PP_NNLS_MAX]; /* of the coefficients; 0 where one is held at 0 */
    bool held[PP_NNLS_MAX];                      /* at 0, because the best value is not above it */
};

/* Takes in that coefficients · row is to be `target`, give or take `error` (> 0, a standard error in the unit of
 * target). */
void pp_nnls_add(struct pp_nnls *sums, const double row[PP_NNLS_MAX], double target, double error);

/* Minimises the sum of ((target - coefficients · row) / error)^2 over coefficients >= 0, of which the first must be >
 * 0. The best of all subsets of coefficients held at 0 is the solution: Lawson, Hanson 1974, "Solving Least Squares
 * Problems", ch. 23, look for that subset step by step; for up to three unknowns trying all is shorter. The covariance
 * takes the subset as given. `unknowns`: 1 … PP_NNLS_MAX. Returns 0, or -EDOM when the rows do not determine a
 * solution. */
int pp_nnls_solve(const struct pp_nnls *sums, unsigned unknowns, struct pp_nnls_solution *solution);

#endif
