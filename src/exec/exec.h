/* Executors: who does the tasks of a pass, and how the work reaches them. Each is one file behind this table; none
 * knows which task it runs. */
#ifndef PP_EXEC_EXEC_H
#define PP_EXEC_EXEC_H

#include "exec/sample.h"
#include "pptest/task.h"
#include "schema/config.h"

#include <stdint.h>
#include <sys/types.h>

struct pp_histogram;
struct pp_starter;

/* Looks at the processes that run a pass, while no clock of the pass runs: at its workers, or at this process when
 * there are none. */
struct pp_observer {
    void *owner;
    void (*ready)(void *owner, const pid_t *pids, size_t count);  /* all are ready, nothing is handed out yet */
    void (*worked)(void *owner, const pid_t *pids, size_t count); /* the last result is in, all are still there */
};

/* One pass to run. Everything pointed to outlives the pass. */
struct pp_job {
    const struct pp_task *task;
    const void *args;
    const void *shared;     /* what prepare made in this process */
    struct pp_env env;      /* `worker` is set by the executor, `library_threads` is the case's */
    uint64_t seed;          /* items mix their index into it */
    uint64_t count;         /* tasks */
    unsigned workers;       /* 0: plain calls in this process */
    uint64_t chunk_size;    /* tasks handed over at a time, 0: chosen by measurement */
    uint64_t timeout_ns;    /* a task past it is ended and counted as failed, 0: none */
    uint64_t resolution_ns; /* of the clock */
    uint64_t cpu_cost_ns;   /* what reading a thread's CPU clock costs */
    bool lean;              /* measure init, work, task and total time alone: no observer, no CPU times, no histogram */
    struct pp_starter *start;           /* how worker processes start */
    const struct pp_observer *observer; /* NULL: nobody looks */
    struct pp_histogram *times;         /* gets the times of the tasks that are done; NULL where lean */

    /* Called from another thread when a task in this process neither ends nor can be ended: saves what can be saved and
     * ends the process with `exit_status`. Never returns. */
    void (*abandon)(void *owner, int exit_status, const char *why);
    void *owner;
};

struct pp_executor {
    const char *name;
    const char *unavailable; /* why this build has no such executor, NULL: it has */
    /* Finds out before a run whether `workers` workers can be had here: limits on files and processes. */
    int (*admit)(unsigned workers, struct pp_error *error);
    /* Runs the job. Returns 0 with the sample filled (its failures counted in it), -EINTR when asked to stop (sample
     * filled as far as it went, not complete), or another -errno when no result can be had; no worker is left behind
     * in any case. */
    int (*run)(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error);
};

extern const struct pp_executor pp_executor_sequential;
extern const struct pp_executor pp_executor_process;

/* The executor for a number of workers. */
const struct pp_executor *pp_executor_for(unsigned workers);

#endif
