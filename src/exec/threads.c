#include "exec/threads.h"

#include "base/clock.h"
#include "exec/recorder.h"

#include <sys/resource.h>

/* Whoever is woken by a thread that goes on working goes to a CPU that is idle; two who have slept on one CPU, and are
 * woken together, may begin there one after the other. */
static void wait_for_go(struct pp_threads *threads, unsigned index) {
    bool relayed = threads->kind->first_wakes_others;
    pp_latch_wait(relayed && index > 0 ? &threads->relayed : &threads->go);
    if (relayed && index == 0)
        pp_latch_arrive(&threads->relayed, 1);
}

void pp_threads_live(struct pp_threads *threads, struct pp_gang_worker *worker) {
    pp_gang_enter(worker);
    pp_latch_arrive(&threads->ready, 1);
    wait_for_go(threads, worker->index);
    if (!threads->called_off) {
        threads->kind->work(worker, threads->own);
        pp_gang_hand_back(worker);
    }
    pp_latch_arrive(&threads->worked, 1);
    pp_latch_wait(&threads->go_home);
    pp_gang_leave(worker);
}

/* Returns when those that could be started are ready. */
static int start(struct pp_threads *threads) {
    unsigned count = threads->gang.count;
    int status = threads->kind->start(threads);
    pp_latch_arrive(&threads->worked, count - threads->started);
    pp_latch_arrive(&threads->ready, count - threads->started);
    pp_latch_wait(&threads->ready);
    return status ? status : pp_gang_ready(&threads->gang, threads->error);
}

static void work(struct pp_threads *threads) {
    pp_latch_arrive(&threads->go, 1);
    pp_latch_wait(&threads->worked);
}

static void end(struct pp_threads *threads) {
    pp_latch_arrive(&threads->go_home, 1);
    threads->kind->join(threads);
}

static int run_pass(struct pp_threads *threads) {
    const struct pp_observer *observer = threads->gang.job->observer;
    struct pp_sample *sample = threads->sample;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    uint64_t start_ns = pp_clock_ns();
    int status = start(threads);
    sample->init_ns = pp_clock_ns() - start_ns;
    threads->called_off = status != 0;
    if (status == 0 && observer)
        pp_gang_observe(&threads->gang, observer->ready, sample, &used);
    uint64_t work_ns = pp_clock_ns();
    work(threads);
    if (status == 0)
        status = pp_gang_conclude(&threads->gang, threads->error);
    uint64_t spent_ns = sample->init_ns + pp_clock_ns() - work_ns;
    if (status == 0 && observer)
        pp_gang_observe(&threads->gang, observer->worked, sample, &used);
    uint64_t end_ns = pp_clock_ns();
    end(threads);
    uint64_t ended_ns = pp_clock_ns();
    sample->total_ns = spent_ns + ended_ns - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    int collected = pp_gang_collect(&threads->gang, work_ns, sample);
    pp_recorder_pass(threads->gang.job->recorder,
                     &(struct pp_phases){start_ns, sample->init_ns, work_ns, sample->work_ns, end_ns, ended_ns});
    return status ? status : collected;
}

int pp_threads_run(const struct pp_threads_kind *kind, const struct pp_job *job, struct pp_sample *sample,
                   struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct pp_threads threads = {.kind = kind, .sample = sample, .error = error};
    int status = pp_gang_open(&threads.gang, job, kind->name, error);
    if (status != 0)
        return status;
    pp_latch_set(&threads.ready, threads.gang.count);
    pp_latch_set(&threads.worked, threads.gang.count);
    pp_latch_set(&threads.go, 1);
    pp_latch_set(&threads.relayed, 1);
    pp_latch_set(&threads.go_home, 1);
    status = run_pass(&threads);
    pp_gang_close(&threads.gang);
    return status;
}

int pp_threads_support(const struct pp_executor *executor, const struct pp_task *task, const struct pp_case *plan,
                       struct pp_error *error) {
    int status = pp_executor_takes_threads(executor, task, error);
    return status ? status : pp_executor_moves_nothing(executor, plan, error);
}
