/* What one pass measured, as an executor measures it: durations in nanoseconds, counts. */
#ifndef PP_EXEC_SAMPLE_H
#define PP_EXEC_SAMPLE_H

#include "base/reasons.h"
#include "exec/ledger.h"
#include "exec/usage.h"
#include "pptest/error.h"
#include "pptest/task.h"

#include <stdbool.h>
#include <stdint.h>

/* One pass: all of a config's tasks once, by one case. */
struct pp_sample {
    uint64_t init_ns;  /* from the start until every worker has reported ready */
    uint64_t work_ns;  /* from the first task handed out until the last result is in */
    uint64_t total_ns; /* the whole case, with the workers stopped and reaped; without the observer's time */
    uint64_t task_ns;  /* inside tasks, summed over the tasks in `done`; where too_short, over those that failed too */
    uint64_t done;     /* tasks run and verified */
    uint64_t failed;   /* tasks that returned an error, ran past the timeout, or were lost twice */
    uint64_t wrong;    /* those of `failed` whose answer did not verify */
    uint64_t lost;     /* times a task was lost with its worker: it was running, or gathered and not yet handed back */
    uint64_t workers_lost;     /* workers that ended before they were told to */
    uint64_t check;            /* sum over tasks of mixed index and digest: equal for equal work */
    bool too_short;            /* tasks too short for the clock to be timed one by one */
    bool complete;             /* false: stopped half-way */
    struct pp_error why;       /* the first failure, in words, or what became of the first task that was lost */
    struct pp_reasons reasons; /* of those in `failed` */

    /* The rest is zero in a lean job. */
    uint64_t busy_ns;                 /* inside tasks, failed ones too, and their verification */
    uint64_t cpu_ns, cpu_wall_ns;     /* CPU and wall time inside those tasks where the CPU clock was read */
    struct pp_child_use child;        /* of processes that tasks started */
    uint64_t shortest_ns, longest_ns; /* a task of those done; where too_short the mean of some; 0: none */
    bool has_loop;                    /* an event loop did the tasks, and the next member says how it fared */
    uint64_t loop_blocked_ns;         /* it was held by a task while others were due (exec/flights.h) */
    struct pp_ledger_sum ledger;      /* the rest of the workers' time while at work, summed over them */
    struct pp_usage usage;            /* of all processes of the pass, without the observer's part */
};

struct pp_tally;

/* Adds what a chunk came to; the first failure's words stay. */
void pp_sample_add(struct pp_sample *sample, const struct pp_tally *tally);

/* Adds the CPU time of processes that tasks started to the usage, once: for executors whose workers are asked what they
 * used themselves, in which their children are not. */
void pp_sample_use_children(struct pp_sample *sample);

/* Adds the counts and times of tasks, as the function above does, that a sample holds. */
void pp_sample_merge(struct pp_sample *sample, const struct pp_sample *other);

#endif
