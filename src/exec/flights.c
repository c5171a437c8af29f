#include "exec/flights.h"

#include "base/aligned.h"
#include "base/clock.h"
#include "base/stop.h"
#include "base/unforked.h"
#include "exec/gang.h"
#include "exec/uv_loop.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { LINE_BYTES = 64 };

/* A step that takes longer than this holds the loop. Those of tasks that give way take microseconds; and so late a
 * worker of its own is not, which the system wakes up after a wait within a tenth of it. */
static const uint64_t long_step_ns = 1000000;

/* ---- opening and closing ---- */

static size_t flight_bytes(const struct pp_flights *all) { return all->count * sizeof *all->flights; }

static size_t own_bytes(const struct pp_flights *all) { return all->count * all->own_bytes; }

static void make_ready(struct pp_flight *flight) {
    struct pp_flights *all = flight->all;
    flight->next = NULL;
    *all->last = flight;
    all->last = &flight->next;
}

static void set_up(struct pp_flights *all) {
    for (unsigned i = 0; i < all->count; i++) {
        struct pp_flight *flight = &all->flights[i];
        *flight = (struct pp_flight){.all = all, .fd = -1};
        if (all->own_bytes > 0) /* touched now, not while it works */
            flight->own = memset(all->own + i * all->own_bytes, 0, all->own_bytes);
        make_ready(flight);
    }
}

/* A descriptor became ready. */
static void on_ready(void *waiter) {
    struct pp_flight *flight = waiter;
    flight->fd = -1;
    pp_deadlines_remove(&flight->all->deadlines, &flight->due);
    make_ready(flight);
}

static int no_memory(const struct pp_flights *all, struct pp_error *error) {
    return pp_error_set(error, -ENOMEM, "no memory for %u tasks in flight (%zu bytes each); test fewer workers",
                        all->count, sizeof *all->flights + all->own_bytes + sizeof(struct pp_deadline *));
}

int pp_flights_open(struct pp_flights *all, struct pp_gang_worker *worker, bool blocking, struct pp_error *error) {
    const struct pp_job *job = worker->gang->job;
    size_t lines = blocking ? 0 : (job->task->flight_size + LINE_BYTES - 1) / LINE_BYTES;
    *all = (struct pp_flights){
        .worker = worker, .blocking = blocking, .count = job->workers, .own_bytes = lines * LINE_BYTES};
    all->last = &all->first;
    all->left = job->count;
    if (all->own_bytes > SIZE_MAX / 2 / all->count)
        return no_memory(all, error);
    int status = pp_deadlines_open(&all->deadlines, all->count);
    all->flights = pp_unforked_alloc(flight_bytes(all));
    all->own = all->own_bytes > 0 ? pp_unforked_alloc(own_bytes(all)) : NULL;
    if (status != 0 || !all->flights || (all->own_bytes > 0 && !all->own)) {
        status = no_memory(all, error);
    } else {
        set_up(all);
        status = pp_uv_loop_open(&all->loop, atomic_load(&worker->gang->wake_fd), on_ready, error);
    }
    if (status != 0)
        pp_flights_close(all);
    return status;
}

void pp_flights_close(struct pp_flights *all) {
    if (all->loop)
        pp_uv_loop_close(all->loop);
    pp_unforked_free(all->own, own_bytes(all));
    pp_unforked_free(all->flights, flight_bytes(all));
    pp_deadlines_close(&all->deadlines);
    *all = (struct pp_flights){0};
}

/* ---- a flight's turn ---- */

static bool take_task(struct pp_flight *flight) {
    struct pp_flights *all = flight->all;
    if (all->next == all->worker->gang->job->count)
        return false;
    flight->item = pp_batch_item(&all->worker->batch, all->next++);
    flight->output = (struct pp_output){.child = pp_batch_child(&all->worker->batch)};
    if (flight->own)
        memset(flight->own, 0, all->worker->batch.task->flight_size);
    flight->start_ns = all->now_ns;
    flight->under_way = true;
    return true;
}

static void give_up(struct pp_flight *flight) {
    const struct pp_batch *batch = &flight->all->worker->batch;
    if (batch->task->abandon && !flight->all->blocking)
        batch->task->abandon(batch->state, flight->own);
    flight->under_way = false;
}

