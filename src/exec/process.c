/* The process executor: a pool of worker processes, and the dispatcher that keeps them busy. */
#include "exec/exec.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/limits.h"
#include "exec/pool.h"
#include "exec/start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Workers that end without having begun a task, one after another without a result in between, before the pass is given
 * up: what kills them before they work would kill the next ones too. */
enum { IDLE_LOSSES_MAX = 3 };

struct dispatch {
    const struct pp_job *job;
    struct pp_pool pool;
    struct pp_chunk_policy policy;
    uint64_t next;         /* first task not yet handed out */
    uint64_t finished;     /* tasks done or failed */
    struct pp_span *again; /* spans to hand out again, before all others */
    size_t again_count, again_room;
    unsigned *hungry; /* workers that have reported since orders were last sent, each once */
    unsigned hungry_count;
    unsigned idle_losses;
    bool working; /* false while starting up */
    uint64_t work_start_ns, work_end_ns;
    pid_t *pids; /* for the observer, one a worker */
    struct pp_sample *sample;
    struct pp_error *error;
};

static uint64_t left(const struct dispatch *d) { return d->job->count - d->next; }

/* ---- handing out ---- */

static bool next_span(struct dispatch *d, struct pp_span *span) {
    if (d->again_count > 0) {
        *span = d->again[--d->again_count];
        return true;
    }
    if (left(d) == 0)
        return false;
    *span = (struct pp_span){.first = d->next, .count = pp_chunk_size(&d->policy, left(d))};
    d->next += span->count;
    return true;
}

static void feed(struct dispatch *d, unsigned worker) {
    struct pp_slot *slot = &d->pool.slots[worker];
    struct pp_order orders[PP_CHUNK_DEPTH_MAX];
    bool moves = pp_data_moves(&d->job->transfer);
    unsigned count = 0, depth = moves ? 1 : pp_chunk_depth(&d->policy, left(d));
    struct pp_span span;
    while (slot->pid > 0 && slot->ready && slot->held < depth && next_span(d, &span)) {
        slot->chunks[(slot->head + slot->held++) % PP_CHUNK_DEPTH_MAX] = span;
        orders[count++] = (struct pp_order){.first = span.first, .count = span.count};
    }
    if (count > 0 && moves)
        pp_pool_prepare(&d->pool, worker, orders[0].first);
    if (count > 0)
        pp_pool_send(&d->pool, worker, orders, count);
}

static void feed_all(struct dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        feed(d, i);
}

/* ---- taking in ---- */

static void note_failure(struct dispatch *d, const struct pp_error *why) {
    if (d->sample->why.code == 0)
        d->sample->why = *why;
}

static int on_result(void *owner, struct pp_frame *frame) {
    struct dispatch *d = owner;
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
    pp_sample_add(d->sample, &frame->tally);
    if (d->job->times)
        pp_times_drain(&frame->tally.times, d->job->times);
    d->idle_losses = 0;
    pp_chunk_learn(&d->policy, frame->order.count, frame->tally.wall_ns);
    if (!slot->hungry)
        d->hungry[d->hungry_count++] = frame->worker;
    slot->hungry = true;
    return 0;
}

/* Orders are sent once for all results that came together: fewer and larger writes. */
static void on_drained(void *owner) {
    struct dispatch *d = owner;
    for (unsigned i = 0; i < d->hungry_count; i++) {
        d->pool.slots[d->hungry[i]].hungry = false;
        feed(d, d->hungry[i]);
    }
    d->hungry_count = 0;
}

static int on_ready(void *owner, unsigned worker, const struct pp_error *why) {
    struct dispatch *d = owner;
    if (why->code != 0)
        return pp_error_set(d->error, why->code, "worker %u cannot start: %s", worker, why->text);
    if (d->working)
        feed(d, worker);
    return 0;
}

/* ---- starting and losing a worker ---- */

/* What keeps one from starting may be the very signal that asks to stop. */
static int start_worker(struct dispatch *d, unsigned worker) {
    int status = pp_pool_start(&d->pool, worker, d->error);
    if (status == 0 || !pp_stop_poll())
        return status;
    *d->error = (struct pp_error){0};
    return -EINTR;
}

