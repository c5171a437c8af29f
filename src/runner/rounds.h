/* How many rounds a runner runs: those that warm up, and then as many as the config asks for or its precision needs. */
#ifndef PP_RUNNER_ROUNDS_H
#define PP_RUNNER_ROUNDS_H

#include "runner/runner.h"

#include <stdbool.h>

/* Does the round that is run, or that comes next, count? Else it warms up. */
static inline bool pp_rounds_count(const struct pp_runner *runner) {
    return runner->round >= (size_t)runner->config->warmup;
}

/* Its number, from the first that counts on, however many warm up. */
static inline uint64_t pp_rounds_counted(const struct pp_runner *runner) {
    return (uint64_t)runner->round - (uint64_t)runner->config->warmup;
}

/* Is this share of the time over that a precision has? It begins after the warm-up. */
bool pp_rounds_time_is_up(const struct pp_runner *runner, double share);

/* Is the next round not to be run any more? */
bool pp_rounds_enough(struct pp_runner *runner);

#endif
