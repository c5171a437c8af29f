/* A pool of worker processes: starting, listening to and ending them. What work they get is the dispatcher's. */
#ifndef PP_EXEC_POOL_H
#define PP_EXEC_POOL_H

#include "exec/board.h"
#include "exec/chunk.h"
#include "exec/data.h"
#include "exec/exec.h"
#include "exec/frame.h"
#include "exec/groups.h"

#include <sys/types.h>

/* Tasks first … first + count - 1. */
struct pp_span {
    uint64_t first, count;
    bool again; /* one task that was running when its worker was lost */
};

struct pp_slot {
    pid_t pid; /* 0: no process */
    int orders_fd;
    uint32_t generation; /* processes that had this number before */
    bool ready;          /* has, or before its end had, reported so */
    uint64_t overdue;    /* progress item (index + 1) for which it was killed: it ran past the timeout; 0: none */
    bool hungry;         /* for the dispatcher: may have room for orders */
    unsigned head, held; /* ring of the chunks it holds, in the order it runs them */
    struct pp_span chunks[PP_CHUNK_DEPTH_MAX];
};

struct pp_pool {
    const struct pp_job *job;
    struct pp_slot *slots;   /* job->workers of them */
    unsigned alive, ready;   /* processes; those of them that have reported ready */
    struct pp_board *boards; /* one a slot, shared with the workers */
    int boards_fd;
    struct pp_groups groups; /* in the boards; {0}: the task starts no processes */
    struct pp_usage *usage;  /* the owner's: what workers cost is added to it as they are reaped */
    int results_read_fd, results_write_fd;
    int stop_fd;          /* tells of stop signals and of children that have ended */
    unsigned char *bytes; /* what was read from the results pipe and not yet decoded */
    size_t byte_count;
    struct pp_data data;
    struct pollfd *polls; /* room for all that is waited for */
};

/* What the pool tells whoever owns it. All return 0 or -errno, which ends the listening. */
struct pp_pool_events {
    void *owner;
    int (*ready)(void *owner, unsigned worker, const struct pp_error *why); /* why->code 0: it can work */
    int (*result)(void *owner, struct pp_frame *frame);                     /* whose times may be taken out of it */
    int (*part)(void *owner, const struct pp_frame *frame);                 /* what a stateful task handed back */
    void (*drained)(void *owner);                               /* all results that had arrived have been told */
    int (*lost)(void *owner, unsigned worker, int wait_status); /* all it had sent was delivered before */
};

/* Opens an empty pool: channels and memory. After success pp_pool_close must be called; after a failure pool->job is
 * NULL. */
int pp_pool_open(struct pp_pool *pool, const struct pp_job *job, struct pp_usage *usage, struct pp_error *error);

/* Starts the process of one slot that has none. */
int pp_pool_start(struct pp_pool *pool, unsigned worker, struct pp_error *error);

/* Makes the input of a task that the worker is about to be sent an order for; where no data are moved, does nothing. */
void pp_pool_prepare(struct pp_pool *pool, unsigned worker, uint64_t task);

/* Sends `count` orders at once (where data are moved, one for one task), and begins to send the input. One that cannot
 * be sent to is killed: its loss will be told. */
void pp_pool_send(struct pp_pool *pool, unsigned worker, const struct pp_order *orders, unsigned count);

/* Waits for something to happen, no longer than until `deadline_ns` (UINT64_MAX: as long as it takes), and tells it.
 * Returns 0, -EINTR when a stop was asked for, or what an event returned. */
int pp_pool_listen(struct pp_pool *pool, uint64_t deadline_ns, const struct pp_pool_events *events,
                   struct pp_error *error);

/* Writes the process ids of the workers that are there into `pids`, which has room for one a slot. Returns how many. */
size_t pp_pool_pids(const struct pp_pool *pool, pid_t *pids);

/* Ends the workers: politely, or at once. Returns how many did not end in good order when asked politely. */
unsigned pp_pool_end(struct pp_pool *pool, bool at_once);

/* Gives everything back; ends what is still alive at once. */
void pp_pool_close(struct pp_pool *pool);

#endif