static void describe_end(int wait_status, char *text, size_t size) {
    if (WIFSIGNALED(wait_status))
        snprintf(text, size, "its worker was killed by signal %d (%s)", WTERMSIG(wait_status),
                 strsignal(WTERMSIG(wait_status)));
    else
        snprintf(text, size, "its worker ended by itself with status %d", WEXITSTATUS(wait_status));
}

static int hand_out_again(struct dispatch *d, struct pp_span span) {
    if (span.count == 0)
        return 0;
    if (d->again_count == d->again_room) {
        size_t room = d->again_room ? 2 * d->again_room : PP_CHUNK_DEPTH_MAX + 2;
        struct pp_span *larger = realloc(d->again, room * sizeof *larger);
        if (!larger)
            return pp_error_set(d->error, -ENOMEM, "no memory to hand out the tasks of a lost worker again");
        d->again = larger;
        d->again_room = room;
    }
    d->again[d->again_count++] = span;
    return 0;
}

static void fail_task(struct dispatch *d, uint64_t task, bool timed_out, int wait_status) {
    struct pp_error why = {0};
    char end[128];
    describe_end(wait_status, end, sizeof end);
    if (timed_out)
        pp_error_set(&why, -ETIMEDOUT, "task %llu: ended because it ran past the task_timeout of %.3g s",
                     (unsigned long long)task, pp_seconds(d->job->timeout_ns));
    else
        pp_error_set(&why, -ECHILD, "task %llu: lost twice, the second time because %s", (unsigned long long)task, end);
    note_failure(d, &why);
    d->sample->failed++;
    d->finished++;
}

/* The worker held `span` and was running `task` of it: the tasks before have no result either. */
static int split_lost(struct dispatch *d, const struct pp_span *span, uint64_t task, bool timed_out, int wait_status) {
    struct pp_span before = {.first = span->first, .count = task - span->first};
    struct pp_span after = {.first = task + 1, .count = span->first + span->count - task - 1};
    int status = hand_out_again(d, after);
    if (status == 0)
        status = hand_out_again(d, before);
    if (status != 0)
        return status;
    d->sample->lost += !timed_out;
    if (timed_out || span->again) {
        fail_task(d, task, timed_out, wait_status);
        return 0;
    }
    char end[128];
    struct pp_error why = {0};
    describe_end(wait_status, end, sizeof end);
    pp_error_set(&why, -ECHILD, "task %llu was run again: %s", (unsigned long long)task, end);
    note_failure(d, &why);
    return hand_out_again(d, (struct pp_span){.first = task, .count = 1, .again = true});
}

static int take_back(struct dispatch *d, unsigned worker, int wait_status, bool *was_running) {
    struct pp_slot *slot = &d->pool.slots[worker];
    uint64_t item = atomic_load(&d->pool.boards[worker].progress.item);
    *was_running = false;
    for (; slot->held > 0; slot->held--) {
        const struct pp_span *span = &slot->chunks[slot->head];
        slot->head = (slot->head + 1) % PP_CHUNK_DEPTH_MAX;
        bool here = item > span->first && item - 1 < span->first + span->count;
        int status =
            here ? split_lost(d, span, item - 1, slot->overdue == item, wait_status) : hand_out_again(d, *span);
        if (status != 0)
            return status;
        *was_running |= here;
    }
    return 0;
}

static bool anyone_works(const struct dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        if (d->pool.slots[i].pid > 0 && d->pool.slots[i].held > 0)
            return true;
    return false;
}

static int on_lost(void *owner, unsigned worker, int wait_status) {
    struct dispatch *d = owner;
    bool was_running;
    d->sample->workers_lost += d->pool.slots[worker].overdue == 0;
    int status = take_back(d, worker, wait_status, &was_running);
    if (status != 0)
        return status;
    char end[128];
    describe_end(wait_status, end, sizeof end);
    if (!was_running) {
        struct pp_error why = {0};
        pp_error_set(&why, -ECHILD, "worker %u between two tasks: %s", worker, end);
        note_failure(d, &why);
        bool hopeless = !d->pool.slots[worker].ready || !anyone_works(d);
        d->idle_losses += hopeless;
        if (d->idle_losses > IDLE_LOSSES_MAX)
            return pp_error_set(d->error, -ECHILD, "workers end before they work: %s", end);
    }
    status = start_worker(d, worker);
    if (status != 0 && status != -EINTR && d->pool.alive > 0) /* the others can do it */
        status = 0;
    if (status == 0 && d->working)
        feed_all(d);
    return status;
}

