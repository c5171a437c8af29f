#include "exec/times.h"

#include <stddef.h>

_Static_assert(PP_HISTOGRAM_BUCKETS <= UINT16_MAX, "a bucket's number fits into a run");

void pp_times_add(struct pp_times *times, uint64_t each_ns, unsigned count) {
    unsigned bucket = pp_histogram_bucket(each_ns);
    struct pp_time_run *last = times->used > 0 ? &times->runs[times->used - 1] : NULL;
    if (last && last->bucket == bucket && last->count + count <= UINT16_MAX)
        last->count = (uint16_t)(last->count + count);
    else
        times->runs[times->used++] = (struct pp_time_run){.bucket = (uint16_t)bucket, .count = (uint16_t)count};
}

void pp_times_drain(struct pp_times *times, struct pp_histogram *histogram) {
    for (uint32_t i = 0; i < times->used; i++)
        pp_histogram_add(histogram, times->runs[i].bucket, times->runs[i].count);
    times->used = 0;
}
