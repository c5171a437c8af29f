#include "exec/batch.h"

#include "base/aligned.h"
#include "base/clock.h"
#include "base/number.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A task shorter than this many steps of the clock is timed together with others: then the clock's step and cost stay
 * below one per cent of what is measured. */
static const double clock_steps_per_task = 100.0;

/* So many of them are run before they are verified: enough for the clock, and their outputs stay in the cache. */
enum { TOGETHER_MAX = 256 };

/* The CPU clock is a system call of up to a microsecond, and a measurement takes two: so often they cost less than one
 * per cent. Tasks at least as long are measured each. */
static const uint64_t cpu_every_ns = 250000;

void pp_tally_reset(struct pp_tally *tally) {
    memset(tally, 0, offsetof(struct pp_tally, why));
    tally->why.code = 0;
    tally->reasons.used = 0;
    tally->reasons.others = 0;
    tally->times.used = 0;
}

void pp_tally_fail(struct pp_tally *tally, uint64_t index, const struct pp_error *why) {
    uint64_t wall_ns = tally->wall_ns;
    pp_tally_reset(tally);
    tally->failed = 1;
    tally->wall_ns = wall_ns;
    pp_error_set(&tally->why, why->code, "task %llu: %s", (unsigned long long)index, why->text);
    pp_reasons_add(&tally->reasons, index, why->text);
}

int pp_batch_open(struct pp_batch *batch, const void *shared, const struct pp_env *env, struct pp_error *error) {
    const struct pp_task *task = batch->task;
    batch->task_ns = 0.0;
    batch->now_ns = pp_clock_ns();
    batch->end_ns = 0;
    batch->cpu_read_ns = 0;
    batch->child = (struct pp_child_use){0};
    uint64_t start_ns = pp_lane_asked(&batch->lane, batch->now_ns);
    batch->state = task->state_size > 0 ? pp_aligned_zeroed(task->state_size) : NULL;
    if (task->state_size > 0 && !batch->state)
        return pp_error_set(error, -ENOMEM, "no memory for a worker's state (%zu bytes)", task->state_size);
    int status = task->worker_init ? task->worker_init(batch->state, shared, batch->args, env, error) : 0;
    if (status != 0) {
        free(batch->state);
        batch->state = NULL;
    }
    pp_lane_mark(&batch->lane, PP_SPAN_INIT, start_ns);
    return status;
}

void pp_batch_close(struct pp_batch *batch) {
    uint64_t start_ns = pp_lane_now(&batch->lane);
    if (batch->task->worker_fini)
        batch->task->worker_fini(batch->state);
    free(batch->state);
    pp_lane_mark(&batch->lane, PP_SPAN_CLEANUP, start_ns);
}

int pp_batch_gather(struct pp_batch *batch, struct pp_part *part, struct pp_error *error) {
    *part = (struct pp_part){0};
    int status = batch->task->gather(batch->state, batch->args, part, error);
    if (status != 0 && error->code == 0)
        pp_error_set(error, status, "%s", strerror(-status));
    return status;
}

/* The words are those in batch->error; `reason` are those that tasks which fail alike have in common, NULL: the same.
 */
static void count_failure(struct pp_batch *batch, struct pp_tally *tally, uint64_t index, bool wrong,
                          const char *reason) {
    struct pp_error *error = &batch->error;
    struct pp_error words;
    pp_error_set(&words, error->code ? error->code : -EIO, "%s%s", wrong ? "wrong answer: " : "",
                 error->text[0] ? error->text : "no reason given"); /* a task may fail without words */
    if (tally->failed == 0)
        pp_error_set(&tally->why, words.code, "task %llu: %s", (unsigned long long)index, words.text);
    pp_reasons_add(&tally->reasons, index, reason ? reason : words.text);
    tally->failed++;
    tally->wrong += wrong;
    *error = (struct pp_error){0};
}

