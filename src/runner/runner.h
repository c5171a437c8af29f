/* The runner: rounds of passes over all cases, their samples, and what they come to after each. */
#ifndef PP_RUNNER_RUNNER_H
#define PP_RUNNER_RUNNER_H

#include "exec/exec.h"
#include "plan/result.h"
#include "schema/config.h"

struct pp_runner {
    const struct pp_config *config;
    struct pp_case *cases;               /* owned */
    struct pp_case_result *case_results; /* owned */
    struct pp_sample *samples;           /* owned: iterations for each case */
    uint64_t *checks;                    /* owned: what the work of each round came to, once known */
    bool *checked;                       /* owned: is it known? */
    struct pp_result result;             /* points to the above */
};

/* What a runner tells while it runs. */
struct pp_runner_events {
    void *owner;
    /* A pass has ended; `done` of `all` passes have, warm-ups included. Not 0 ends the run with that status. */
    int (*pass)(void *owner, const struct pp_result *result, const struct pp_case *plan, const struct pp_sample *sample,
                size_t done, size_t all);
};

/* Plans the config's cases and makes sure that the system allows them. Nothing runs. Returns 0 or -errno; close a
 * runner that was opened. `config` outlives it. */
int pp_runner_open(struct pp_runner *runner, const struct pp_config *config, struct pp_error *error);
void pp_runner_close(struct pp_runner *runner);

/* Runs everything. `base` gives a job's task, args, shared, env and start; the rest is set for each pass. Returns 0
 * when all passes were run (their failures are in the result), -EINTR when stopped by a signal, or another -errno with
 * words; runner->result is valid in all cases. */
int pp_runner_run(struct pp_runner *runner, const struct pp_job *base, const struct pp_runner_events *events,
                  struct pp_error *error);

#endif
