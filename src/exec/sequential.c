/* The sequential executor: plain calls in the main process, the baseline of every comparison. */
#include "exec/exec.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/batch.h"
#include "exec/chunk.h"
#include "exec/watchdog.h"

#include <errno.h>

static void take_tally(const struct pp_tally *tally, struct pp_sample *sample) {
    sample->done = tally->done;
    sample->failed = tally->failed;
    sample->wrong = tally->wrong;
    sample->task_ns = tally->task_ns;
    sample->check = tally->check;
    sample->too_short = tally->too_short;
    sample->why = tally->why;
}

/* In chunks, as a worker would, so that a stop is noticed between tasks and short tasks are timed alike. */
static int do_work(const struct pp_job *job, struct pp_batch *batch, struct pp_tally *tally) {
    struct pp_chunk_policy policy = {.fixed = job->chunk_size, .workers = 1};
    for (uint64_t next = 0; next < job->count;) {
        if (pp_stop_signal) /* set by the watchdog */
            return -EINTR;
        uint64_t size = pp_chunk_size(&policy, job->count - next), before_ns = tally->wall_ns;
        pp_batch_run(batch, next, size, tally);
        pp_chunk_learn(&policy, size, tally->wall_ns - before_ns);
        next += size;
    }
    return 0;
}

static int run_watched(const struct pp_job *job, struct pp_batch *batch, struct pp_sample *sample,
                       struct pp_error *error) {
    uint64_t start_ns = pp_clock_ns();
    int status = pp_batch_open(batch, job->shared, &job->env, error);
    if (status != 0)
        return status;
    uint64_t ready_ns = pp_clock_ns();
    struct pp_tally tally = {0};
    status = do_work(job, batch, &tally);
    uint64_t worked_ns = pp_clock_ns();
    pp_batch_close(batch);
    take_tally(&tally, sample);
    sample->init_ns = ready_ns - start_ns;
    sample->work_ns = worked_ns - ready_ns;
    sample->total_ns = pp_clock_ns() - start_ns;
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
                             .progress = &watchdog.progress};
    status = run_watched(job, &batch, sample, error);
    pp_watchdog_close(&watchdog);
    return status;
}

static int admit(unsigned workers, struct pp_error *error) {
    (void)workers;
    (void)error;
    return 0;
}

const struct pp_executor pp_executor_sequential = {.name = "sequential", .admit = admit, .run = run};