/* Each flight has a lane. */
static void record(const struct pp_flight *flight, uint64_t spent_ns, unsigned fate) {
    const struct pp_flights *all = flight->all;
    const struct pp_trace_span span = {
        .start_ns = flight->start_ns,
        .spent_ns = spent_ns,
        .verify_ns = all->worker->batch.task->verify ? all->now_ns - flight->start_ns - spent_ns : 0,
        .first = flight->item.index,
        .count = 1,
        .kind = PP_SPAN_TASK,
        .fate = (uint8_t)fate};
    const struct pp_lane lane = {all->worker->batch.lane.memory, (unsigned)(flight - all->flights)};
    if (pp_lane_wants(&lane, span.first, 1))
        pp_lane_add(&lane, &span);
}

/* The task has ended, or counts as if it had. */
static void settle(struct pp_flight *flight, int status) {
    struct pp_flights *all = flight->all;
    struct pp_gang_worker *worker = all->worker;
    uint64_t ended_ns = all->now_ns;
    if (status != 0 && pp_gang_forgives(worker->gang)) {
        worker->batch.error = (struct pp_error){0};
        flight->under_way = false;
        return;
    }
    const struct pp_outcome outcome = {.status = status, .spent_ns = ended_ns - flight->start_ns};
    if (pp_times_full(&worker->tally.times))
        pp_gang_drain_times(worker);
    unsigned fate = pp_batch_settle(&worker->batch, &flight->item, &flight->output, outcome, &worker->tally);
    flight->under_way = false;
    flight->idle_since_ns = all->now_ns = pp_clock_ns();
    if (worker->batch.lane.memory)
        record(flight, outcome.spent_ns, fate);
    all->spent_ns += outcome.spent_ns;
    all->verify_ns += all->now_ns - ended_ns;
    all->left--;
    worker->tally.wall_ns += all->now_ns - flight->start_ns;
    worker->batch.end_ns = all->now_ns;
    make_ready(flight);
}

static uint64_t timeout_at(const struct pp_flight *flight) {
    uint64_t timeout_ns = flight->all->worker->batch.timeout_ns;
    return timeout_ns == 0 || flight->start_ns > UINT64_MAX - timeout_ns ? UINT64_MAX : flight->start_ns + timeout_ns;
}

static int cannot_wait(struct pp_error *error, const struct pp_wait *wait, int status) {
    if (wait->fd < 0)
        return pp_error_set(error, -EINVAL, "it waits for nothing that could ever happen");
    if (status == -EBUSY)
        return pp_error_set(error, status, "descriptor %d is waited for by another task already", wait->fd);
    return pp_error_set(error, status, "descriptor %d cannot be waited for: %s", wait->fd, strerror(-status));
}

/* Returns 0 or why that cannot be waited for. */
static int begin_wait(struct pp_flight *flight, const struct pp_wait *wait) {
    struct pp_flights *all = flight->all;
    uint64_t until_ns = wait->until_ns, timeout_ns = timeout_at(flight);
    struct pp_error *error = &all->worker->batch.error;
    if (wait->fd < 0 && until_ns == UINT64_MAX && timeout_ns == UINT64_MAX)
        return cannot_wait(error, wait, -EINVAL);
    if (wait->fd >= 0) {
        int status = pp_uv_loop_watch(all->loop, wait->fd, wait->events, flight);
        if (status != 0)
            return cannot_wait(error, wait, status);
        flight->fd = wait->fd;
    }
    if (timeout_ns < until_ns)
        until_ns = timeout_ns + 1; /* so that it is past it then */
    if (until_ns != UINT64_MAX)
        pp_deadlines_add(&all->deadlines, &flight->due, until_ns);
    return 0;
}

static void step(struct pp_flight *flight) {
    struct pp_flights *all = flight->all;
    struct pp_wait wait = {.until_ns = UINT64_MAX, .fd = -1};
    struct pp_under_way task = {.flight = flight->own, .wait = all->blocking ? NULL : &wait, .output = &flight->output};
    int status = pp_batch_step(&all->worker->batch, &flight->item, &task);
    all->now_ns = pp_clock_ns();
    if (status > 0) {
        status = begin_wait(flight, &wait);
        if (status == 0)
            return;
        give_up(flight);
    }
    settle(flight, status);
}

/* ---- the loop ---- */

/* Who else is due is known of those that wait for a moment, or for their turn; whose descriptor became ready meanwhile
 * is not: there may be more blocking than is said. */
