/* The process executor: a pool of worker processes, and the dispatcher that keeps them busy. */
#include "exec/dispatch.h"

#include "base/clock.h"
#include "exec/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

static uint64_t left(const struct pp_dispatch *d) { return d->job->count - d->next; }

/* ---- handing out ---- */

/* What a lost worker of a stateful task had done may be many tasks: no more than a chunk of them at once. */
static void take_again(struct pp_dispatch *d, struct pp_span *span) {
    struct pp_span *top = &d->again[d->again_count - 1];
    uint64_t size = pp_chunk_size(&d->policy, top->count > left(d) ? top->count : left(d));
    *span = *top;
    span->count = size < top->count ? size : top->count;
    top->first += span->count;
    top->count -= span->count;
    d->again_count -= top->count == 0;
}

static bool next_span(struct pp_dispatch *d, struct pp_span *span) {
    if (d->again_count > 0) {
        take_again(d, span);
        return true;
    }
    if (left(d) == 0)
        return false;
    *span = (struct pp_span){.first = d->next, .count = pp_chunk_size(&d->policy, left(d))};
    d->next += span->count;
    return true;
}

void pp_dispatch_feed(struct pp_dispatch *d, unsigned worker) {
    struct pp_slot *slot = &d->pool.slots[worker];
    struct pp_order orders[PP_CHUNK_DEPTH_MAX];
    bool moves = pp_data_moves(&d->job->transfer);
    unsigned count = 0, depth = moves ? 1 : pp_chunk_depth(&d->policy, left(d));
    struct pp_span span;
    bool takes_tasks = slot->pid > 0 && slot->ready && !pp_deeds_asked(&d->deeds, worker);
    while (takes_tasks && slot->held < depth && next_span(d, &span)) {
        slot->chunks[(slot->head + slot->held++) % PP_CHUNK_DEPTH_MAX] = span;
        orders[count++] = (struct pp_order){.first = span.first, .count = span.count};
    }
    if (count > 0 && moves)
        pp_pool_prepare(&d->pool, worker, orders[0].first);
    if (count > 0)
        pp_pool_send(&d->pool, worker, orders, count);
}

void pp_dispatch_feed_all(struct pp_dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        pp_dispatch_feed(d, i);
}

/* ---- taking in ---- */

void pp_dispatch_note(struct pp_dispatch *d, const struct pp_error *why) {
    if (d->sample->why.code == 0)
        d->sample->why = *why;
}

static int count_result(struct pp_dispatch *d, struct pp_frame *frame) {
    if (d->deeds.workers)
        return pp_deeds_add(&d->deeds, frame, d->error);
    pp_sample_add(d->sample, &frame->tally);
    if (d->job->times)
        pp_times_drain(&frame->tally.times, d->job->times);
    return 0;
}

static int on_result(void *owner, struct pp_frame *frame) {
    struct pp_dispatch *d = owner;
    struct pp_slot *slot = &d->pool.slots[frame->worker];
    struct pp_span *span = &slot->chunks[slot->head];
    if (slot->held == 0 || span->first != frame->order.first || span->count < frame->order.count)
        return -EBADMSG;
    span->first += frame->order.count;
    span->count -= frame->order.count;
    if (span->count == 0) {
        slot->head = (slot->head + 1) % PP_CHUNK_DEPTH_MAX;
        slot->held--;
    }
    d->finished += frame->order.count;
    int status = count_result(d, frame);
    d->idle_losses = 0;
    pp_chunk_learn(&d->policy, frame->order.count, frame->tally.wall_ns);
    if (!slot->hungry)
        d->hungry[d->hungry_count++] = frame->worker;
    slot->hungry = true;
    return status;
}

/* Orders are sent once for all results that came together: fewer and larger writes. */
static void on_drained(void *owner) {
    struct pp_dispatch *d = owner;
    for (unsigned i = 0; i < d->hungry_count; i++) {
        d->pool.slots[d->hungry[i]].hungry = false;
        pp_dispatch_feed(d, d->hungry[i]);
    }
    d->hungry_count = 0;
}

static int on_ready(void *owner, unsigned worker, const struct pp_error *why) {
    struct pp_dispatch *d = owner;
    if (why->code != 0)
        return pp_error_set(d->error, why->code, "worker %u cannot start: %s", worker, why->text);
    if (d->working)
        pp_dispatch_feed(d, worker);
    return 0;
}

/* ---- handing back ---- */

static int on_part(void *owner, const struct pp_frame *frame) {
    struct pp_dispatch *d = owner;
    return pp_deeds_merge(&d->deeds, frame, d->pool.boards_fd, d->sample, d->error);
}

/* All tasks are finished. Asks those workers of a stateful task for their parts that have not been asked; returns
 * whether all parts are in. Nothing is missing of a worker that was lost: what it had done others have done again. */
static bool all_handed_back(struct pp_dispatch *d) {
    const struct pp_order order = {.first = PP_ORDER_HAND_BACK};
    bool all = true;
    for (unsigned i = 0; d->deeds.workers && i < d->job->workers; i++) {
        const struct pp_slot *slot = &d->pool.slots[i];
        struct pp_deed *deed = &d->deeds.workers[i];
        if (slot->pid == 0 || deed->merged)
            continue;
        if (slot->ready && !deed->asked)
            pp_pool_send(&d->pool, i, &order, 1);
        deed->asked |= slot->ready;
        all = false;
    }
    return all;
}

