/* How many tasks to hand over at a time, and how many such chunks a worker may have waiting. Pure.
 *
 * Large chunks make handing out cheap; small ones keep the work balanced. The rule is guided self-scheduling
 * (Polychronopoulos, Kuck 1987): never more than a share of what is left, so that chunks shrink towards the end,
 * bounded by a time that makes the cost of handing out negligible. */
#ifndef PP_EXEC_CHUNK_H
#define PP_EXEC_CHUNK_H

#include <stdint.h>

/* Chunks a worker may hold at most, running and waiting. */
enum { PP_CHUNK_DEPTH_MAX = 64 };

struct pp_chunk_policy {
    uint64_t fixed;   /* the config's chunk_size, 0: chosen here */
    unsigned workers; /* >= 1 */
    double task_ns;   /* mean time of a task with its verification, 0: nothing is known yet */
    uint64_t last;    /* the largest chunk measured so far, 0: none */
};

/* Takes in what a chunk of `count` tasks cost. */
void pp_chunk_learn(struct pp_chunk_policy *policy, uint64_t count, uint64_t wall_ns);

/* Tasks of the next chunk when `left` (>= 1) have not been handed out: 1 … left. */
uint64_t pp_chunk_size(const struct pp_chunk_policy *policy, uint64_t left);

/* Chunks that a worker may hold, the one it is running included: 1 … PP_CHUNK_DEPTH_MAX. */
unsigned pp_chunk_depth(const struct pp_chunk_policy *policy, uint64_t left);

#endif
