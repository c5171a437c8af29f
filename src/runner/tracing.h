/* Tracing a run: the recorder of the pass that is run, and what is kept of those that were. */
#ifndef PP_RUNNER_TRACING_H
#define PP_RUNNER_TRACING_H

#include "exec/recorder.h"
#include "plan/plan.h"
#include "result/trace.h"

struct pp_tracing {
    struct pp_recorder recorder;
    unsigned workers;             /* of the pass: those that have a lane */
    uint64_t tasks_in_pass;       /* spans of tasks that a pass comes to */
    uint64_t *ends;               /* owned: of each lane's spans, for one pass */
    struct pp_trace_pass *passes; /* owned, as are the next two; the trace points to them */
    struct pp_trace_lane *lanes;
    struct pp_trace_span *spans; /* not copied by forks */
    size_t pass_room, lane_room, lane_count;
    uint64_t span_count;
    struct pp_trace trace;
};

/* Can these cases be traced? Returns 0, or -errno with words; error->where is the key that does not fit. */
int pp_tracing_admit(const struct pp_case *cases, size_t count, struct pp_error *error);

/* Of how many tasks one gets a span, so that all passes of the config together stay below the limit. 1: each does. */
uint64_t pp_tracing_every(const struct pp_config *config, size_t cases);

/* Makes room for the trace of a run, before any worker is there. Returns 0, or -errno with words and nothing left. */
int pp_tracing_open(struct pp_tracing *tracing, const struct pp_config *config, const struct pp_case *cases,
                    size_t count, struct pp_error *error);
void pp_tracing_close(struct pp_tracing *tracing);

/* The recorder for the next pass, of so many workers (0: this process works); NULL, and the pass counted as left out,
 * when there is no room for it. `tracing` may be NULL: then there is none. */
struct pp_recorder *pp_tracing_begin(struct pp_tracing *tracing, unsigned workers);

/* Keeps what was recorded of the pass that was begun; `pass` says which it is: its first members, up to `complete`, and
 * `total_ns`. The second of one number is that one run again. */
void pp_tracing_end(struct pp_tracing *tracing, const struct pp_trace_pass *pass);

#endif
