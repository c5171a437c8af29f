/* Running tasks one after the other: the loop that every executor's worker has, timing and verification included. */
#ifndef PP_EXEC_BATCH_H
#define PP_EXEC_BATCH_H

#include "base/reasons.h"
#include "exec/recorder.h"
#include "exec/times.h"
#include "pptest/task.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

/* Where a worker tells what it is doing, in memory that its parent reads; a cache line of its own. */
struct pp_progress {
    alignas(64) _Atomic uint64_t started_ns; /* when the current task was started, UINT64_MAX once it has ended; kept
                                            only where there is a timeout */
    _Atomic uint64_t item;                   /* index + 1 of the task being run, 0 between chunks */
};

struct pp_batch {
    const struct pp_task *task;
    const void *args;
    void *state;                  /* owned: made by pp_batch_open; NULL for a task without */
    uint64_t seed;                /* of the job */
    uint64_t timeout_ns;          /* 0: none */
    uint64_t resolution_ns;       /* of the clock */
    uint64_t cpu_cost_ns;         /* what reading the thread's CPU clock costs */
    bool lean;                    /* no CPU times, no times of single tasks */
    struct pp_progress *progress; /* NULL: nobody looks */
    struct pp_lane lane;          /* where spans are recorded; {0}: nowhere */
    const void *input;            /* of the tasks run, NULL: they get at it themselves; for one at a time only */
    void *result;                 /* where they leave theirs, NULL: wherever they like */
    struct pp_child_use child;    /* of the processes of the current task */
    double task_ns;               /* mean of the last chunk, 0: unknown */
    uint64_t now_ns;              /* when the last task ended */
    uint64_t end_ns;              /* when the last chunk ended, with its verification; 0: there was none */
    uint64_t cpu_read_ns;         /* start of the last tasks for which the CPU clock was read */
    struct pp_error error;        /* what the current task says; cleared after use, since clearing it costs as much as a
                                     very short task */
};

/* What a chunk, or several, came to. {0} is empty; so is one whose members before `why` are 0, and why.code,
 * times.used, reasons.used and reasons.others. */
struct pp_tally {
    uint64_t done, failed, wrong; /* as in struct pp_sample */
    uint64_t task_ns;             /* inside tasks */
    uint64_t wall_ns;             /* inside tasks and their verification */
    uint64_t check;
    uint64_t cpu_ns, cpu_wall_ns;     /* CPU and wall time inside those tasks where the CPU clock was read */
    struct pp_child_use child;        /* of processes that tasks started; its CPU time is in cpu_ns, too */
    uint64_t shortest_ns, longest_ns; /* of the tasks in `done`, or the means of some timed together; 0: none */
    bool too_short;                   /* timed together, not one by one */
    struct pp_error why;              /* the first failure */
    struct pp_reasons reasons;        /* of all that failed */
    struct pp_times times;            /* of the tasks in `done` */
};

/* Adds up what processes used, but for the peak, of which the largest stays. */
void pp_child_use_add(struct pp_child_use *sum, const struct pp_child_use *more);

/* Empties a tally without touching the memory that it may use for times. */
void pp_tally_reset(struct pp_tally *tally);

/* Makes it that of one task, `index`, that has failed: for a reason outside of it, as far as anything is in the tally.
 */
void pp_tally_fail(struct pp_tally *tally, uint64_t index, const struct pp_error *why);

/* The reason of all tasks that ran past the timeout, however much. */
enum { PP_LATE_BYTES = 64 };
void pp_batch_say_late(uint64_t timeout_ns, char text[PP_LATE_BYTES]);

/* Says that the worker is busy with a task, though not in it: no timeout is for what it does meanwhile. pp_batch_run
 * ends it. */
void pp_batch_hold(const struct pp_batch *batch, uint64_t index);
void pp_batch_let_go(const struct pp_batch *batch);

/* Makes the worker's state: its own init time. `batch` is filled but for `state` and the members after `result`. */
int pp_batch_open(struct pp_batch *batch, const void *shared, const struct pp_env *env, struct pp_error *error);
void pp_batch_close(struct pp_batch *batch);

/* For a stateful task: what its state has gathered. It runs nothing afterwards. */
int pp_batch_gather(struct pp_batch *batch, struct pp_part *part, struct pp_error *error);

/* Runs and verifies tasks from `first` on, `count` (>= 1) of them or fewer: it ends early, after one at least, when
 * tally->times is full (which it must not be before). `tally` is added to. Returns how many were run. */
uint64_t pp_batch_run(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally);

/* ---- for those who have many tasks under way at once ---- */

struct pp_item pp_batch_item(const struct pp_batch *batch, uint64_t index);

/* What one task under way has of its own. */
struct pp_under_way {
    void *flight;
    struct pp_wait *wait; /* filled where the step returns 1; NULL: the task is run in one piece */
    struct pp_output *output;
};

/* One step of a task, or all of it. Returns what the task does: 1, 0, or -errno with its words in batch->error. The
 * caller sets progress->item to 0 when it leaves the tasks. */
int pp_batch_step(struct pp_batch *batch, const struct pp_item *item, struct pp_under_way *task);

struct pp_outcome {
    int status;        /* 0 or -errno, of the last step; the words are in batch->error */
    uint64_t spent_ns; /* since the start of the task */
};

/* Where a task adds up what its processes use; NULL: nobody wants to know. */
struct pp_child_use *pp_batch_child(struct pp_batch *batch);

/* Counts a task that has ended, or is given up because it is past the timeout; its answer is verified. There must be
 * room in tally->times. Returns what became of it: 0, or a set of PP_SPAN_FAILED, … */
unsigned pp_batch_settle(struct pp_batch *batch, const struct pp_item *item, const struct pp_output *output,
                         struct pp_outcome outcome, struct pp_tally *tally);

#endif
