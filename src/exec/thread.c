/* The thread executor: threads of this process that take chunks by themselves, without a dispatcher. */
#include "exec/exec.h"

#include "base/clock.h"
#include "exec/gang.h"
#include "exec/latch.h"
#include "exec/limits.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

struct pass;

struct hand {
    pthread_t thread;
    struct pass *pass;
    struct pp_gang_worker *worker;
};

struct pass {
    struct pp_gang gang;
    struct hand *hands;              /* one a worker */
    unsigned started;                /* of them */
    bool called_off;                 /* written before `go` opens */
    struct pp_latch ready, go;       /* all threads are; they may begin */
    struct pp_latch worked, go_home; /* no thread has anything left to do; they may end */
    struct pp_sample *sample;
    struct pp_error *error;
};

static void *live(void *argument) {
    struct hand *hand = argument;
    struct pass *pass = hand->pass;
    pp_gang_enter(hand->worker);
    pp_latch_arrive(&pass->ready, 1);
    pp_latch_wait(&pass->go);
    if (!pass->called_off)
        pp_gang_work(hand->worker);
    pp_latch_arrive(&pass->worked, 1);
    pp_latch_wait(&pass->go_home);
    pp_gang_leave(hand->worker);
    return NULL;
}

/* ---- starting and ending ---- */

static int cannot_create(const struct pass *pass, int code) {
    return pp_error_set(pass->error, -code,
                        "only %u of %u threads could be started: %s; test fewer workers, or raise what limits them "
                        "(`ulimit -u`, `ulimit -v`, the pids.max of this process's control group)",
                        pass->started, pass->gang.count, strerror(code));
}

/* Returns when those that could be started are ready. */
static int start_threads(struct pass *pass) {
    unsigned count = pass->gang.count;
    int code = 0;
    for (; pass->started < count && code == 0; pass->started += code == 0) {
        struct hand *hand = &pass->hands[pass->started];
        *hand = (struct hand){.pass = pass, .worker = &pass->gang.workers[pass->started]};
        code = pthread_create(&hand->thread, NULL, live, hand);
    }
    pp_latch_set(&pass->worked, pass->started);
    pp_latch_arrive(&pass->ready, count - pass->started);
    pp_latch_wait(&pass->ready);
    return code ? cannot_create(pass, code) : pp_gang_ready(&pass->gang, pass->error);
}

static void work(struct pass *pass) {
    pp_latch_arrive(&pass->go, 1);
    pp_latch_wait(&pass->worked);
}

static void end_threads(struct pass *pass) {
    pp_latch_arrive(&pass->go_home, 1);
    for (unsigned i = 0; i < pass->started; i++)
        pthread_join(pass->hands[i].thread, NULL);
}

/* ---- the pass ---- */

static int run_pass(struct pass *pass) {
    const struct pp_observer *observer = pass->gang.job->observer;
    struct pp_sample *sample = pass->sample;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    uint64_t start_ns = pp_clock_ns();
    int status = start_threads(pass);
    sample->init_ns = pp_clock_ns() - start_ns;
    pass->called_off = status != 0;
    if (status == 0 && observer)
        pp_gang_observe(&pass->gang, observer->ready, sample, &used);
    uint64_t work_ns = pp_clock_ns();
    work(pass);
    uint64_t spent_ns = sample->init_ns + pp_clock_ns() - work_ns;
    if (status == 0 && observer)
        pp_gang_observe(&pass->gang, observer->worked, sample, &used);
    uint64_t end_ns = pp_clock_ns();
    end_threads(pass);
    sample->total_ns = spent_ns + pp_clock_ns() - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    int collected = pp_gang_collect(&pass->gang, work_ns, sample);
    return status ? status : collected;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct pass pass = {.sample = sample, .error = error};
    int status = pp_gang_open(&pass.gang, job, pp_executor_thread.name, error);
    if (status != 0)
        return status;
    pp_latch_set(&pass.ready, pass.gang.count);
    pp_latch_set(&pass.go, 1);
    pp_latch_set(&pass.go_home, 1);
    pass.hands = calloc(pass.gang.count, sizeof *pass.hands);
    status = pass.hands ? run_pass(&pass) : pp_error_set(error, -ENOMEM, "no memory for %u threads", pass.gang.count);
    free(pass.hands);
    pp_gang_close(&pass.gang);
    return status;
}

static int supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    int status = pp_executor_takes_threads(&pp_executor_thread, task, error);
    return status ? status : pp_executor_moves_nothing(&pp_executor_thread, plan, error);
}

const struct pp_executor pp_executor_thread = {.name = "thread",
                                               .summary = "threads of the main process, which share its memory",
                                               .supports = supports,
                                               .admit = pp_limits_admit_threads,
                                               .run = run};
