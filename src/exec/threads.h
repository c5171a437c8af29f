/* A pass in threads of this process, whoever starts them: a gang (gang.h) whose workers wait for each other, so that
 * nobody begins before all are ready, and nobody ends before all have worked and the observer has seen them. */
#ifndef PP_EXEC_THREADS_H
#define PP_EXEC_THREADS_H

#include "exec/gang.h"
#include "exec/latch.h"

struct pp_threads;

/* What executors differ in. */
struct pp_threads_kind {
    const char *name;        /* of the executor */
    bool first_wakes_others; /* for threads that were started one by another, and may all have slept on one CPU */
    /* Starts threads that call pp_threads_live, one for each worker, and says in threads->started how many it got.
     * `own` may point to what belongs to them. Returns 0 or -errno, with words in threads->error; `join` is called in
     * any case. */
    int (*start)(struct pp_threads *threads);
    void (*work)(struct pp_gang_worker *worker, void *own); /* takes chunks and runs them */
    void (*join)(struct pp_threads *threads);               /* returns when those that were started have ended */
};

struct pp_threads {
    struct pp_gang gang;
    const struct pp_threads_kind *kind;
    void *own;                       /* of the executor */
    unsigned started;                /* threads */
    bool called_off;                 /* written before `go` opens */
    struct pp_latch ready, go;       /* all threads are; they may begin */
    struct pp_latch relayed;         /* the first has been told, and tells the others */
    struct pp_latch worked, go_home; /* no thread has anything left to do; they may end */
    struct pp_sample *sample;
    struct pp_error *error;
};

/* What `run` of such an executor does. */
int pp_threads_run(const struct pp_threads_kind *kind, const struct pp_job *job, struct pp_sample *sample,
                   struct pp_error *error);

/* The life of a worker, in its thread. */
void pp_threads_live(struct pp_threads *threads, struct pp_gang_worker *worker);

/* What such an executor supports: tasks that may share a process, and no data to be moved. */
int pp_threads_support(const struct pp_executor *executor, const struct pp_task *task, const struct pp_case *plan,
                       struct pp_error *error);

#endif
