/* The sequential executor: plain calls in the main process, the baseline of every comparison. */
#include "exec/exec.h"

#include "base/clock.h"
#include "exec/gang.h"

#include <sys/resource.h>

/* A gang of one, which works as a worker of its own would: in chunks, so that short tasks are timed alike. */
static int run_gang(struct pp_gang *gang, struct pp_sample *sample, struct pp_error *error) {
    const struct pp_observer *observer = gang->job->observer;
    struct pp_gang_worker *self = gang->workers;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    uint64_t start_ns = pp_clock_ns();
    pp_gang_enter(self);
    sample->init_ns = pp_clock_ns() - start_ns;
    int status = pp_gang_ready(gang, error);
    if (status == 0 && observer)
        pp_gang_observe(gang, observer->ready, sample, &used);
    uint64_t work_ns = pp_clock_ns();
    if (status == 0) {
        pp_gang_work(self);
        pp_gang_hand_back(self);
        status = pp_gang_conclude(gang, error);
    }
    uint64_t spent_ns = sample->init_ns + pp_clock_ns() - work_ns;
    if (status == 0 && observer)
        pp_gang_observe(gang, observer->worked, sample, &used);
    uint64_t end_ns = pp_clock_ns();
    pp_gang_leave(self);
    uint64_t ended_ns = pp_clock_ns();
    sample->total_ns = spent_ns + ended_ns - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    int collected = pp_gang_collect(gang, work_ns, sample);
    pp_recorder_pass(gang->job->recorder,
                     &(struct pp_phases){start_ns, sample->init_ns, work_ns, sample->work_ns, end_ns, ended_ns});
    return status ? status : collected;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct pp_gang gang;
    int status = pp_gang_open(&gang, job, pp_executor_sequential.name, error);
    if (status != 0)
        return status;
    status = run_gang(&gang, sample, error);
    pp_gang_close(&gang);
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
