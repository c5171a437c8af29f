/* The runner: rounds of passes over all cases, in a balanced order, and what each of them measured. */
#ifndef PP_RUNNER_RUNNER_H
#define PP_RUNNER_RUNNER_H

#include "exec/exec.h"
#include "result/result.h"
#include "runner/series.h"
#include "runner/watch.h"
#include "schema/config.h"

struct pp_tracing;

struct pp_runner {
    const struct pp_config *config;
    struct pp_case *cases;      /* owned */
    struct pp_series *series;   /* owned: the passes of each case */
    size_t *order;              /* owned: of the round */
    struct pp_histogram *times; /* owned: of the pass that is run */
    double *scratch;            /* owned: for the interval of a case's totals */
    size_t scratch_room;
    struct pp_watch watch;
    struct pp_tracing *tracing; /* set by the owner before the run, of these cases; NULL: nothing is traced */
    uint64_t counting_ns;       /* when the first round that counts began */
    size_t round, done;         /* rounds ended; passes ended, without those that are repeated */
    uint64_t check, check_sum;  /* what the work of each round, or of all, comes to; over all rounds that differ */
    bool checked, check_summed; /* are they known? */
    struct pp_result result;    /* points to the above */
};

/* What a runner tells while it runs. */
struct pp_runner_events {
    void *owner;
    /* A pass is about to start, the `position`-th of its round from 0, or to be repeated; no clock of it runs yet.
     * NULL: nobody wants to know. */
    void (*begin)(void *owner, const struct pp_case *plan, size_t position);
    /* A pass has ended; `done` of `all` passes have, warm-ups included; `all` is 0 while the precision decides. It is
     * about to be repeated when pass->repeated is set. Not 0 ends the run with that status. */
    int (*pass)(void *owner, const struct pp_case *plan, const struct pp_pass *pass, const struct pp_sample *sample,
                size_t done, size_t all);
};

/* Plans the config's cases and makes sure that the system allows them. Nothing runs. Returns 0 or -errno; close a
 * runner that was opened. `config` outlives it; `machine` is copied into the result. */
int pp_runner_open(struct pp_runner *runner, const struct pp_config *config, const struct pp_machine *machine,
                   struct pp_error *error);
void pp_runner_close(struct pp_runner *runner);

/* Runs everything. `base` gives a job's task, args, shared, env and start; the rest is set for each pass. Returns 0
 * when all passes were run (their failures are in the result), -EINTR when stopped by a signal, or another -errno with
 * words; runner->result holds what was measured in all cases. */
int pp_runner_run(struct pp_runner *runner, const struct pp_job *base, const struct pp_runner_events *events,
                  struct pp_error *error);

#endif
