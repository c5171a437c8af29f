/* What the workers of a run did, and when: for the reporter of traces alone, and no part of a JSON result. */
#ifndef PP_RESULT_TRACE_H
#define PP_RESULT_TRACE_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

/* As many spans of tasks as a run's trace holds. */
enum { PP_TRACE_TASKS_MAX = 1000000 };

/* One worker's spans in one pass, in the order in which they ended. */
struct pp_trace_lane {
    uint64_t first, count; /* in the trace's spans */
};

struct pp_trace_pass {
    size_t case_index;
    uint64_t number; /* among those of its case that warm up, or that do not; from 1 */
    bool warmup, repeated;
    bool complete;                                                                /* false: stopped half-way */
    uint64_t start_ns, init_ns, work_start_ns, work_ns, cleanup_start_ns, end_ns; /* init, work: how long */
    uint64_t total_ns;                                                            /* what of it counts; 0: unknown */
    size_t lane_first, lane_count;                                                /* in the trace's lanes */
};

struct pp_trace {
    uint64_t start_ns; /* of the run */
    uint64_t every;    /* spans are there of tasks whose index is a multiple of it, and of those timed together with one
                          of them; 1: of all */
    uint64_t tasks;    /* spans of tasks */
    uint64_t dropped;  /* spans that found no room in a pass of the trace */
    size_t left_out;   /* passes that are not in it */
    size_t pass_count;
    const struct pp_trace_pass *passes;
    const struct pp_trace_lane *lanes;
    const struct pp_trace_span *spans;
};

#endif
