#include "exec/worker.h"

#include "base/child.h"
#include "base/clock.h"
#include "base/stop.h"
#include "exec/inputs.h"
#include "exec/parts.h"
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
    struct pp_data_end data;
    size_t unsent_bytes;
    uint64_t reported_ns;           /* when frames were last written */
    uint64_t busy_ns;               /* inside tasks and their verification since orders last arrived */
    struct pp_frame frame;          /* the chunk being run; large, so reset in parts */
    unsigned char unsent[PIPE_BUF]; /* frames not yet written */
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

static void add_frame(struct serving *serving) {
    struct pp_frame *frame = &serving->frame;
    frame->worker = serving->request->worker;
    frame->generation = serving->request->generation;
    if (serving->unsent_bytes + pp_frame_length(frame) > sizeof serving->unsent)
        report(serving);
    serving->unsent_bytes += pp_frame_encode(frame, serving->unsent + serving->unsent_bytes);
}

/* Runs a chunk, in as many parts as its times need. */
static void obey(struct serving *serving, struct pp_order order) {
    struct pp_frame *frame = &serving->frame;
    while (order.count > 0) {
        pp_tally_reset(&frame->tally);
        uint64_t ran = pp_batch_run(&serving->batch, order.first, order.count, &frame->tally);
        serving->busy_ns += frame->tally.wall_ns;
        frame->order = (struct pp_order){.first = order.first, .count = ran};
        add_frame(serving);
        order.first += ran;
        order.count -= ran;
        if (pp_clock_ns() - serving->reported_ns > report_after_ns)
            report(serving);
    }
}

/* Moves the task's input and result too. Returns false when the input came damaged: the task has failed, and nobody
 * knows what is in the pipe. */
static bool run_with_data(struct serving *serving, uint64_t index) {
    struct pp_tally *tally = &serving->frame.tally;
    struct pp_error why = {0};
    pp_tally_reset(tally);
    pp_batch_hold(&serving->batch, index);
    int status = pp_data_receive(&serving->data, &why);
    if (status == 0)
        pp_batch_run(&serving->batch, index, 1, tally);
    else if (status != -EBADMSG)
        pp_worker_exit(1); /* the parent is gone */
    else
        pp_tally_fail(tally, index, &why);
    serving->busy_ns += tally->wall_ns;
    pp_batch_hold(&serving->batch, index);
    if (tally->done && pp_data_deliver(&serving->data) != 0)
        pp_worker_exit(1);
    pp_batch_let_go(&serving->batch);
    return status == 0;
}

static void obey_with_data(struct serving *serving, struct pp_order order) {
    for (uint64_t i = 0; i < order.count; i++) {
        bool sound = run_with_data(serving, order.first + i);
        serving->frame.order = (struct pp_order){.first = order.first + i, .count = 1};
        add_frame(serving);
        report(serving);
        if (!sound)
            pp_worker_exit(1);
    }
}

/* What a stateful task has gathered. */
static void hand_back(struct serving *serving) {
    struct pp_frame *frame = &serving->frame;
    struct pp_error *why = &frame->tally.why;
    struct pp_part part;
    pp_tally_reset(&frame->tally);
    if (pp_batch_gather(&serving->batch, &part, why) == 0)
        pp_parts_put(serving->channels->parts_fd, serving->request->worker, &part, why);
    frame->kind = PP_FRAME_PART;
    frame->order = (struct pp_order){.count = part.count};
    add_frame(serving);
    frame->kind = PP_FRAME_RESULT;
}

static void close_spell(struct serving *serving, uint64_t start_ns, bool handed_back) {
    struct pp_ledger *ledger = &serving->channels->board->ledger;
    report(serving);
    if (serving->batch.lean)
        return;
    if (handed_back)
        pp_ledger_hand_back(ledger, start_ns, serving->reported_ns);
    else
        pp_ledger_spell(ledger, start_ns, serving->reported_ns, serving->busy_ns);
}