/* Returns whether the task is done. */
static bool judge(struct pp_batch *batch, const struct pp_item *item, const struct pp_output *output,
                  struct pp_tally *tally) {
    const struct pp_task *task = batch->task;
    if (task->verify && task->verify(batch->state, batch->args, item, output, &batch->error) != 0) {
        count_failure(batch, tally, item->index, true, NULL);
        return false;
    }
    tally->done++;
    tally->check += pp_mix2(item->index, output->digest);
    return true;
}

static void announce(const struct pp_batch *batch, uint64_t index) {
    if (!batch->progress)
        return;
    if (batch->timeout_ns)
        atomic_store_explicit(&batch->progress->started_ns, pp_clock_ns(), memory_order_relaxed);
    atomic_store_explicit(&batch->progress->item, index + 1, memory_order_release);
}

/* The task has ended; it is still the current one while its answer is verified, which no timeout is for. */
static void announce_end(const struct pp_batch *batch) {
    if (batch->progress && batch->timeout_ns)
        atomic_store_explicit(&batch->progress->started_ns, UINT64_MAX, memory_order_release);
}

void pp_batch_hold(const struct pp_batch *batch, uint64_t index) {
    announce_end(batch);
    if (batch->progress)
        atomic_store_explicit(&batch->progress->item, index + 1, memory_order_release);
}

void pp_batch_let_go(const struct pp_batch *batch) {
    if (batch->progress)
        atomic_store_explicit(&batch->progress->item, 0, memory_order_release);
}

/* ---- times ---- */

/* The CPU clock's reading before some tasks, if it is time for one: 0 if not. */
static uint64_t read_cpu(const struct pp_batch *batch) {
    return !batch->lean && batch->now_ns - batch->cpu_read_ns >= cpu_every_ns ? pp_clock_thread_cpu_ns() : 0;
}

static void take_cpu(struct pp_batch *batch, uint64_t before_ns, uint64_t wall_ns, struct pp_tally *tally) {
    if (before_ns == 0)
        return;
    uint64_t cpu_ns = pp_clock_thread_cpu_ns() - before_ns + batch->child.user_ns + batch->child.system_ns;
    tally->cpu_ns += cpu_ns > batch->cpu_cost_ns ? cpu_ns - batch->cpu_cost_ns : 0;
    tally->cpu_wall_ns += wall_ns;
    batch->cpu_read_ns = batch->now_ns - wall_ns; /* so that long tasks are measured each */
}

static void take_times(const struct pp_batch *batch, uint64_t each_ns, uint64_t count, struct pp_tally *tally) {
    if (batch->lean || count == 0)
        return;
    if (tally->shortest_ns == 0 || each_ns < tally->shortest_ns)
        tally->shortest_ns = each_ns ? each_ns : 1;
    if (each_ns > tally->longest_ns)
        tally->longest_ns = each_ns;
    pp_times_add(&tally->times, each_ns, (unsigned)count);
}

/* ---- what other processes did ---- */

struct pp_child_use *pp_batch_child(struct pp_batch *batch) {
    return (batch->task->caps & PP_TASK_CHILDREN) && !batch->lean ? &batch->child : NULL;
}

void pp_child_use_add(struct pp_child_use *sum, const struct pp_child_use *more) {
    sum->user_ns += more->user_ns;
    sum->system_ns += more->system_ns;
    sum->delay_ns += more->delay_ns;
    sum->unseen_ns += more->unseen_ns;
    if (more->peak_bytes > sum->peak_bytes)
        sum->peak_bytes = more->peak_bytes;
}

static void take_child(struct pp_batch *batch, struct pp_tally *tally) {
    if (!pp_batch_child(batch))
        return;
    pp_child_use_add(&tally->child, &batch->child);
    batch->child = (struct pp_child_use){0};
}

/* ---- running ---- */

void pp_batch_say_late(uint64_t timeout_ns, char text[PP_LATE_BYTES]) {
    snprintf(text, PP_LATE_BYTES, "ran past the task_timeout of %s s", pp_figure_of(pp_seconds(timeout_ns), 3).text);
}

