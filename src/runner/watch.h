/* Watches what the machine and the processes of a pass do, from outside of all that is timed. */
#ifndef PP_RUNNER_WATCH_H
#define PP_RUNNER_WATCH_H

#include "exec/exec.h"
#include "machine/counters.h"
#include "machine/helpers.h"
#include "machine/perf.h"

struct pp_case_result;
struct pp_pass;

struct pp_watch {
    double usable_cpus;
    bool traced;            /* what a recorder maps is not the memory of workers */
    unsigned inner_threads; /* that a task may keep busy at the same time, at least 1 */
    size_t hosts;           /* whose CPUs are used, at least 1 */
    struct pp_observer observer;
    struct pp_counters_source *source; /* owned */
    struct pp_counters before;
    struct pp_helpers helpers;
    struct pp_perf perf; /* perf.reason: why there are no hardware counters */
    double counts[PP_PERF_EVENTS];
    uint64_t ready_delay_ns, worked_delay_ns; /* run delay of the processes, PP_RUN_DELAY_UNKNOWN: not known */
    double peak_bytes;
};

/* Opens a watch. Returns 0 or -ENOMEM. Close it after the last pass; {0} may be closed too. */
int pp_watch_open(struct pp_watch *watch, double usable_cpus);
void pp_watch_close(struct pp_watch *watch);

/* Before a pass of `each`: takes the counters and gives the job an observer. Does nothing where the job is lean. */
void pp_watch_begin(struct pp_watch *watch, struct pp_job *job, const struct pp_case_result *each);

/* After it: fills the pass with what the sample and the watch say. */
void pp_watch_end(struct pp_watch *watch, const struct pp_job *job, const struct pp_sample *sample,
                  struct pp_pass *pass);

#endif
