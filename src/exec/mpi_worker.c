/* A pass in a rank: as a worker process does it (worker.c), but with messages for pipes. */
#include "exec/mpi_talk.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/frame.h"
#include "exec/groups.h"
#include "exec/lull.h"
#include "exec/mark.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Finished chunks are reported together unless the oldest has waited this long. */
static const uint64_t report_after_ns = 20000;

/* Who waits for work at the end of a pass must not use a CPU that others need. */
static const uint64_t pause_max_ns = 1000000;

/* What MPI sends at once, without a word from the receiver, is up to 4096 bytes in shared memory, its own header
 * included (Open MPI 4.1, btl_vader_eager_limit). A single frame may be larger, up to PIPE_BUF. */
enum { MESSAGE_BYTES = 4000 };

struct serving {
    const struct pp_worker_request *request;
    struct pp_batch batch;
    struct pp_ledger ledger;
    size_t unsent_bytes;
    uint64_t reported_ns; /* when frames were last sent */
    uint64_t busy_ns;     /* inside tasks and their verification in this spell */
    bool handed_back;     /* what a stateful task has gathered */
    struct pp_frame frame;
    unsigned char unsent[PIPE_BUF]; /* a frame and more */
};

static int report(struct serving *serving) {
    size_t count = serving->unsent_bytes;
    serving->unsent_bytes = 0;
    int status = count > 0 ? pp_mpi_send(0, PP_MPI_RESULTS, serving->unsent, count) : 0;
    serving->reported_ns = pp_clock_ns();
    return status;
}

static int add_frame(struct serving *serving) {
    struct pp_frame *frame = &serving->frame;
    frame->worker = serving->request->worker;
    frame->generation = 0;
    int status = 0;
    if (serving->unsent_bytes > 0 && serving->unsent_bytes + pp_frame_length(frame) > MESSAGE_BYTES)
        status = report(serving);
    serving->unsent_bytes += pp_frame_encode(frame, serving->unsent + serving->unsent_bytes);
    return status;
}

/* Runs a chunk, in as many parts as its times need. */
static int obey(struct serving *serving, struct pp_order order) {
    struct pp_frame *frame = &serving->frame;
    int status = 0;
    while (order.count > 0 && status == 0) {
        pp_tally_reset(&frame->tally);
        uint64_t ran = pp_batch_run(&serving->batch, order.first, order.count, &frame->tally);
        serving->busy_ns += frame->tally.wall_ns;
        frame->order = (struct pp_order){.first = order.first, .count = ran};
        status = add_frame(serving);
        order.first += ran;
        order.count -= ran;
        if (status == 0 && pp_clock_ns() - serving->reported_ns > report_after_ns)
            status = report(serving);
    }
    return status;
}

/* What a stateful task has gathered: how much, or why nothing, and then the bytes. */
static int hand_back(struct serving *serving) {
    struct pp_frame *frame = &serving->frame;
    struct pp_part part;
    pp_tally_reset(&frame->tally);
    if (pp_batch_gather(&serving->batch, &part, &frame->tally.why) != 0)
        part = (struct pp_part){0};
    frame->kind = PP_FRAME_PART;
    frame->order = (struct pp_order){.count = part.count};
    int status = add_frame(serving);
    frame->kind = PP_FRAME_RESULT;
    if (status == 0)
        status = report(serving);
    serving->handed_back = true;
    return status ? status : pp_mpi_send_all(0, PP_MPI_PART, part.bytes, part.count);
}

/* Returns 1 when told to end the pass. Like the order to hand back that comes alone, when all results are in. */
static int obey_all(struct serving *serving, const struct pp_order *orders, size_t count) {
    if (orders->count == 0)
        return orders->first == PP_ORDER_HAND_BACK ? hand_back(serving) : 1;
    int status = 0;
    for (size_t i = 0; i < count && status == 0; i++)
        status = obey(serving, orders[i]);
    return status;
}

static void close_spell(struct serving *serving, uint64_t start_ns) {
    if (serving->handed_back)
        pp_ledger_hand_back(&serving->ledger, start_ns, pp_clock_ns());
    else
        pp_ledger_spell(&serving->ledger, start_ns, serving->reported_ns, serving->busy_ns);
}

