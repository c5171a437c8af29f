/* The MPI executor: rank 0 hands out, the first `workers` of the other ranks work. */
#include "exec/mpi.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/stop.h"
#include "exec/chunk.h"
#include "exec/frame.h"
#include "exec/lull.h"
#include "exec/mpi_talk.h"
#include "exec/whole.h"
#include "pptest/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* How much later than its last task may have run out its time a worker is given up: it is better to see it end and
 * count that task as failed. */
static const uint64_t overdue_grace_ns = PP_NS_PER_S;

/* While messages keep coming, other things are looked after once in so many. */
enum { MESSAGES_AT_ONCE = 256 };

static const uint64_t pause_max_ns = 1000000;

/* What rank 0 knows of a worker, which is rank number + 1. */
struct seat {
    bool ready;
    bool asked, handed_back; /* for, and what, it has gathered of a stateful task */
    unsigned head, held;     /* ring of the chunks it holds, in the order it runs them */
    uint64_t heard_ns;       /* when its last result or its part came, or it was given work after none */
    uint64_t busy_ns;        /* inside tasks and their verification, by its own clock */
    struct pp_order chunks[PP_CHUNK_DEPTH_MAX];
};

struct dispatch {
    const struct pp_job *job;
    struct pp_chunk_policy policy;
    struct seat *seats;
    pid_t *pids; /* for the observer */
    uint64_t next, finished;
    unsigned heard_of;      /* workers that are ready, or are not going to be */
    struct pp_error unable; /* why the first of those is not, or why there is no whole answer: the ranks are sound */
    struct pp_whole whole;  /* of a stateful task */
    struct pp_buffer part;  /* for what a worker has handed back */
    unsigned messages;      /* since other things were looked after */
    struct pp_lull lull;
    uint64_t work_start_ns, work_end_ns;
    struct pp_sample *sample;
    struct pp_error *error;
    unsigned char bytes[PIPE_BUF]; /* a message of results */
};

static uint64_t left(const struct dispatch *d) { return d->job->count - d->next; }

/* ---- handing out ---- */

static int feed(struct dispatch *d, unsigned worker) {
    struct seat *seat = &d->seats[worker];
    struct pp_order orders[PP_CHUNK_DEPTH_MAX];
    unsigned count = 0, depth = pp_chunk_depth(&d->policy, left(d));
    if (seat->held == 0)
        seat->heard_ns = pp_clock_ns();
    while (seat->held < depth && left(d) > 0) {
        struct pp_order order = {.first = d->next, .count = pp_chunk_size(&d->policy, left(d))};
        seat->chunks[(seat->head + seat->held++) % PP_CHUNK_DEPTH_MAX] = order;
        orders[count++] = order;
        d->next += order.count;
    }
    return count > 0 ? pp_mpi_send((int)worker + 1, PP_MPI_ORDERS, orders, count * sizeof *orders) : 0;
}

/* ---- taking in ---- */

static int take_result(struct dispatch *d, struct pp_frame *frame) {
    struct seat *seat = &d->seats[frame->worker];
    struct pp_order *chunk = &seat->chunks[seat->head];
    if (seat->held == 0 || chunk->first != frame->order.first || chunk->count < frame->order.count)
        return -EBADMSG;
    chunk->first += frame->order.count;
    chunk->count -= frame->order.count;
    if (chunk->count == 0) {
        seat->head = (seat->head + 1) % PP_CHUNK_DEPTH_MAX;
        seat->held--;
    }
    d->finished += frame->order.count;
    seat->busy_ns += frame->tally.wall_ns;
    pp_sample_add(d->sample, &frame->tally);
    if (d->job->times)
        pp_times_drain(&frame->tally.times, d->job->times);
    pp_chunk_learn(&d->policy, frame->order.count, frame->tally.wall_ns);
    return 0;
}

static int take_ready(struct dispatch *d, const struct pp_frame *frame) {
    const struct pp_error *why = &frame->tally.why;
    d->heard_of++;
    d->seats[frame->worker].ready = why->code == 0;
    if (why->code != 0 && d->unable.code == 0)
        pp_error_set(&d->unable, why->code, "worker %u (rank %u on %s) cannot start: %s", frame->worker,
                     frame->worker + 1, d->job->ranks->ranks[frame->worker].host, why->text);
    return 0;
}

