/* The thread executor: threads of this process that take chunks by themselves, without a dispatcher. */
#include "exec/exec.h"

#include "exec/limits.h"
#include "exec/threads.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct hand {
    pthread_t thread;
    struct pp_threads *threads;
    struct pp_gang_worker *worker;
};

static void *live(void *argument) {
    struct hand *hand = argument;
    pp_threads_live(hand->threads, hand->worker);
    return NULL;
}

static int cannot_create(const struct pp_threads *threads, int code) {
    return pp_error_set(threads->error, -code,
                        "only %u of %u threads could be started: %s; test fewer workers, or raise what limits them "
                        "(`ulimit -u`, `ulimit -v`, the pids.max of this process's control group)",
                        threads->started, threads->gang.count, strerror(code));
}

static int start(struct pp_threads *threads) {
    unsigned count = threads->gang.count;
    struct hand *hands = threads->own = calloc(count, sizeof *hands);
    if (!hands)
        return pp_error_set(threads->error, -ENOMEM, "no memory for %u threads", count);
    int code = 0;
    for (; threads->started < count && code == 0; threads->started += code == 0) {
        struct hand *hand = &hands[threads->started];
        *hand = (struct hand){.threads = threads, .worker = &threads->gang.workers[threads->started]};
        code = pthread_create(&hand->thread, NULL, live, hand);
    }
    return code ? cannot_create(threads, code) : 0;
}

static void work(struct pp_gang_worker *worker, void *own) {
    (void)own;
    pp_gang_work(worker);
}

static void join(struct pp_threads *threads) {
    const struct hand *hands = threads->own;
    for (unsigned i = 0; i < threads->started; i++)
        pthread_join(hands[i].thread, NULL);
    free(threads->own);
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    static const struct pp_threads_kind kind = {.name = "thread", .start = start, .work = work, .join = join};
    return pp_threads_run(&kind, job, sample, error);
}

static int supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    return pp_threads_support(&pp_executor_thread, task, plan, error);
}

const struct pp_executor pp_executor_thread = {.name = "thread",
                                               .summary = "threads of the main process, which share its memory",
                                               .supports = supports,
                                               .admit = pp_limits_admit_threads,
                                               .admit_programs = pp_limits_admit_programs,
                                               .run = run};
