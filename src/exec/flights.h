/* Tasks in flight: many under way at once in one thread, which an event loop gives their turns. The part of an executor
 * that has no process, thread or observer in it.
 *
 * Each flight is what a worker is elsewhere: it takes a task, does it to its end, and takes the next. In a round each
 * flight that is ready does one step, in the order in which they became so; then the loop looks what else has happened.
 */
#ifndef PP_EXEC_FLIGHTS_H
#define PP_EXEC_FLIGHTS_H

#include "exec/deadlines.h"
#include "exec/ledger.h"
#include "pptest/task.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_gang_worker;
struct pp_uv_loop;

struct pp_flight {
    struct pp_flights *all;
    struct pp_flight *next; /* of those that are ready */
    void *own;              /* what the task keeps there; NULL: nothing */
    bool under_way;         /* it has a task */
    struct pp_item item;
    struct pp_output output;
    uint64_t start_ns;      /* of its task's first step */
    uint64_t idle_since_ns; /* its last task has ended */
    struct pp_deadline due; /* what it waits for at the latest */
    int fd;                 /* that it waits for, -1: none */
};

struct pp_flights {
    struct pp_gang_worker *worker; /* whose state and tally they share */
    bool blocking;                 /* a task is run in one piece, whatever waits */
    unsigned count;
    struct pp_flight *flights;
    unsigned char *own;              /* of all flights */
    size_t own_bytes;                /* of each, on cache lines of its own */
    struct pp_flight *first, **last; /* those that are ready */
    struct pp_deadlines deadlines;
    struct pp_uv_loop *loop;
    uint64_t next; /* the first task that none has taken */
    uint64_t left; /* tasks that have not ended */
    uint64_t began_ns, now_ns;
    uint64_t spent_ns;   /* inside tasks, failed ones too */
    uint64_t verify_ns;  /* verifying */
    uint64_t cpu_ns;     /* this thread's while it was at work */
    uint64_t blocked_ns; /* the loop was held by long steps while other flights were due */
};

/* Makes room for the flights of the worker's job. Returns 0 or -errno, then nothing is left. */
int pp_flights_open(struct pp_flights *all, struct pp_gang_worker *worker, bool blocking, struct pp_error *error);
void pp_flights_close(struct pp_flights *all);

/* Does all tasks of the job, or as many as there are until it is asked to stop; what is under way then is given up and
 * not counted. The worker's tally is added to. Returns 0, or -errno with words when the loop does not turn. */
int pp_flights_work(struct pp_flights *all, struct pp_error *error);

/* Where their time went beside the tasks, summed over all flights, in a pass that was at work until `end_ns`, or until
 * its last task ended, whichever is later. */
struct pp_ledger_sum pp_flights_ledger(const struct pp_flights *all, uint64_t end_ns);

#endif
