/* Where a worker's time goes beside its tasks. The worker writes, in shared memory, between two orders; the parent
 * reads once the worker has ended. Together with what the tallies say of the tasks, the parts add up to the time during
 * which the pass was at work. */
#ifndef PP_EXEC_LEDGER_H
#define PP_EXEC_LEDGER_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

struct pp_ledger {
    alignas(64) _Atomic uint64_t first_ns; /* when its first order arrived, 0: none has */
    _Atomic uint64_t waiting_ns;           /* for orders, after the first */
    _Atomic uint64_t transfer_ns;          /* with orders and results in its hands: neither in a task nor waiting */
    _Atomic uint64_t tail_ns;              /* after its last task, until it was to hand back what it had gathered */
    _Atomic uint64_t idle_since_ns;        /* end of its last spell of work */
};

/* One worker's time, or the sum over all of them, while the pass was at work. */
struct pp_ledger_sum {
    uint64_t waiting_ns;  /* before its first order, and between orders */
    uint64_t transfer_ns; /* moving orders and results */
    uint64_t tail_ns;     /* after its last task, or without any, while others were still at work */
};

/* A worker that is ready begins to wait. */
void pp_ledger_open(struct pp_ledger *ledger, uint64_t now_ns);

/* Orders have arrived at `start_ns`; the worker was inside tasks and their verification for `busy_ns` of the time until
 * `end_ns`, when the last result was on its way. */
void pp_ledger_spell(struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns, uint64_t busy_ns);

/* After its last task it was asked at `start_ns` for what it had gathered, and had handed that back at `end_ns`. For a
 * worker that had no tasks it is all one. */
void pp_ledger_hand_back(struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns);

/* Adds a worker's ledger to the sum for a pass that was at work from `start_ns` to `end_ns`. */
void pp_ledger_add(const struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns, struct pp_ledger_sum *sum);

#endif