static void obey_until_stop(struct serving *serving) {
    struct pp_order orders[PP_FRAME_ORDERS_MAX];
    for (;;) {
        ssize_t got = read(serving->channels->orders_fd, orders, sizeof orders);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || got % (ssize_t)sizeof orders[0] != 0)
            return; /* the parent is gone */
        uint64_t start_ns = serving->reported_ns = pp_clock_ns();
        serving->busy_ns = 0;
        bool handing_back = orders[0].count == 0 && orders[0].first == PP_ORDER_HAND_BACK;
        if (handing_back)
            hand_back(serving);
        for (size_t i = 0; i < (size_t)got / sizeof orders[0] && !handing_back; i++) {
            if (orders[i].count ==
                0) /* to stop: like the order to hand back, it comes when all results are in, alone */
                return;
            if (serving->data.input || serving->data.output)
                obey_with_data(serving, orders[i]);
            else
                obey(serving, orders[i]);
        }
        close_spell(serving, start_ns, handing_back);
    }
}

noreturn void pp_worker_serve(const struct pp_job *job, const struct pp_worker_request *request,
                              const struct pp_worker_channels *channels) {
    pp_stop_leave_to_parent(); /* Ctrl-C reaches the whole group; what it means for workers the parent decides */
    tie_to(request->main_pid);
    struct serving serving; /* set member by member: most of its memory is not touched by a worker that gets no work */
    serving.request = request;
    serving.channels = channels;
    serving.unsent_bytes = 0;
    serving.batch = (struct pp_batch){.task = job->task,
                                      .args = job->args,
                                      .seed = request->seed,
                                      .timeout_ns = request->timeout_ns,
                                      .resolution_ns = request->resolution_ns,
                                      .cpu_cost_ns = request->cpu_cost_ns,
                                      .lean = request->lean != 0,
                                      .progress = &channels->board->progress,
                                      .lane = channels->lane};
    serving.data = (struct pp_data_end){0};
    struct pp_env env = job->env;
    env.worker = request->worker;
    env.library_threads = request->library_threads;
    env.groups = &channels->board->group;
    env.group_count = 1;
    struct pp_error *why = &serving.frame.tally.why;
    pp_tally_reset(&serving.frame.tally);
    serving.frame.kind = PP_FRAME_READY;
    serving.frame.order = (struct pp_order){0, 0};
    void *own_shared = NULL;
    int status =
        pp_cpu_mask_apply(&request->cpus, why); /* before the task's library starts threads, which inherit it */
    if (status == 0 && !job->shared)
        status = pp_inputs_open(job->task, job->args, &env, &own_shared, why);
    const void *shared = job->shared ? job->shared : own_shared;
    if (status == 0)
        status = pp_data_adopt(&serving.data, &request->data, &channels->data, request->worker, why);
    serving.batch.input = serving.data.input;
    serving.batch.result = serving.data.output;
    if (status == 0)
        status = pp_batch_open(&serving.batch, shared, &env, why);
    if (status != 0 && why->code == 0)
        pp_error_set(why, status, "could not be made ready: %s", strerror(-status));
    add_frame(&serving);
    report(&serving);
    serving.frame.kind = PP_FRAME_RESULT;
    if (status == 0) {
        pp_ledger_open(&channels->board->ledger, serving.reported_ns);
        obey_until_stop(&serving);
        report(&serving);
        pp_batch_close(&serving.batch);
    }
    if (own_shared)
        pp_inputs_close(job->task, own_shared);
    pp_worker_exit(status == 0 ? 0 : 1);
}

noreturn void pp_worker_adopt(const struct pp_job *job, const struct pp_worker_fds *fds) {
    struct pp_worker_request request;
    if (pp_read_full(fds->orders, &request, sizeof request) != (long)sizeof request)
        pp_worker_exit(1);
    size_t bytes = (request.worker + 1) * sizeof(struct pp_board);
    struct pp_board *boards = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds->boards, 0);
    if (boards == MAP_FAILED)
        pp_worker_exit(1);
    bool takes_input = request.data.input_bytes > 0, gives_result = request.data.result_bytes > 0;
    struct pp_worker_channels channels = {.orders_fd = fds->orders,
                                          .results_fd = fds->results,
                                          .parts_fd = fds->boards,
                                          .data = {fds->others[0], fds->others[takes_input]},
                                          .board = &boards[request.worker]};
    if (request.recorder_bytes > 0)
        channels.lane =
            pp_recorder_adopt(fds->others[takes_input + gives_result], request.recorder_bytes, request.worker);
    if (request.recorder_bytes > 0 && !channels.lane.memory)
        pp_worker_exit(1);
    pp_worker_serve(job, &request, &channels);
}