/* What a worker has gathered follows on its frame. Words go where they do not end the job: its ranks are sound. */
static int take_part(struct dispatch *d, const struct pp_frame *frame) {
    struct seat *seat = &d->seats[frame->worker];
    size_t count = frame->order.count;
    if (!seat->asked || seat->handed_back)
        return -EBADMSG;
    seat->handed_back = true;
    if (frame->tally.why.code != 0) {
        if (d->unable.code == 0)
            pp_whole_missing(frame->worker, &frame->tally.why, &d->unable);
        return 0;
    }
    if (pp_buffer_reserve(&d->part, count) != 0)
        return pp_error_set(d->error, -ENOMEM, "no memory for the %zu bytes that worker %u has gathered", count,
                            frame->worker);
    int status = pp_mpi_receive_all((int)frame->worker + 1, PP_MPI_PART, d->part.data, count);
    seat->heard_ns = pp_clock_ns();
    if (status == 0 && d->unable.code == 0)
        pp_whole_add(&d->whole, frame->worker, &(struct pp_part){count ? d->part.data : NULL, count}, &d->unable);
    return status;
}

static int take_frame(struct dispatch *d, struct pp_frame *frame) {
    if (frame->kind == PP_FRAME_READY)
        return take_ready(d, frame);
    return frame->kind == PP_FRAME_PART ? take_part(d, frame) : take_result(d, frame);
}

/* A message of one frame or more, all from the same worker. */
static int take_message(struct dispatch *d, unsigned worker, size_t count) {
    struct pp_frame frame;
    uint64_t heard_ns = pp_clock_ns();
    for (size_t at = 0; at < count;) {
        long length = pp_frame_decode(d->bytes + at, count - at, &frame);
        if (length <= 0 || frame.worker != worker)
            return -EBADMSG;
        d->seats[worker].heard_ns = heard_ns;
        int status = take_frame(d, &frame);
        if (status != 0)
            return status;
        at += (size_t)length;
    }
    return 0;
}

/* ---- time limits ---- */

/* A rank cannot be ended without the whole job: the work ends here. */
static int find_overdue(struct dispatch *d) {
    uint64_t now_ns = pp_clock_ns(), timeout_ns = d->job->timeout_ns;
    for (unsigned i = 0; i < d->job->workers && timeout_ns > 0; i++) {
        const struct seat *seat = &d->seats[i];
        const struct pp_order *chunk = &seat->chunks[seat->head];
        if (seat->held == 0 || now_ns < seat->heard_ns + overdue_grace_ns ||
            (now_ns - seat->heard_ns - overdue_grace_ns) / timeout_ns < chunk->count)
            continue;
        return pp_error_set(d->error, -ETIMEDOUT,
                            "worker %u (rank %u on %s) ran past the task_timeout of %s s, in or after task %llu; a "
                            "rank cannot be ended alone: the MPI job ends here",
                            i, i + 1, d->job->ranks->ranks[i].host, pp_figure_of(pp_seconds(timeout_ns), 3).text,
                            (unsigned long long)chunk->first);
    }
    return 0;
}

static int look_after(struct dispatch *d) {
    d->messages = 0;
    if (pp_stop_poll())
        return -EINTR;
    return d->finished < d->job->count ? find_overdue(d) : 0;
}

/* ---- the pass ---- */

/* Reports come once a chunk, unless more are waiting behind it. */
static uint64_t pause_ns(const struct dispatch *d) {
    if (d->policy.task_ns <= 0.0)
        return pause_max_ns;
    uint64_t chunk = pp_chunk_size(&d->policy, left(d) ? left(d) : 1);
    return pp_lull_best_ns(d->policy.task_ns * (double)chunk, d->job->workers);
}

/* Takes in one message, if one is there, and feeds its sender. */
static int listen_once(struct dispatch *d, bool working) {
    int from = MPI_ANY_SOURCE;
    long got = pp_mpi_take(&from, PP_MPI_RESULTS, d->bytes, sizeof d->bytes);
    if (got < 0)
        return (int)got;
    if (got == 0)
        return pp_lull_pause(&d->lull, pause_ns(d)) ? look_after(d) : 0;
    d->lull = (struct pp_lull){0};
    unsigned worker = (unsigned)from - 1;
    int status = worker < d->job->workers ? take_message(d, worker, (size_t)got) : -EBADMSG;
    if (status == 0 && working)
        status = feed(d, worker);
    if (status == 0 && ++d->messages >= MESSAGES_AT_ONCE)
        status = look_after(d);
    return status;
}