/* Waits for orders and does what has come until nothing more is there. Returns 1 at the end of the pass. */
static int serve_spell(struct serving *serving) {
    struct pp_order orders[PP_FRAME_ORDERS_MAX];
    struct pp_lull lull = {0};
    int root = 0, status = 0;
    long got;
    while ((got = pp_mpi_take(&root, PP_MPI_ORDERS, orders, sizeof orders)) == 0)
        if (pp_lull_pause(&lull, pause_max_ns) && pp_stop_poll())
            return -EINTR;
    uint64_t start_ns = serving->reported_ns = pp_clock_ns();
    serving->busy_ns = 0;
    for (; got > 0 && status == 0; got = status ? 0 : pp_mpi_take(&root, PP_MPI_ORDERS, orders, sizeof orders))
        status = got % (long)sizeof *orders == 0 ? obey_all(serving, orders, (size_t)got / sizeof *orders) : -EBADMSG;
    if (got < 0 || status < 0)
        return got < 0 ? (int)got : status;
    int sent = report(serving);
    if (sent != 0 || status == 1)
        return sent ? sent : status;
    if (!serving->batch.lean)
        close_spell(serving, start_ns);
    return pp_stop_poll() ? -EINTR : 0;
}

static int say_farewell(const struct serving *serving, struct rusage *used) {
    struct pp_mpi_farewell farewell = {.waiting_ns = atomic_load(&serving->ledger.waiting_ns),
                                       .transfer_ns = atomic_load(&serving->ledger.transfer_ns),
                                       .tail_ns = atomic_load(&serving->ledger.tail_ns)};
    pp_usage_add_own(&farewell.usage, used);
    farewell.usage.max_rss_bytes = (uint64_t)used->ru_maxrss * 1024;
    return pp_mpi_send(0, PP_MPI_FAREWELL, &farewell, sizeof farewell);
}

/* Tells how the worker was made; `why` is set when it was not. */
static int say_ready(struct serving *serving) {
    serving->frame.kind = PP_FRAME_READY;
    serving->frame.order = (struct pp_order){0, 0};
    int status = add_frame(serving);
    if (status == 0)
        status = report(serving);
    serving->frame.kind = PP_FRAME_RESULT;
    return status;
}

static int work(const struct pp_job *job, const struct pp_worker_request *request, const struct pp_groups *groups) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    struct serving serving; /* its frame is large, so reset in parts */
    serving.request = request;
    serving.unsent_bytes = 0;
    serving.handed_back = false;
    serving.ledger = (struct pp_ledger){0};
    serving.batch = (struct pp_batch){.task = job->task,
                                      .args = job->args,
                                      .seed = request->seed,
                                      .timeout_ns = request->timeout_ns,
                                      .resolution_ns = job->resolution_ns,
                                      .cpu_cost_ns = job->cpu_cost_ns,
                                      .lean = request->lean != 0};
    struct pp_env env = job->env;
    env.worker = request->worker;
    env.library_threads = request->library_threads;
    env.groups = groups->first;
    env.group_count = groups->count;
    struct pp_error *why = &serving.frame.tally.why;
    pp_tally_reset(&serving.frame.tally);
    int opened = pp_batch_open(&serving.batch, job->shared, &env, why);
    if (opened != 0 && why->code == 0)
        pp_error_set(why, opened, "could not be made ready: %s", strerror(-opened));
    int status = say_ready(&serving);
    if (opened != 0)
        return status;
    pp_ledger_open(&serving.ledger, serving.reported_ns);
    while (status == 0)
        status = serve_spell(&serving);
    pp_batch_close(&serving.batch);
    return status == 1 ? say_farewell(&serving, &used) : status;
}

/* Without a guard tasks can be run all the same. */
int pp_mpi_work(const struct pp_job *job, const struct pp_worker_request *request) {
    struct pp_groups groups = {0};
    struct pp_error error = {0};
    if (job->task->caps & PP_TASK_CHILDREN)
        pp_groups_open(&groups, 1, sizeof(int), &error);
    int status = work(job, request, &groups);
    pp_groups_close(&groups);
    if (job->task->caps & PP_TASK_CHILDREN)
        pp_marked_end();
    return status;
}