unsigned pp_batch_settle(struct pp_batch *batch, const struct pp_item *item, const struct pp_output *output,
                         struct pp_outcome outcome, struct pp_tally *tally) {
    take_child(batch, tally);
    if (batch->timeout_ns && outcome.spent_ns > batch->timeout_ns) { /* which is why it failed, if it did */
        char late[PP_LATE_BYTES];
        pp_batch_say_late(batch->timeout_ns, late);
        pp_error_set(&batch->error, -ETIMEDOUT, "ran for %s s, past the task_timeout of %s s",
                     pp_figure_of(pp_seconds(outcome.spent_ns), 3).text,
                     pp_figure_of(pp_seconds(batch->timeout_ns), 3).text);
        count_failure(batch, tally, item->index, false, late);
        return PP_SPAN_FAILED | PP_SPAN_LATE;
    }
    if (outcome.status != 0) {
        count_failure(batch, tally, item->index, false, NULL);
        return PP_SPAN_FAILED;
    }
    if (!judge(batch, item, output, tally))
        return PP_SPAN_FAILED | PP_SPAN_WRONG;
    tally->task_ns += outcome.spent_ns;
    take_times(batch, outcome.spent_ns, 1, tally);
    return 0;
}

struct pp_item pp_batch_item(const struct pp_batch *batch, uint64_t index) {
    return (struct pp_item){.index = index, .seed = pp_mix2(batch->seed, index), .input = batch->input};
}

int pp_batch_step(struct pp_batch *batch, const struct pp_item *item, struct pp_under_way *task) {
    const struct pp_task *kind = batch->task;
    announce(batch, item->index);
    const struct pp_step step = {.wait = task->wait, .output = task->output};
    int status = task->wait ? kind->step(batch->state, task->flight, batch->args, item, &step, &batch->error)
                            : kind->run(batch->state, batch->args, item, task->output, &batch->error);
    announce_end(batch);
    return status;
}

/* When the first task of a chunk starts. Reading the clock is dear beside a very short task: the chunk's start serves
 * where nothing that takes time came in between. */
static uint64_t start_of(const struct pp_batch *batch, uint64_t chunk_ns, uint64_t cpu_ns) {
    return cpu_ns || batch->timeout_ns ? pp_clock_ns() : chunk_ns;
}

/* Tasks that ended at batch->now_ns, and whose answers were then checked. */
struct judged {
    uint64_t first, count, spent_ns;
    uint64_t check_ns; /* when checking began */
    unsigned fate;
};

static void record(const struct pp_batch *batch, const struct judged *tasks) {
    if (!pp_lane_wants(&batch->lane, tasks->first, tasks->count))
        return;
    const struct pp_trace_span span = {.start_ns = batch->now_ns - tasks->spent_ns,
                                       .spent_ns = tasks->spent_ns,
                                       .verify_ns = batch->task->verify ? pp_clock_ns() - tasks->check_ns : 0,
                                       .first = tasks->first,
                                       .count = (uint32_t)tasks->count,
                                       .kind = PP_SPAN_TASK,
                                       .fate = (uint8_t)tasks->fate};
    pp_lane_add(&batch->lane, &span);
}

static void settle_recorded(struct pp_batch *batch, const struct pp_item *item, const struct pp_output *output,
                            struct pp_outcome outcome, struct pp_tally *tally) {
    struct judged task = {.first = item->index, .count = 1, .spent_ns = outcome.spent_ns, .check_ns = pp_clock_ns()};
    task.fate = pp_batch_settle(batch, item, output, outcome, tally);
    record(batch, &task);
}

/* One by one: each task has its own time, and verification is outside of it. Returns how many were run. */
static uint64_t run_timed(struct pp_batch *batch, uint64_t first, uint64_t count, uint64_t chunk_ns,
                          struct pp_tally *tally) {
    uint64_t index = first;
    for (; index < first + count && !pp_times_full(&tally->times); index++) {
        struct pp_item item = pp_batch_item(batch, index);
        struct pp_output output = {.result = batch->result, .child = pp_batch_child(batch)};
        announce(batch, index);
        uint64_t cpu_ns = read_cpu(batch);
        uint64_t start_ns = index == first ? start_of(batch, chunk_ns, cpu_ns) : pp_clock_ns();
        int status = batch->task->run(batch->state, batch->args, &item, &output, &batch->error);
        batch->now_ns = pp_clock_ns();
        uint64_t spent_ns = batch->now_ns - start_ns;
        announce_end(batch);
        take_cpu(batch, cpu_ns, spent_ns, tally);
        const struct pp_outcome outcome = {status, spent_ns};
        if (batch->lane.memory)
            settle_recorded(batch, &item, &output, outcome, tally);
        else
            pp_batch_settle(batch, &item, &output, outcome, tally);
    }
    return index - first;
}

