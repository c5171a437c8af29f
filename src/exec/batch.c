#include "exec/batch.h"

#include "base/aligned.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

/* A task shorter than this many steps of the clock is timed together with others: then the clock's step and cost stay
 * below one per cent of what is measured. */
static const double clock_steps_per_task = 100.0;

/* So many of them are run before they are verified: enough for the clock, and their outputs stay in the cache. */
enum { TOGETHER_MAX = 256 };

int pp_batch_open(struct pp_batch *batch, const void *shared, const struct pp_env *env, struct pp_error *error) {
    const struct pp_task *task = batch->task;
    batch->task_ns = 0.0;
    batch->state = task->state_size > 0 ? pp_aligned_zeroed(task->state_size) : NULL;
    if (task->state_size > 0 && !batch->state)
        return pp_error_set(error, -ENOMEM, "no memory for a worker's state (%zu bytes)", task->state_size);
    int status = task->worker_init ? task->worker_init(batch->state, shared, batch->args, env, error) : 0;
    if (status != 0) {
        free(batch->state);
        batch->state = NULL;
    }
    return status;
}

void pp_batch_close(struct pp_batch *batch) {
    if (batch->task->worker_fini)
        batch->task->worker_fini(batch->state);
    free(batch->state);
}

static struct pp_item item_at(const struct pp_batch *batch, uint64_t index) {
    return (struct pp_item){.index = index, .seed = pp_mix2(batch->seed, index)};
}

/* The words are those in batch->error. */
static void count_failure(struct pp_batch *batch, struct pp_tally *tally, uint64_t index, bool wrong) {
    struct pp_error *error = &batch->error;
    if (tally->failed == 0) {
        const char *kind = wrong ? "wrong answer: " : "";
        int code = error->code ? error->code : -EIO; /* a task may fail without words */
        pp_error_set(&tally->why, code, "task %llu: %s%s", (unsigned long long)index, kind, error->text);
    }
    tally->failed++;
    tally->wrong += wrong;
    *error = (struct pp_error){0};
}

/* Returns whether the task is done. */
static bool judge(struct pp_batch *batch, const struct pp_item *item, const struct pp_output *output,
                  struct pp_tally *tally) {
    const struct pp_task *task = batch->task;
    if (task->verify && task->verify(batch->state, batch->args, item, output, &batch->error) != 0) {
        count_failure(batch, tally, item->index, true);
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

/* One by one: each task has its own time, and verification is outside of it. */
static void run_timed(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally) {
    for (uint64_t index = first; index < first + count; index++) {
        struct pp_item item = item_at(batch, index);
        struct pp_output output = {0};
        announce(batch, index);
        uint64_t start_ns = pp_clock_ns();
        int status = batch->task->run(batch->state, batch->args, &item, &output, &batch->error);
        uint64_t spent_ns = pp_clock_ns() - start_ns;
        announce_end(batch);
        if (status != 0) {
            count_failure(batch, tally, index, false);
        } else if (batch->timeout_ns && spent_ns > batch->timeout_ns) {
            pp_error_set(&batch->error, -ETIMEDOUT, "ran for %.3g s, past the task_timeout of %.3g s",
                         pp_seconds(spent_ns), pp_seconds(batch->timeout_ns));
            count_failure(batch, tally, index, false);
        } else if (judge(batch, &item, &output, tally)) {
            tally->task_ns += spent_ns;
        }
    }
}

/* Together: one time for many tasks (at most TOGETHER_MAX), verified afterwards from their outputs. */
static void run_together(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally) {
    struct pp_output outputs[TOGETHER_MAX]; /* not allocated: a page that most workers never touch */
    uint64_t failed_at = UINT64_MAX;
    uint64_t start_ns = pp_clock_ns();
    for (uint64_t i = 0; i < count; i++) {
        struct pp_item item = item_at(batch, first + i);
        announce(batch, item.index);
        outputs[i] = (struct pp_output){0};
        if (batch->task->run(batch->state, batch->args, &item, &outputs[i], &batch->error) != 0) {
            failed_at = i;
            break;
        }
    }
    uint64_t ran = failed_at == UINT64_MAX ? count : failed_at;
    tally->task_ns += pp_clock_ns() - start_ns;
    tally->too_short = true;
    for (uint64_t i = 0; i < ran; i++) {
        struct pp_item item = item_at(batch, first + i);
        judge(batch, &item, &outputs[i], tally);
    }
    if (failed_at != UINT64_MAX) {
        count_failure(batch, tally, first + failed_at, false);
        run_timed(batch, first + failed_at + 1, count - failed_at - 1, tally);
    }
}

void pp_batch_run(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally) {
    uint64_t start_ns = pp_clock_ns(), tasks_ns = tally->task_ns, done = tally->done;
    double shortest_ns = clock_steps_per_task * (double)batch->resolution_ns;
    bool together = (batch->task->caps & PP_TASK_VALUE_ONLY) && batch->timeout_ns == 0 && batch->task_ns > 0.0 &&
                    batch->task_ns < shortest_ns;
    if (!together) {
        run_timed(batch, first, count, tally);
    } else {
        for (uint64_t at = 0; at < count; at += TOGETHER_MAX) {
            uint64_t left = count - at;
            run_together(batch, first + at, left < TOGETHER_MAX ? left : TOGETHER_MAX, tally);
        }
    }
    if (batch->progress)
        atomic_store_explicit(&batch->progress->item, 0, memory_order_release);
    tally->wall_ns += pp_clock_ns() - start_ns;
    if (tally->done > done)
        batch->task_ns = (double)(tally->task_ns - tasks_ns) / (double)(tally->done - done);
    if (!together && batch->task_ns > 0.0 && batch->task_ns < shortest_ns)
        tally->too_short = true;
}
