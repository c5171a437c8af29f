/* The sequential executor: plain calls in the main process, the baseline of every comparison. */
#include "exec/exec.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/batch.h"
#include "exec/chunk.h"
#include "exec/watchdog.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

/* In chunks, as a worker would, so that a stop is noticed between tasks and short tasks are timed alike. */
static int do_work(const struct pp_job *job, struct pp_batch *batch, struct pp_sample *sample) {
    struct pp_chunk_policy policy = {.fixed = job->chunk_size, .workers = 1};
    struct pp_tally tally;
    for (uint64_t next = 0; next < job->count;) {
        if (pp_stop_signal) /* set by the watchdog */
            return -EINTR;
        pp_tally_reset(&tally);
        uint64_t ran = pp_batch_run(batch, next, pp_chunk_size(&policy, job->count - next), &tally);
        pp_chunk_learn(&policy, ran, tally.wall_ns);
        pp_sample_add(sample, &tally);
        if (job->times)
            pp_times_drain(&tally.times, job->times);
        next += ran;
    }
    return 0;
}

/* Outside of all that is measured. */
static void observe(const struct pp_job *job, void (*look)(void *owner, const struct pp_crew *crew),
                    struct pp_sample *sample, struct rusage *used) {
    const pid_t own = getpid();
    pp_usage_add_own(&sample->usage, used);
    look(job->observer->owner, &(const struct pp_crew){.ids = &own, .count = 1});
    getrusage(RUSAGE_SELF, used);
}

static int run_watched(const struct pp_job *job, struct pp_batch *batch, struct pp_sample *sample,
                       struct pp_error *error) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    uint64_t start_ns = pp_clock_ns();
    int status = pp_batch_open(batch, job->shared, &job->env, error);
    if (status != 0)
        return status;
    sample->init_ns = pp_clock_ns() - start_ns;
    if (job->observer)
        observe(job, job->observer->ready, sample, &used);
    uint64_t work_ns = pp_clock_ns();
    status = do_work(job, batch, sample);
    sample->work_ns = pp_clock_ns() - work_ns;
    if (status == 0 && job->observer)
        observe(job, job->observer->worked, sample, &used);
    uint64_t end_ns = pp_clock_ns();
    pp_batch_close(batch);
    sample->total_ns = sample->init_ns + sample->work_ns + pp_clock_ns() - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    sample->ledger.transfer_ns = sample->work_ns - sample->busy_ns; /* between two chunks */
    sample->complete = status == 0;
    return status;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct pp_watchdog watchdog;
    int status = pp_watchdog_open(&watchdog, job, error);
    if (status != 0)
        return status;
    struct pp_batch batch = {.task = job->task,
                             .args = job->args,
                             .seed = job->seed,
                             .timeout_ns = job->timeout_ns,
                             .resolution_ns = job->resolution_ns,
                             .cpu_cost_ns = job->cpu_cost_ns,
                             .lean = job->lean,
                             .progress = &watchdog.progress};
    status = run_watched(job, &batch, sample, error);
    pp_watchdog_close(&watchdog);
    return status;
}

/* Whatever can be run at all can be run by a plain call. */
static int supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    (void)task;
    (void)plan;
    (void)error;
    return 0;
}

static int admit(unsigned workers, struct pp_error *error) {
    (void)workers;
    (void)error;
    return 0;
}

const struct pp_executor pp_executor_sequential = {.name = "sequential",
                                                   .summary = "plain calls in the main process, one after another",
                                                   .supports = supports,
                                                   .admit = admit,
                                                   .run = run};
