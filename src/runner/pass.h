/* A sample as a pass of the result: seconds instead of nanoseconds, and where the time went. */
#ifndef PP_RUNNER_PASS_H
#define PP_RUNNER_PASS_H

#include <stdint.h>

struct pp_pass;
struct pp_sample;

/* Fills what the sample of `workers` workers says; the rest of `pass` is left unknown. `lean`: as in the job.
 * `run_delay_ns`: for how long the processes at work were ready to run without a CPU, summed; PP_RUN_DELAY_UNKNOWN.
 * `crowded`: of what tasks were off a CPU for beside that, the share that was want of one, too. */
void pp_pass_fill(struct pp_pass *pass, const struct pp_sample *sample, unsigned workers, int lean,
                  uint64_t run_delay_ns, double crowded);

#endif
