/* A range that holds a value with a stated confidence; unknown where there were too few measurements to say. */
#ifndef PP_BASE_INTERVAL_H
#define PP_BASE_INTERVAL_H

#include <math.h>
#include <stdbool.h>

/* Both ends in the unit of the value, low <= high; both NaN: unknown. */
struct pp_interval {
    double low, high;
};

#define PP_INTERVAL_UNKNOWN ((struct pp_interval){NAN, NAN})

static inline bool pp_interval_known(struct pp_interval interval) { return interval.low <= interval.high; }

#endif