/* ---- the pass ---- */

static int listen_once(struct pp_dispatch *d) {
    const struct pp_pool_events events = {.owner = d,
                                          .ready = on_ready,
                                          .result = on_result,
                                          .part = on_part,
                                          .drained = on_drained,
                                          .lost = pp_dispatch_lost};
    uint64_t deadline_ns = d->job->timeout_ns && d->working ? pp_dispatch_end_overdue(d) : UINT64_MAX;
    return pp_pool_listen(&d->pool, deadline_ns, &events, d->error);
}

static int start_workers(struct pp_dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++) {
        int status = pp_dispatch_start(d, i);
        if (status != 0)
            return status;
    }
    while (d->pool.ready < d->job->workers) {
        int status = listen_once(d);
        if (status != 0)
            return status;
    }
    return 0;
}

static int do_work(struct pp_dispatch *d) {
    d->working = true;
    pp_dispatch_feed_all(d);
    while (d->finished < d->job->count || !all_handed_back(d)) {
        int status = listen_once(d);
        if (status != 0)
            return status;
    }
    uint64_t check;
    int status = pp_whole_conclude(&d->deeds.whole, d->sample->failed == 0, &check, d->error);
    d->sample->check += check;
    return status;
}

/* Lets the observer look, outside of all that is measured. */
static void observe(struct pp_dispatch *d, void (*look)(void *owner, const struct pp_crew *crew), struct rusage *used) {
    pp_usage_add_own(&d->sample->usage, used);
    const struct pp_crew crew = {.ids = d->pids, .count = pp_pool_pids(&d->pool, d->pids)};
    look(d->job->observer->owner, &crew);
    getrusage(RUSAGE_SELF, used);
}

/* What the workers wrote down is complete once they have ended. */
static void add_ledgers(struct pp_dispatch *d) {
    for (unsigned i = 0; i < d->job->workers && !d->job->lean; i++)
        pp_ledger_add(&d->pool.boards[i].ledger, d->work_start_ns, d->work_end_ns, &d->sample->ledger);
}

static void end_workers(struct pp_dispatch *d, bool at_once) {
    unsigned disorderly = pp_pool_end(&d->pool, at_once);
    if (disorderly > 0) {
        struct pp_error why = {0};
        pp_error_set(&why, -ECHILD, "%u workers did not end in good order after their last task", disorderly);
        pp_dispatch_note(d, &why);
    }
    d->sample->workers_lost += disorderly;
}

/* Starting up and working, each with its clock; between them and after them the observer looks. */
static int start_and_work(struct pp_dispatch *d, struct rusage *used) {
    const struct pp_observer *observer = d->job->observer;
    uint64_t start_ns = d->start_ns = pp_clock_ns();
    int status = pp_pool_open(&d->pool, d->job, &d->sample->usage, d->error);
    if (status != 0)
        return status;
    status = start_workers(d);
    d->sample->init_ns = pp_clock_ns() - start_ns;
    if (status == 0 && observer)
        observe(d, observer->ready, used);
    d->work_start_ns = d->work_end_ns = pp_clock_ns();
    if (status == 0) {
        status = do_work(d);
        d->work_end_ns = pp_clock_ns();
    }
    d->sample->work_ns = d->work_end_ns - d->work_start_ns;
    if (status == 0 && observer)
        observe(d, observer->worked, used);
    return status;
}

static int run_pass(struct pp_dispatch *d) {
    struct pp_sample *sample = d->sample;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    int status = start_and_work(d, &used);
    if (!d->pool.job) /* it could not be opened */
        return status;
    uint64_t end_ns = pp_clock_ns();
    end_workers(d, status != 0);
    add_ledgers(d);
    pp_pool_close(&d->pool);
    uint64_t ended_ns = pp_clock_ns();
    sample->total_ns = sample->init_ns + sample->work_ns + ended_ns - end_ns;
    pp_recorder_pass(d->job->recorder, &(struct pp_phases){d->start_ns, sample->init_ns, d->work_start_ns,
                                                           sample->work_ns, end_ns, ended_ns});
    pp_usage_add_own(&sample->usage, &used);
    sample->complete = status == 0;
    return status;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct pp_dispatch d = {
        .job = job,
        .policy = {.fixed = pp_data_moves(&job->transfer) ? 1 : job->chunk_size, .workers = job->workers},
        .sample = sample,
        .error = error};
    d.hungry = calloc(job->workers, sizeof *d.hungry);
    d.pids = calloc(job->workers, sizeof *d.pids);
    int status = pp_deeds_open(&d.deeds, job, error);
    if (status == 0)
        status =
            d.hungry && d.pids ? run_pass(&d) : pp_error_set(error, -ENOMEM, "no memory for %u workers", job->workers);
    pp_deeds_close(&d.deeds);
    free(d.again);
    free(d.hungry);
    free(d.pids);
    return status;
}

const struct pp_executor pp_executor_process = {.name = "process",
                                                .summary = "worker processes, fed through pipes",
                                                .supports = pp_data_supports,
                                                .admit = pp_limits_admit,
                                                .admit_data = pp_data_admit,
                                                .run = run};
