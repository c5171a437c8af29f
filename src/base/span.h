/* A span of a trace: something that a worker did, from when on and for how long. Moments are CLOCK_MONOTONIC of this
 * host. */
#ifndef PP_BASE_SPAN_H
#define PP_BASE_SPAN_H

#include <stdint.h>

enum pp_span_kind {
    PP_SPAN_TASK,    /* one task, or several that were timed together */
    PP_SPAN_INIT,    /* a worker gets ready */
    PP_SPAN_CLEANUP, /* it gives its state back */
    PP_SPAN_LOSS     /* it was found to be gone: a moment, not a span */
};

/* What became of its tasks: a set; 0: all are done. */
enum { PP_SPAN_FAILED = 1, PP_SPAN_WRONG = 2, PP_SPAN_LATE = 4 };

struct pp_trace_span {
    uint64_t start_ns, spent_ns;
    uint64_t verify_ns; /* checking the answers, right afterwards */
    uint64_t first;     /* index of the (first) task; of a loss: that was running */
    uint32_t count;     /* tasks; of a loss: 1 when one was running */
    uint8_t kind, fate; /* enum pp_span_kind; PP_SPAN_FAILED, … */
};

#endif
