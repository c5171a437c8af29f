#include "exec/worker.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/stop.h"
#include "exec/inputs.h"
#include "pptest/file.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Finished chunks are reported together unless the oldest has waited this long: a write costs about a microsecond. */
static const uint64_t report_after_ns = 20000;

struct serving {
    const struct pp_worker_request *request;
    const struct pp_worker_channels *channels;
    struct pp_batch batch;
    unsigned char unsent[PIPE_BUF]; /* frames not yet written */
    size_t unsent_bytes;
    uint64_t reported_ns; /* when frames were last written */
};

noreturn void pp_worker_exit(int status) { pp_child_exit(status); }

/* A worker must not outlive the process that feeds it. A fork server's worker is first the child of another process,
 * whose end is expected: the tie is made once the worker has been handed to its real parent. */
static void tie_to(pid_t main_pid) {
    uint64_t deadline_ns = pp_clock_ns() + 2 * PP_NS_PER_S;
    while (getppid() != main_pid) {
        if (pp_clock_ns() > deadline_ns)
            pp_worker_exit(1);
        sched_yield();
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != main_pid)
        pp_worker_exit(1);
}

static void report(struct serving *serving) {
    if (serving->unsent_bytes == 0)
        return;
    if (pp_write_all(serving->channels->results_fd, serving->unsent, serving->unsent_bytes) != 0)
        pp_worker_exit(1);
    serving->unsent_bytes = 0;
    serving->reported_ns = pp_clock_ns();
}

static void add_frame(struct serving *serving, struct pp_frame *frame) {
    frame->worker = serving->request->worker;
    frame->generation = serving->request->generation;
    if (serving->unsent_bytes + pp_frame_length(frame) > sizeof serving->unsent)
        report(serving);
    serving->unsent_bytes += pp_frame_encode(frame, serving->unsent + serving->unsent_bytes);
}

/* Returns false when the order is to stop. */
static bool obey(struct serving *serving, const struct pp_order *order) {
    if (order->count == 0)
        return false;
    struct pp_frame frame = {.kind = PP_FRAME_RESULT, .order = *order};
    pp_batch_run(&serving->batch, order->first, order->count, &frame.tally);
    add_frame(serving, &frame);
    if (pp_clock_ns() - serving->reported_ns > report_after_ns)
        report(serving);
    return true;
}

static void obey_until_stop(struct serving *serving) {
    struct pp_order orders[PP_FRAME_ORDERS_MAX];
    for (;;) {
        ssize_t got = read(serving->channels->orders_fd, orders, sizeof orders);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || got % (ssize_t)sizeof orders[0] != 0)
            return; /* the parent is gone */
        serving->reported_ns = pp_clock_ns();
        for (size_t i = 0; i < (size_t)got / sizeof orders[0]; i++)
            if (!obey(serving, &orders[i]))
                return;
        report(serving);
    }
}

noreturn void pp_worker_serve(const struct pp_job *job, const struct pp_worker_request *request,
                              const struct pp_worker_channels *channels) {
    pp_stop_leave_to_parent(); /* Ctrl-C reaches the whole group; what it means for workers the parent decides */
    tie_to(request->main_pid);
    struct serving serving = {.request = request,
                              .channels = channels,
                              .batch = {.task = job->task,
                                        .args = job->args,
                                        .seed = request->seed,
                                        .timeout_ns = request->timeout_ns,
                                        .resolution_ns = request->resolution_ns,
                                        .progress = channels->progress}};
    struct pp_env env = job->env;
    env.worker = request->worker;
    env.library_threads = request->library_threads;
    struct pp_frame ready = {.kind = PP_FRAME_READY};
    void *own_shared = NULL;
    int status = job->shared ? 0 : pp_inputs_open(job->task, job->args, &env, &own_shared, &ready.tally.why);
    const void *shared = job->shared ? job->shared : own_shared;
    if (status == 0)
        status = pp_batch_open(&serving.batch, shared, &env, &ready.tally.why);
    if (status != 0 && ready.tally.why.code == 0)
        pp_error_set(&ready.tally.why, status, "could not be made ready: %s", strerror(-status));
    add_frame(&serving, &ready);
    report(&serving);
    if (status == 0) {
        obey_until_stop(&serving);
        report(&serving);
        pp_batch_close(&serving.batch);
    }
    if (own_shared)
        pp_inputs_close(job->task, own_shared);
    pp_worker_exit(status == 0 ? 0 : 1);
}

noreturn void pp_worker_adopt(const struct pp_job *job, int orders_fd, int results_fd, int progress_fd) {
    struct pp_worker_request request;
    if (pp_read_full(orders_fd, &request, sizeof request) != (long)sizeof request)
        pp_worker_exit(1);
    size_t bytes = (request.worker + 1) * sizeof(struct pp_progress);
    struct pp_progress *progress = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, progress_fd, 0);
    if (progress == MAP_FAILED)
        pp_worker_exit(1);
    struct pp_worker_channels channels = {
        .orders_fd = orders_fd, .results_fd = results_fd, .progress = &progress[request.worker]};
    pp_worker_serve(job, &request, &channels);
}
