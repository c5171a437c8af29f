/* Measured points that scaling models are fitted to, and what each counts with. Pure. */
#ifndef PP_STATS_SCALING_POINTS_H
#define PP_STATS_SCALING_POINTS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* Measured errors smaller than this count as this: passes of one count that happen to agree do not make it ten times as
 * trustworthy as its neighbours. */
#define PP_SCALING_ERROR_FLOOR 0.001

struct pp_scaling_point {
    double workers;    /* N >= 1 */
    double throughput; /* > 0, any unit */
    double error;      /* relative standard error of the throughput (0.01: 1 %), 0: not known */
};

/* In strictly ascending order of workers. Borrows the points. */
struct pp_scaling_points {
    const struct pp_scaling_point *points;
    size_t count;
    bool spread_known; /* false: some point has no error, so all count alike */
};

/* The relative standard error that point `i` counts with, > 0; 1 for all where spread is not known. */
static inline double pp_scaling_points_error(const struct pp_scaling_points *points, size_t i) {
    return points->spread_known ? fmax(points->points[i].error, PP_SCALING_ERROR_FLOOR) : 1.0;
}

#endif
