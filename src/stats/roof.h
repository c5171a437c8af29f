/* Throughput that grows in proportion to the workers until it meets a roof: X(N) = min(gamma N, roof). Pure.
 *
 * What a CPU quota or a number of cores looks like when nothing else is in the way; neither Amdahl's law nor the
 * Universal Scalability Law has such a corner. */
#ifndef PP_STATS_ROOF_H
#define PP_STATS_ROOF_H

#include <stdbool.h>

#include "stats/scaling_points.h"

/* Standard errors are relative, for a corner that stays where it is; infinite for what no point shows. */
struct pp_roof {
    double gamma, gamma_error;
    double roof, roof_error;
    double squares; /* sum of (ln(X / fitted) / error)^2 */
    bool unseen;    /* no point is past the corner, or none before it: roof, or gamma, is a lower bound only */
};

/* Weighted least squares on logarithms: away from the corner both parameters are then means. The corner is looked for
 * between every two points and at every point (as in Hudson 1966, "Fitting Segmented Curves Whose Join Points Have to
 * Be Estimated"). At least one point. */
struct pp_roof pp_roof_fit(const struct pp_scaling_points *points);

#endif
