/* The dispatcher of the executor "process": what it knows of a pass. process.c hands out and takes in; losses.c deals
 * with workers that end before they are told to. */
#ifndef PP_EXEC_DISPATCH_H
#define PP_EXEC_DISPATCH_H

#include "exec/deeds.h"
#include "exec/pool.h"

struct pp_dispatch {
    const struct pp_job *job;
    struct pp_pool pool;
    struct pp_chunk_policy policy;
    uint64_t next;         /* first task not yet handed out */
    uint64_t finished;     /* tasks done or failed */
    struct pp_span *again; /* spans to hand out again, before all others */
    size_t again_count, again_room;
    struct pp_deeds deeds; /* of a stateful task */
    unsigned *hungry;      /* workers that have reported since orders were last sent, each once */
    unsigned hungry_count;
    unsigned idle_losses;
    bool working; /* false while starting up */
    uint64_t start_ns, work_start_ns, work_end_ns;
    pid_t *pids; /* for the observer, one a worker */
    struct pp_sample *sample;
    struct pp_error *error;
};

/* Sends a worker the orders that it has room for, if there are tasks left; and all workers. */
void pp_dispatch_feed(struct pp_dispatch *d, unsigned worker);
void pp_dispatch_feed_all(struct pp_dispatch *d);

/* The first failure's words stay. */
void pp_dispatch_note(struct pp_dispatch *d, const struct pp_error *why);

/* Starts a worker. Returns 0, -EINTR when a stop was asked for, or -errno with words. */
int pp_dispatch_start(struct pp_dispatch *d, unsigned worker);

/* The pool's event: hands out again what the worker held, and starts another in its place. `owner`: the dispatcher. */
int pp_dispatch_lost(void *owner, unsigned worker, int wait_status);

/* Kills workers whose task ran past the timeout; returns when the next one could. */
uint64_t pp_dispatch_end_overdue(struct pp_dispatch *d);

#endif
