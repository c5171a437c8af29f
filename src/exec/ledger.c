#include "exec/ledger.h"

static uint64_t get(const _Atomic uint64_t *value) { return atomic_load_explicit(value, memory_order_relaxed); }

/* The worker is the only one who writes, so that reading and writing need not be one step. */
static void set(_Atomic uint64_t *value, uint64_t to) { atomic_store_explicit(value, to, memory_order_relaxed); }

static uint64_t above(uint64_t value, uint64_t least) { return value > least ? value - least : 0; }

void pp_ledger_open(struct pp_ledger *ledger, uint64_t now_ns) { set(&ledger->idle_since_ns, now_ns); }

void pp_ledger_spell(struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns, uint64_t busy_ns) {
    if (get(&ledger->first_ns) == 0) /* how long before this the work had begun is known to the parent */
        set(&ledger->first_ns, start_ns);
    else
        set(&ledger->waiting_ns, get(&ledger->waiting_ns) + above(start_ns, get(&ledger->idle_since_ns)));
    set(&ledger->transfer_ns, get(&ledger->transfer_ns) + above(end_ns - start_ns, busy_ns));
    set(&ledger->idle_since_ns, end_ns);
}

void pp_ledger_hand_back(struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns) {
    if (get(&ledger->first_ns) == 0)
        return;
    set(&ledger->tail_ns, get(&ledger->tail_ns) + above(start_ns, get(&ledger->idle_since_ns)));
    set(&ledger->transfer_ns, get(&ledger->transfer_ns) + above(end_ns, start_ns));
    set(&ledger->idle_since_ns, end_ns);
}

void pp_ledger_add(const struct pp_ledger *ledger, uint64_t start_ns, uint64_t end_ns, struct pp_ledger_sum *sum) {
    uint64_t first_ns = get(&ledger->first_ns);
    if (!first_ns) {
        sum->tail_ns += above(end_ns, start_ns);
        return;
    }
    sum->waiting_ns += get(&ledger->waiting_ns) + above(first_ns, start_ns);
    /* Having written its last result, a worker may be a little late to say so: the work was over then. */
    uint64_t idle_since_ns = get(&ledger->idle_since_ns);
    sum->transfer_ns += above(get(&ledger->transfer_ns), above(idle_since_ns, end_ns));
    sum->tail_ns += get(&ledger->tail_ns) + above(end_ns, idle_since_ns);
}
