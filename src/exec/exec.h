/* Executors: who does the tasks of a pass, and how the work reaches them. Each is one file behind this table; none
 * knows which task it runs. */
#ifndef PP_EXEC_EXEC_H
#define PP_EXEC_EXEC_H

#include "exec/sample.h"
#include "plan/plan.h"
#include "pptest/task.h"
#include "schema/config.h"

#include <stdint.h>
#include <sys/types.h>

struct pp_histogram;
struct pp_placement;
struct pp_ranks;
struct pp_recorder;
struct pp_starter;

/* Who does the tasks of a pass: kernel ids of processes, or of threads of this process. */
struct pp_crew {
    const pid_t *ids;
    size_t count;
    bool threads; /* ids of threads of this process, its main thread (whose id is the process's) perhaps among them */
};

/* Looks at those who run a pass while no clock of the pass runs: at its workers, or at this process when there are
 * none.
 */
struct pp_observer {
    void *owner;
    void (*ready)(void *owner, const struct pp_crew *crew);  /* all are ready, nothing is handed out yet */
    void (*worked)(void *owner, const struct pp_crew *crew); /* the last result is in, all are still there */
};

/* One pass to run. Everything pointed to outlives the pass. */
struct pp_job {
    const struct pp_task *task;
    const void *args;
    const void *shared;                   /* what prepare made in this process */
    struct pp_env env;                    /* `worker` is set by the executor, `library_threads` is the case's */
    uint64_t seed;                        /* items mix their index into it */
    uint64_t count;                       /* tasks */
    unsigned workers;                     /* 0: plain calls in this process */
    uint64_t chunk_size;                  /* tasks handed over at a time, 0: chosen by measurement */
    int start_method;                     /* enum pp_start_method: how worker processes start */
    struct pp_transfer transfer;          /* what is moved beside orders and digests */
    const struct pp_placement *placement; /* the CPUs that workers run on; NULL: any */
    uint64_t timeout_ns;                  /* a task past it is ended and counted as failed, 0: none */
    uint64_t resolution_ns;               /* of the clock */
    uint64_t cpu_cost_ns;                 /* what reading a thread's CPU clock costs */
    bool lean; /* measure init, work, task and total time alone: no observer, no CPU times, no histogram */
    struct pp_starter *start;           /* how worker processes start */
    struct pp_ranks *ranks;             /* who works for the executor "mpi"; NULL: nobody */
    const struct pp_observer *observer; /* NULL: nobody looks */
    struct pp_recorder *recorder;       /* gets what each worker did, and when; NULL: nobody wants to know */
    struct pp_histogram *times;         /* gets the times of the tasks that are done; NULL where lean */

    /* Called from another thread when a task in this process neither ends nor can be ended: saves what can be saved and
     * ends the process with `exit_status`. Never returns. */
    void (*abandon)(void *owner, int exit_status, const char *why);
    void *owner;
};

/* Functions return 0 or -errno, with words in `error`. */
struct pp_executor {
    const char *name;        /* the config's "executor" */
    const char *summary;     /* who does the tasks: one line, no full stop */
    const char *unavailable; /* why this program has no such executor, NULL: it has */
    /* Can it run that task at all, in the way the case says? If not, the words say why and the key of the config that
     * does not fit stands in error->where ("executor", "transfer"). Pure. */
    int (*supports)(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error);
    /* Finds out before a run whether `workers` workers can be had here: limits on files, processes, threads. */
    int (*admit)(unsigned workers, struct pp_error *error);
    /* The same for what moving data takes beside them, where the case moves any; NULL: nothing, or it moves none. */
    int (*admit_data)(const struct pp_case *plan, struct pp_error *error);
    /* The same for what programs take that so many tasks of this process start at once; NULL: there is one at most. */
    int (*admit_programs)(unsigned workers, struct pp_error *error);
    /* Runs the job. Returns 0 with the sample filled (its failures counted in it), -EINTR when asked to stop (sample
     * filled as far as it went, not complete), or another -errno when no result can be had; no worker is left behind
     * in any case. */
    int (*run)(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error);
};

extern const struct pp_executor pp_executor_sequential; /* for 0 workers, not named by any config */
extern const struct pp_executor pp_executor_process;
extern const struct pp_executor pp_executor_thread;
extern const struct pp_executor pp_executor_openmp;         /* unavailable where the compiler has no OpenMP */
extern const struct pp_executor pp_executor_async;          /* tasks in flight in one event loop */
extern const struct pp_executor pp_executor_async_blocking; /* the same loop, but each task holds it until its end */
extern const struct pp_executor pp_executor_mpi;            /* in pptest-mpi; in pptest one that is unavailable */

/* Those that a config may name, in the order of pp_executor_names, ended by NULL. */
extern const struct pp_executor *const pp_executors[];

/* One by its name, "sequential" too; NULL: there is none. */
const struct pp_executor *pp_executor_find(const char *name);

/* For executors that share this program's memory or have no data channel: refuses a case that moves data. */
int pp_executor_moves_nothing(const struct pp_executor *executor, const struct pp_case *plan, struct pp_error *error);

/* For executors that run a task in several threads of one process: refuses one that must not be. */
int pp_executor_takes_threads(const struct pp_executor *executor, const struct pp_task *task, struct pp_error *error);

/* For executors whose workers are not placed by this program (exec/placement.h): refuses a case that pins them. */
int pp_executor_pins_nothing(const struct pp_executor *executor, const struct pp_case *plan, struct pp_error *error);

#endif
