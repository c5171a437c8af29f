/* A latch: threads wait until it has been counted down to zero. All waiters are woken by one system call, so that the
 * last of many is not long behind the first. */
#ifndef PP_EXEC_LATCH_H
#define PP_EXEC_LATCH_H

#include <stdatomic.h>
#include <stdint.h>

struct pp_latch {
    _Atomic uint32_t left; /* arrivals that are still missing */
};

/* Before anybody waits or arrives; 0: it is open. */
void pp_latch_set(struct pp_latch *latch, uint32_t arrivals);

/* Counts `arrivals` (at most those missing) down; what was written before is seen by all who waited. */
void pp_latch_arrive(struct pp_latch *latch, uint32_t arrivals);

/* Returns when none is missing any more. */
void pp_latch_wait(struct pp_latch *latch);

#endif