static void count_blocking(struct pp_flights *all, uint64_t start_ns, bool others_ready) {
    const struct pp_deadline *first = pp_deadlines_first(&all->deadlines);
    uint64_t due_ns = others_ready ? start_ns : first ? first->at_ns : UINT64_MAX;
    if (all->now_ns - start_ns <= long_step_ns || due_ns >= all->now_ns)
        return;
    all->blocked_ns += all->now_ns - (due_ns > start_ns ? due_ns : start_ns);
}

static bool has_work(const struct pp_flight *flight) {
    const struct pp_flights *all = flight->all;
    return flight->under_way || all->next < all->worker->gang->job->count;
}

/* `waits_next`: whose turn is next, NULL: nobody's. */
static void take_turn(struct pp_flight *flight, const struct pp_flight *waits_next) {
    struct pp_flights *all = flight->all;
    uint64_t start_ns = all->now_ns;
    if (!flight->under_way && !take_task(flight))
        return;
    bool others_ready = waits_next && has_work(waits_next);
    if (start_ns > timeout_at(flight)) {
        give_up(flight);
        settle(flight, 0);
    } else {
        step(flight);
    }
    count_blocking(all, start_ns, others_ready);
}

/* Whoever becomes ready meanwhile has his turn in the next round: none can keep the loop to himself. */
static void do_round(struct pp_flights *all) {
    struct pp_flight *flight = all->first, *next;
    all->first = NULL;
    all->last = &all->first;
    for (; flight && !pp_stop_signal; flight = next) {
        next = flight->next;
        take_turn(flight, next ? next : all->first);
    }
    atomic_store_explicit(&all->worker->progress.item, 0, memory_order_release);
}

static struct pp_flight *flight_of(struct pp_deadline *due) {
    return (struct pp_flight *)((char *)due - offsetof(struct pp_flight, due));
}

/* Those whose moment has come. */
static void take_due(struct pp_flights *all) {
    struct pp_deadline *first;
    while ((first = pp_deadlines_first(&all->deadlines)) && first->at_ns <= all->now_ns) {
        struct pp_flight *flight = flight_of(first);
        pp_deadlines_remove(&all->deadlines, first);
        if (flight->fd >= 0)
            pp_uv_loop_unwatch(all->loop, flight->fd);
        flight->fd = -1;
        make_ready(flight);
    }
}

static uint64_t wait_until(const struct pp_flights *all) {
    const struct pp_deadline *first = pp_deadlines_first(&all->deadlines);
    if (all->first)
        return 0;
    return first ? first->at_ns : UINT64_MAX;
}

static void abandon_all(struct pp_flights *all) {
    for (unsigned i = 0; i < all->count; i++)
        if (all->flights[i].under_way)
            give_up(&all->flights[i]);
}

int pp_flights_work(struct pp_flights *all, struct pp_error *error) {
    uint64_t cpu_ns = pp_clock_thread_cpu_ns();
    int status = 0;
    all->began_ns = all->now_ns = pp_clock_ns();
    for (unsigned i = 0; i < all->count; i++)
        all->flights[i].idle_since_ns = all->began_ns;
    while (all->left > 0 && !pp_stop_signal && status == 0) {
        do_round(all);
        if (all->left > 0)
            status = pp_uv_loop_turn(all->loop, wait_until(all));
        all->now_ns = pp_clock_ns();
        take_due(all);
    }
    all->cpu_ns = pp_clock_thread_cpu_ns() - cpu_ns;
    abandon_all(all);
    return status ? pp_error_set(error, status, "the event loop does not turn: %s", strerror(-status)) : 0;
}

struct pp_ledger_sum pp_flights_ledger(const struct pp_flights *all, uint64_t end_ns) {
    uint64_t last_ns = all->worker->batch.end_ns;
    if (last_ns == 0)
        return (struct pp_ledger_sum){0};
    end_ns = end_ns > last_ns ? end_ns : last_ns;
    uint64_t whole_ns = all->count * (end_ns - all->began_ns), tail_ns = 0;
    for (unsigned i = 0; i < all->count; i++)
        tail_ns += end_ns - all->flights[i].idle_since_ns;
    uint64_t known_ns = all->worker->tally.wall_ns + tail_ns;
    return (struct pp_ledger_sum){.waiting_ns = whole_ns > known_ns ? whole_ns - known_ns : 0, .tail_ns = tail_ns};
}
