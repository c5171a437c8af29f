/* How long tasks took, on its way from a worker to its parent: runs of tasks that fell into the same bucket of a
 * histogram (stats/histogram.h), in the order in which they ended. Bounded: a chunk whose times do not fit is reported
 * in parts (pp_batch_run). */
#ifndef PP_EXEC_TIMES_H
#define PP_EXEC_TIMES_H

#include "stats/histogram.h"

#include <stdbool.h>
#include <stdint.h>

/* As many as fit into a frame beside its other parts. */
enum { PP_TIMES_MAX = 600 };

struct pp_time_run {
    uint16_t bucket; /* < PP_HISTOGRAM_BUCKETS */
    uint16_t count;  /* >= 1 tasks */
};

struct pp_times {
    uint32_t used; /* runs */
    struct pp_time_run runs[PP_TIMES_MAX];
};

/* Is there no room for another task? */
static inline bool pp_times_full(const struct pp_times *times) { return times->used == PP_TIMES_MAX; }

/* Takes in `count` (1 … 65535) tasks that took `each_ns`. There must be room. */
void pp_times_add(struct pp_times *times, uint64_t each_ns, unsigned count);

/* Moves all of them into the histogram; `times` is empty afterwards. */
void pp_times_drain(struct pp_times *times, struct pp_histogram *histogram);

#endif