/* Together: one time for many tasks (at most TOGETHER_MAX), verified afterwards from their outputs. */
static uint64_t run_together(struct pp_batch *batch, uint64_t first, uint64_t count, uint64_t chunk_ns,
                             struct pp_tally *tally) {
    struct pp_item items[TOGETHER_MAX]; /* not allocated: pages that most workers never touch */
    struct pp_output outputs[TOGETHER_MAX];
    uint64_t failed_at = UINT64_MAX, done = tally->done, wrong = tally->wrong;
    uint64_t cpu_ns = read_cpu(batch);
    uint64_t start_ns = start_of(batch, chunk_ns, cpu_ns);
    for (uint64_t i = 0; i < count; i++) {
        items[i] = pp_batch_item(batch, first + i);
        announce(batch, items[i].index);
        outputs[i] = (struct pp_output){.result = batch->result};
        if (batch->task->run(batch->state, batch->args, &items[i], &outputs[i], &batch->error) != 0) {
            failed_at = i;
            break;
        }
    }
    uint64_t ran = failed_at == UINT64_MAX ? count : failed_at;
    batch->now_ns = pp_clock_ns();
    uint64_t spent_ns = batch->now_ns - start_ns;
    take_cpu(batch, cpu_ns, spent_ns, tally);
    tally->task_ns += spent_ns;
    tally->too_short = true;
    uint64_t check_ns = pp_lane_now(&batch->lane);
    for (uint64_t i = 0; i < ran; i++)
        judge(batch, &items[i], &outputs[i], tally);
    if (ran > 0)
        take_times(batch, spent_ns / ran, tally->done - done, tally);
    if (batch->lane.memory)
        record(batch, &(struct judged){first, ran + (ran < count), spent_ns, check_ns,
                                       (ran < count ? PP_SPAN_FAILED : 0U) |
                                           (tally->wrong > wrong ? PP_SPAN_FAILED | PP_SPAN_WRONG : 0U)});
    if (failed_at == UINT64_MAX)
        return count;
    count_failure(batch, tally, first + failed_at, false, NULL);
    return failed_at + 1 + run_timed(batch, first + failed_at + 1, count - failed_at - 1, pp_clock_ns(), tally);
}

uint64_t pp_batch_run(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally) {
    uint64_t start_ns = pp_clock_ns(), tasks_ns = tally->task_ns, done = tally->done;
    double shortest_ns = clock_steps_per_task * (double)batch->resolution_ns;
    bool together = (batch->task->caps & PP_TASK_VALUE_ONLY) && batch->timeout_ns == 0 && batch->task_ns > 0.0 &&
                    batch->task_ns < shortest_ns;
    uint64_t ran = 0;
    if (!together)
        ran = run_timed(batch, first, count, start_ns, tally);
    while (together && ran < count && !pp_times_full(&tally->times)) {
        uint64_t left = count - ran, now_ns = ran == 0 ? start_ns : pp_clock_ns();
        ran += run_together(batch, first + ran, left < TOGETHER_MAX ? left : TOGETHER_MAX, now_ns, tally);
    }
    pp_batch_let_go(batch);
    batch->end_ns = pp_clock_ns();
    tally->wall_ns += batch->end_ns - start_ns;
    if (tally->done > done)
        batch->task_ns = (double)(tally->task_ns - tasks_ns) / (double)(tally->done - done);
    if (!together && batch->task_ns > 0.0 && batch->task_ns < shortest_ns)
        tally->too_short = true;
    return ran;
}
