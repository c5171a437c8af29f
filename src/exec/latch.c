#include "exec/latch.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(_Atomic uint32_t) == 4, "what a futex is");

void pp_latch_set(struct pp_latch *latch, uint32_t arrivals) {
    atomic_store_explicit(&latch->left, arrivals, memory_order_release);
}

void pp_latch_arrive(struct pp_latch *latch, uint32_t arrivals) {
    if (arrivals > 0 && atomic_fetch_sub_explicit(&latch->left, arrivals, memory_order_acq_rel) == arrivals)
        syscall(SYS_futex, &latch->left, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Whoever sleeps on a number that is no longer the newest is woken all the same: at zero everybody is. */
void pp_latch_wait(struct pp_latch *latch) {
    for (uint32_t left; (left = atomic_load_explicit(&latch->left, memory_order_acquire)) > 0;)
        syscall(SYS_futex, &latch->left, FUTEX_WAIT_PRIVATE, left, NULL, NULL, 0);
}
