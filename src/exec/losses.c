/* Workers that end before they are told to, by themselves or because their task ran past the timeout. */
#include "exec/dispatch.h"

#include "base/clock.h"
#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/* Workers that end without having begun a task, one after another without a result in between, before the pass is given
 * up: what kills them before they work would kill the next ones too. */
enum { IDLE_LOSSES_MAX = 3 };

/* Workers of a stateful task that are lost again and again, each time with what they had gathered, are given up when so
 * many times all tasks were done in vain. */
static const uint64_t in_vain_max = 4;

/* What keeps one from starting may be the very signal that asks to stop. */
int pp_dispatch_start(struct pp_dispatch *d, unsigned worker) {
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

static int hand_out_again(struct pp_dispatch *d, struct pp_span span) {
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

static void fail_task(struct pp_dispatch *d, uint64_t task, bool timed_out, int wait_status) {
    struct pp_error why = {0};
    char end[128], reason[PP_REASON_BYTES];
    describe_end(wait_status, end, sizeof end);
    if (timed_out)
        pp_batch_say_late(d->job->timeout_ns, reason);
    else
        snprintf(reason, sizeof reason, "lost twice, the second time because %s", end);
    pp_error_set(&why, timed_out ? -ETIMEDOUT : -ECHILD, "task %llu: %s%s", (unsigned long long)task,
                 timed_out ? "ended because it " : "", reason);
    pp_dispatch_note(d, &why);
    pp_reasons_add(&d->sample->reasons, task, reason);
    d->sample->failed++;
    d->finished++;
}

/* The worker held `span` and was running `task` of it: the tasks before have no result either. */
static int split_lost(struct pp_dispatch *d, const struct pp_span *span, uint64_t task, bool timed_out,
                      int wait_status) {
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
    pp_dispatch_note(d, &why);
    return hand_out_again(d, (struct pp_span){.first = task, .count = 1, .again = true});
}

/* The worker is gone: what its lane says of it is said by this process. `item`: index + 1 of what it was running. */
static void record_loss(const struct pp_dispatch *d, unsigned worker, uint64_t item) {
    const struct pp_lane lane = pp_recorder_lane(d->job->recorder, worker);
    const struct pp_trace_span span = {.start_ns = pp_lane_now(&lane),
                                       .first = item > 0 ? item - 1 : 0,
                                       .count = item > 0,
                                       .kind = PP_SPAN_LOSS,
                                       .fate = d->pool.slots[worker].overdue ? PP_SPAN_LATE : 0};
    if (lane.memory)
        pp_lane_add(&lane, &span);
}

static int take_back(struct pp_dispatch *d, unsigned worker, int wait_status, bool *was_running) {
    struct pp_slot *slot = &d->pool.slots[worker];
    uint64_t item = atomic_load(&d->pool.boards[worker].progress.item);
    record_loss(d, worker, item);
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

static bool anyone_works(const struct pp_dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        if (d->pool.slots[i].pid > 0 && d->pool.slots[i].held > 0)
            return true;
    return false;
}

/* What a stateful task had gathered there is lost as well, from tasks that are done. */
static int take_back_deeds(struct pp_dispatch *d, unsigned worker, const char *end) {
    struct pp_order *spans;
    struct pp_error why = {0};
    uint64_t tasks;
    size_t count = pp_deeds_take(&d->deeds, worker, &spans, &tasks);
    int status = 0;
    for (size_t i = count; i > 0 && status == 0; i--)
        status = hand_out_again(d, (struct pp_span){.first = spans[i - 1].first, .count = spans[i - 1].count});
    free(spans);
    d->finished -= tasks;
    d->sample->lost += tasks;
    if (status != 0 || tasks == 0)
        return status;
    pp_error_set(&why, -ECHILD,
                 "worker %u was lost with what it had gathered from %llu tasks, which were run again: %s", worker,
                 (unsigned long long)tasks, end);
    pp_dispatch_note(d, &why);
    if (d->deeds.lost / in_vain_max <= d->job->count)
        return 0;
    return pp_error_set(d->error, -ECHILD,
                        "workers are lost again and again with what they have gathered, so far from %llu tasks for a "
                        "pass of %llu: %s",
                        (unsigned long long)d->deeds.lost, (unsigned long long)d->job->count, end);
}

/* Workers that may still be given tasks. */
static bool anyone_takes_tasks(const struct pp_dispatch *d) {
    for (unsigned i = 0; i < d->job->workers; i++)
        if (d->pool.slots[i].pid > 0 && !pp_deeds_asked(&d->deeds, i))
            return true;
    return false;
}

/* A worker ended between two tasks, or after it had been asked for what it had gathered. */
static int note_idle_loss(struct pp_dispatch *d, unsigned worker, bool asked, const char *end) {
    struct pp_error why = {0};
    pp_error_set(&why, -ECHILD, "worker %u %s: %s", worker, asked ? "after its last task" : "between two tasks", end);
    pp_dispatch_note(d, &why);
    bool hopeless = !d->pool.slots[worker].ready || !anyone_works(d);
    d->idle_losses += hopeless && !pp_deeds_merged(&d->deeds, worker);
    if (d->idle_losses <= IDLE_LOSSES_MAX)
        return 0;
    return pp_error_set(d->error, -ECHILD, "workers end %s: %s",
                        asked ? "before they have handed back what they have gathered" : "before they work", end);
}

/* A task that may have been its end is the last that is taken back, and so the first to be run again: before another
 * worker gathers much that it could be the end of. */
static int take_all_back(struct pp_dispatch *d, unsigned worker, int wait_status) {
    bool was_running, asked = pp_deeds_asked(&d->deeds, worker);
    int status = 0;
    char end[128];
    describe_end(wait_status, end, sizeof end);
    if (d->deeds.workers && !pp_deeds_merged(&d->deeds, worker))
        status = take_back_deeds(d, worker, end);
    if (status == 0)
        status = take_back(d, worker, wait_status, &was_running);
    return status == 0 && !was_running ? note_idle_loss(d, worker, asked, end) : status;
}

int pp_dispatch_lost(void *owner, unsigned worker, int wait_status) {
    struct pp_dispatch *d = owner;
    d->sample->workers_lost += d->pool.slots[worker].overdue == 0;
    int status = take_all_back(d, worker, wait_status);
    if (status != 0)
        return status;
    if (d->working && d->finished == d->job->count) /* nothing is left for another */
        return 0;
    status = pp_dispatch_start(d, worker);
    if (status != 0 && status != -EINTR && anyone_takes_tasks(d)) /* the others can do it */
        status = 0;
    if (status == 0 && d->working)
        pp_dispatch_feed_all(d);
    return status;
}

/* ---- time limits ---- */

uint64_t pp_dispatch_end_overdue(struct pp_dispatch *d) {
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