static int start_workers(struct dispatch *d) {
    const struct pp_job *job = d->job;
    struct pp_mpi_command command = {.kind = PP_MPI_PASS};
    command.pass = (struct pp_worker_request){.seed = job->seed,
                                              .timeout_ns = job->timeout_ns,
                                              .library_threads = job->env.library_threads,
                                              .lean = job->lean};
    int status = 0;
    for (unsigned i = 0; i < job->workers && status == 0; i++) {
        command.pass.worker = i;
        status = pp_ranks_command(job->ranks, i, &command);
    }
    while (status == 0 && d->heard_of < job->workers)
        status = listen_once(d, false);
    return status;
}

/* All tasks are finished: asks the workers of a stateful task for what they have gathered. */
static int ask_for_parts(struct dispatch *d) {
    const struct pp_order order = {.first = PP_ORDER_HAND_BACK};
    int status = 0;
    for (unsigned i = 0; i < d->job->workers && status == 0; i++) {
        d->seats[i].asked = true;
        status = pp_mpi_send((int)i + 1, PP_MPI_ORDERS, &order, sizeof order);
    }
    return status;
}

static bool all_handed_back(const struct dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        if (!d->seats[i].handed_back)
            return false;
    return true;
}

static int get_whole(struct dispatch *d) {
    uint64_t check = 0;
    int status = ask_for_parts(d);
    while (status == 0 && !all_handed_back(d))
        status = listen_once(d, false);
    if (status == 0 && d->unable.code == 0)
        pp_whole_conclude(&d->whole, d->sample->failed == 0, &check, &d->unable);
    d->sample->check += check;
    return status;
}

static int do_work(struct dispatch *d) {
    int status = 0;
    for (unsigned i = 0; i < d->job->workers && status == 0; i++)
        status = feed(d, i);
    while (status == 0 && d->finished < d->job->count)
        status = listen_once(d, true);
    return status == 0 && d->whole.memory ? get_whole(d) : status;
}

/* Clocks of different hosts are never compared: how long a worker had its part in the work is known here, what it did
 * meanwhile it has told. The rest is the way of its first order and its last result. */
static void add_ledger(struct dispatch *d, const struct seat *seat, const struct pp_mpi_farewell *told) {
    struct pp_ledger_sum *sum = &d->sample->ledger;
    uint64_t end_ns = seat->busy_ns > 0 ? seat->heard_ns : d->work_start_ns;
    uint64_t span_ns = end_ns > d->work_start_ns ? end_ns - d->work_start_ns : 0;
    uint64_t told_ns = seat->busy_ns + told->waiting_ns + told->transfer_ns + told->tail_ns;
    sum->waiting_ns += told->waiting_ns + (span_ns > told_ns ? span_ns - told_ns : 0);
    uint64_t late_ns = told_ns > span_ns ? told_ns - span_ns : 0; /* to notice that its part had been taken */
    sum->transfer_ns += told->transfer_ns > late_ns ? told->transfer_ns - late_ns : 0;
    sum->tail_ns += told->tail_ns + (d->work_end_ns > end_ns ? d->work_end_ns - end_ns : 0);
}

static void add_usage(struct pp_usage *usage, const struct pp_usage *more) {
    usage->user_ns += more->user_ns;
    usage->system_ns += more->system_ns;
    usage->minor_faults += more->minor_faults;
    usage->major_faults += more->major_faults;
    usage->voluntary += more->voluntary;
    usage->involuntary += more->involuntary;
    if (more->max_rss_bytes > usage->max_rss_bytes)
        usage->max_rss_bytes = more->max_rss_bytes;
}

