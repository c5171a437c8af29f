/* What executors have in common whose workers are in this process: a gang of workers, each with its state, its times
 * and its part of the sample on cache lines of its own; taking chunks without a dispatcher; adding all up afterwards.
 * While a gang is open a watchdog (watchdog.h) watches it: it takes stop signals, and saves what there is when a task
 * crashes or does not come back.
 *
 *     pp_gang_open                        before any clock runs
 *       each worker: pp_gang_enter        init
 *       pp_gang_ready, pp_gang_observe
 *       each worker: pp_gang_work, or pp_gang_run again and again       work
 *       each worker: pp_gang_hand_back
 *       pp_gang_conclude
 *       pp_gang_observe
 *       each worker: pp_gang_leave        the end of the total time
 *     pp_gang_collect, pp_gang_close */
#ifndef PP_EXEC_GANG_H
#define PP_EXEC_GANG_H

#include "exec/batch.h"
#include "exec/chunk.h"
#include "exec/crash.h"
#include "exec/exec.h"
#include "exec/groups.h"
#include "exec/watchdog.h"
#include "exec/whole.h"
#include "stats/histogram.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

struct rusage;

struct pp_gang_worker {
    struct pp_progress progress; /* what it is doing; on cache lines of its own, as is the whole struct */
    struct pp_gang *gang;
    unsigned index;
    _Atomic pid_t tid;             /* of the thread that has entered, 0: none has */
    int status;                    /* of pp_gang_enter */
    struct pp_error why;           /* in words */
    struct pp_batch batch;         /* its state is there between enter and leave, if status is 0 */
    struct pp_chunk_policy policy; /* what it has learnt of the tasks */
    uint64_t began_ns;             /* its first chunk, 0: it had none */
    uint64_t handed_ns;            /* what it gathered has been merged, 0: nothing was handed back */
    struct pp_tally tally;         /* of all its chunks */
    struct pp_histogram times;   /* of its tasks, but for those still in tally.times; unused where job->times is NULL */
    struct pp_crash_stack stack; /* to stand on when its own is used up */
};

struct pp_gang {
    const struct pp_job *job;
    const char *executor;           /* its name */
    unsigned count;                 /* workers, at least 1: with job->workers 0 this process is the one */
    struct pp_gang_worker *workers; /* not copied by forks */
    struct pp_groups groups;        /* of processes that tasks start; {0}: they start none */
    struct pp_watchdog watchdog;
    _Atomic int wake_fd;      /* an eventfd that is written to after a stop signal, for workers that wait; -1: none */
    pthread_mutex_t merging;  /* around the four members below */
    struct pp_whole whole;    /* of a stateful task */
    struct pp_error unmerged; /* why a part could not be handed back or merged; the first */
    uint64_t concluded_ns;    /* 0: nothing was concluded */
    uint64_t check;           /* of the whole */
    alignas(64) _Atomic uint64_t next; /* first task that nobody has taken */
};

/* Makes room for the workers of a job and begins to watch them. Returns 0 or -errno; then nothing is left. The gang
 * must stay where it is until pp_gang_close. */
int pp_gang_open(struct pp_gang *gang, const struct pp_job *job, const char *executor, struct pp_error *error);
void pp_gang_close(struct pp_gang *gang);

/* The same for an executor that has not as many threads as the job has workers: `count` of them. */
int pp_gang_open_of(struct pp_gang *gang, const struct pp_job *job, const char *executor, unsigned count,
                    struct pp_error *error);

/* ---- by a worker, in its own thread ---- */

/* Makes it ready, which may fail: the outcome is kept for pp_gang_ready. */
void pp_gang_enter(struct pp_gang_worker *worker);

/* Takes the next chunk for itself. Returns false when there is none left. */
bool pp_gang_take(struct pp_gang_worker *worker, uint64_t *first, uint64_t *count);

/* Runs a chunk. Returns false when it was asked to stop before the chunk's end. */
bool pp_gang_run(struct pp_gang_worker *worker, uint64_t first, uint64_t count);

/* Takes and runs chunks until there is none left, or until it is asked to stop. */
void pp_gang_work(struct pp_gang_worker *worker);

/* When asked to stop, the watchdog ends what tasks have started: that such tasks fail then is not their fault, and not
 * counted. */
bool pp_gang_forgives(const struct pp_gang *gang);

/* Where its tasks note their process groups, and how many places there are; only where gang->groups has any. */
int *pp_gang_groups(const struct pp_gang_worker *worker, unsigned *count);

/* For a worker that settles tasks by itself: makes room in tally.times. */
void pp_gang_drain_times(struct pp_gang_worker *worker);

/* Merges what its state has gathered, where the task is stateful and nobody has asked to stop. In the thread that
 * entered. */
void pp_gang_hand_back(struct pp_gang_worker *worker);

/* Gives back its state. In the thread that entered. */
void pp_gang_leave(struct pp_gang_worker *worker);

/* ---- by the executor, while no worker is at work ---- */

/* Are all workers ready? Returns 0, -EINTR when asked to stop, or why the first of those that are not could not be made
 * so. */
int pp_gang_ready(const struct pp_gang *gang, struct pp_error *error);

/* After all have worked, still a part of the work: concludes the whole answer of a stateful task. Returns 0, or -errno
 * with words when it cannot be had or is wrong. */
int pp_gang_conclude(struct pp_gang *gang, struct pp_error *error);

/* Lets the observer look (`look` is one of its functions), outside of all that is measured: what this process has used
 * until now is added to the sample, and counted anew afterwards. */
void pp_gang_observe(const struct pp_gang *gang, void (*look)(void *owner, const struct pp_crew *crew),
                     struct pp_sample *sample, struct rusage *used);

/* Fills the sample but for its init time, total time and usage; `start_ns` is when the work began. It ended with the
 * last worker's last task, or when the whole answer was there. Returns 0, or -EINTR when not all tasks were run. */
int pp_gang_collect(struct pp_gang *gang, uint64_t start_ns, struct pp_sample *sample);

#endif
