/* Waiting for something that can only be looked for. MPI has no descriptor that tells of a message, and its own waiting
 * keeps a CPU busy, which others may need: so there are pauses between two looks, longer the longer nothing came. */
#ifndef PP_EXEC_LULL_H
#define PP_EXEC_LULL_H

#include <stdint.h>

/* {0}: something has just come. */
struct pp_lull {
    unsigned looks;    /* in vain since then */
    uint64_t since_ns; /* when that was, about */
};

/* After a look in vain: does nothing for a few µs, gives way to others for some more, then sleeps for a share of the
 * time that nothing has come, at most for `longest_ns`. Returns whether it slept, or would have if it might: there is
 * time for other things. */
int pp_lull_pause(struct pp_lull *lull, uint64_t longest_ns);

/* Of W workers that report every `task_ns` each, one waits for half a pause each time, and each pause costs a wake-up:
 * the pause that makes the sum of both losses smallest, sqrt(2 x task x cost of waking / W), within bounds. */
uint64_t pp_lull_best_ns(double task_ns, unsigned workers);

#endif