/* Those that were made ready end the pass, and tell how it was. */
static int end_workers(struct dispatch *d) {
    const struct pp_order stop = {.count = 0};
    int status = 0;
    for (unsigned i = 0; i < d->job->workers && status == 0; i++)
        if (d->seats[i].ready)
            status = pp_mpi_send((int)i + 1, PP_MPI_ORDERS, &stop, sizeof stop);
    for (unsigned i = 0; i < d->job->workers && status == 0; i++) {
        struct pp_mpi_farewell told;
        if (!d->seats[i].ready)
            continue;
        status = pp_mpi_receive((int)i + 1, PP_MPI_FAREWELL, &told, sizeof told);
        if (status == 0)
            add_usage(&d->sample->usage, &told.usage);
        if (status == 0 && !d->job->lean)
            add_ledger(d, &d->seats[i], &told);
    }
    return status;
}

/* Looks at the workers where all are on this host: what is seen of some of them alone would mean nothing. */
static void observe(struct dispatch *d, void (*look)(void *owner, const struct pp_crew *crew), struct rusage *used) {
    for (unsigned i = 0; i < d->job->workers; i++) {
        if (!d->job->ranks->ranks[i].here)
            return;
        d->pids[i] = d->job->ranks->ranks[i].pid;
    }
    pp_usage_add_own(&d->sample->usage, used);
    look(d->job->observer->owner, &(const struct pp_crew){.ids = d->pids, .count = d->job->workers});
    getrusage(RUSAGE_SELF, used);
}

/* Starting up and working, each with its clock; between them and after them the observer looks. */
static int start_and_work(struct dispatch *d, struct rusage *used) {
    const struct pp_observer *observer = d->job->observer;
    uint64_t start_ns = pp_clock_ns();
    int status = start_workers(d);
    d->sample->init_ns = pp_clock_ns() - start_ns;
    bool able = status == 0 && d->unable.code == 0;
    if (able && observer)
        observe(d, observer->ready, used);
    d->work_start_ns = d->work_end_ns = pp_clock_ns();
    if (able) {
        d->lull = (struct pp_lull){0};
        status = do_work(d);
        d->work_end_ns = pp_clock_ns();
    }
    d->sample->work_ns = d->work_end_ns - d->work_start_ns;
    if (able && status == 0 && observer)
        observe(d, observer->worked, used);
    return status;
}

static int run_pass(struct dispatch *d) {
    struct pp_sample *sample = d->sample;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    int status = start_and_work(d, &used);
    uint64_t end_ns = pp_clock_ns();
    if (status == 0)
        status = end_workers(d);
    sample->total_ns = sample->init_ns + sample->work_ns + pp_clock_ns() - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    pp_sample_use_children(sample);
    if (status != 0)
        return pp_ranks_fail(d->job->ranks, status, d->error);
    if (d->unable.code != 0) {
        *d->error = d->unable;
        return d->unable.code;
    }
    sample->complete = true;
    return 0;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct dispatch d = {
        .job = job, .policy = {.fixed = job->chunk_size, .workers = job->workers}, .sample = sample, .error = error};
    d.seats = calloc(job->workers, sizeof *d.seats);
    d.pids = calloc(job->workers, sizeof *d.pids);
    int status = pp_whole_open(&d.whole, job, error);
    if (status == 0)
        status =
            d.seats && d.pids ? run_pass(&d) : pp_error_set(error, -ENOMEM, "no memory for %u workers", job->workers);
    pp_whole_close(&d.whole);
    pp_buffer_release(&d.part);
    free(d.seats);
    free(d.pids);
    return status;
}

static int supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    (void)task;
    if (plan->pin != PP_PIN_NONE)
        return pp_error_at(error, -ENOTSUP, "pin",
                           "the mpi executor cannot place its workers: mpirun does, with --map-by and --bind-to; leave "
                           "\"pin\" out");
    return pp_executor_moves_nothing(&pp_executor_mpi, plan, error);
}

static int admit(unsigned workers, struct pp_error *error) {
    unsigned ranks = pp_mpi_size();
    if (workers < ranks)
        return 0;
    return pp_error_set(error, -EAGAIN, "%u %s by mpi need `mpirun -n %u pptest-mpi …`, but there %s %u %s", workers,
                        workers == 1 ? "worker" : "workers", workers + 1, ranks == 1 ? "is" : "are", ranks,
                        ranks == 1 ? "rank" : "ranks");
}

const struct pp_executor pp_executor_mpi = {.name = "mpi",
                                            .summary = "the ranks of an MPI job, on this host and others",
                                            .supports = supports,
                                            .admit = admit,
                                            .run = run};