/* ---- time limits ---- */

/* Kills workers whose task ran past the timeout; returns when the next one could. */
static uint64_t end_overdue(struct dispatch *d) {
    uint64_t now_ns = pp_clock_ns(), next_ns = now_ns + d->job->timeout_ns;
    for (unsigned i = 0; i < d->job->workers; i++) {
        struct pp_slot *slot = &d->pool.slots[i];
        const struct pp_progress *progress = &d->pool.boards[i].progress;
        uint64_t item = atomic_load_explicit(&progress->item, memory_order_acquire);
        uint64_t started_ns = atomic_load_explicit(&progress->started_ns, memory_order_relaxed);
        /* Read twice: between the two readings the worker may have gone on to its next task. */
        if (slot->held == 0 || slot->overdue || item == 0 || atomic_load(&progress->item) != item)
            continue;
        uint64_t end_ns = started_ns == UINT64_MAX ? UINT64_MAX : started_ns + d->job->timeout_ns;
        if (end_ns <= now_ns) {
            slot->overdue = item;
            kill(slot->pid, SIGKILL);
        } else if (end_ns < next_ns) {
            next_ns = end_ns;
        }
    }
    return next_ns;
}

/* ---- the pass ---- */

static int listen_once(struct dispatch *d) {
    const struct pp_pool_events events = {
        .owner = d, .ready = on_ready, .result = on_result, .drained = on_drained, .lost = on_lost};
    uint64_t deadline_ns = d->job->timeout_ns && d->working ? end_overdue(d) : UINT64_MAX;
    return pp_pool_listen(&d->pool, deadline_ns, &events, d->error);
}

static int start_workers(struct dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++) {
        int status = start_worker(d, i);
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

static int do_work(struct dispatch *d) {
    d->working = true;
    feed_all(d);
    while (d->finished < d->job->count) {
        int status = listen_once(d);
        if (status != 0)
            return status;
    }
    return 0;
}

/* Lets the observer look, outside of all that is measured. */
static void observe(struct dispatch *d, void (*look)(void *owner, const struct pp_crew *crew), struct rusage *used) {
    pp_usage_add_own(&d->sample->usage, used);
    const struct pp_crew crew = {.ids = d->pids, .count = pp_pool_pids(&d->pool, d->pids)};
    look(d->job->observer->owner, &crew);
    getrusage(RUSAGE_SELF, used);
}

/* What the workers wrote down is complete once they have ended. */
static void add_ledgers(struct dispatch *d) {
    for (unsigned i = 0; i < d->job->workers && !d->job->lean; i++)
        pp_ledger_add(&d->pool.boards[i].ledger, d->work_start_ns, d->work_end_ns, &d->sample->ledger);
}

static void end_workers(struct dispatch *d, bool at_once) {
    unsigned disorderly = pp_pool_end(&d->pool, at_once);
    if (disorderly > 0) {
        struct pp_error why = {0};
        pp_error_set(&why, -ECHILD, "%u workers did not end in good order after their last task", disorderly);
        note_failure(d, &why);
    }
    d->sample->workers_lost += disorderly;
}

/* Starting up and working, each with its clock; between them and after them the observer looks. */
static int start_and_work(struct dispatch *d, struct rusage *used) {
    const struct pp_observer *observer = d->job->observer;
    uint64_t start_ns = pp_clock_ns();
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

static int run_pass(struct dispatch *d) {
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
    sample->total_ns = sample->init_ns + sample->work_ns + pp_clock_ns() - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    sample->complete = status == 0;
    return status;
}

static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    *sample = (struct pp_sample){0};
    struct dispatch d = {
        .job = job,
        .policy = {.fixed = pp_data_moves(&job->transfer) ? 1 : job->chunk_size, .workers = job->workers},
        .sample = sample,
        .error = error};
    d.hungry = calloc(job->workers, sizeof *d.hungry);
    d.pids = calloc(job->workers, sizeof *d.pids);
    int status =
        d.hungry && d.pids ? run_pass(&d) : pp_error_set(error, -ENOMEM, "no memory for %u workers", job->workers);
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
