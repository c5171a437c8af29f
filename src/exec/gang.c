#include "exec/gang.h"

#include "base/clock.h"
#include "base/members.h"
#include "base/stop.h"
#include "base/unforked.h"
#include "exec/placement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A chunk is run in parts about this long, between which a stop is noticed; each costs the reading of a clock or three,
 * so a ten thousandth of it. */
static const double part_ns = 1e6;

/* ---- opening and closing ---- */

static size_t bytes_of(const struct pp_gang *gang) { return gang->count * sizeof *gang->workers; }

static void set_up(struct pp_gang *gang, unsigned index) {
    const struct pp_job *job = gang->job;
    struct pp_gang_worker *worker = &gang->workers[index];
    worker->gang = gang;
    worker->index = index;
    worker->batch = (struct pp_batch){.task = job->task,
                                      .args = job->args,
                                      .seed = job->seed,
                                      .timeout_ns = job->timeout_ns,
                                      .resolution_ns = job->resolution_ns,
                                      .cpu_cost_ns = job->cpu_cost_ns,
                                      .lean = job->lean,
                                      .progress = &worker->progress,
                                      .lane = pp_recorder_lane(job->recorder, index)};
    worker->policy = (struct pp_chunk_policy){.fixed = job->chunk_size, .workers = gang->count};
    if (job->times) /* touched now, not while it works */
        pp_histogram_clear(&worker->times);
}

/* Each worker's on a cache line of its own; those of tasks that are under way in one worker follow one another: so many
 * for each member of a mix, which hand out their places without knowing of each other. */
static int open_groups(struct pp_gang *gang, struct pp_error *error) {
    enum { LINE_BYTES = 64 };
    const struct pp_job *job = gang->job;
    unsigned tasks = gang->count;
    if (job->workers > gang->count) {
        size_t kinds = pp_members_with(job->task, job->args, PP_TASK_CHILDREN);
        tasks = job->workers * (kinds > 1 ? (unsigned)kinds : 1);
    }
    return job->task->caps & PP_TASK_CHILDREN
               ? pp_groups_open(&gang->groups, tasks, gang->count > 1 ? LINE_BYTES : sizeof(int), error)
               : 0;
}

int pp_gang_open(struct pp_gang *gang, const struct pp_job *job, const char *executor, struct pp_error *error) {
    return pp_gang_open_of(gang, job, executor, job->workers ? job->workers : 1, error);
}

int pp_gang_open_of(struct pp_gang *gang, const struct pp_job *job, const char *executor, unsigned count,
                    struct pp_error *error) {
    *gang = (struct pp_gang){
        .job = job, .executor = executor, .count = count, .wake_fd = -1, .merging = PTHREAD_MUTEX_INITIALIZER};
    gang->workers = pp_unforked_alloc(bytes_of(gang));
    if (!gang->workers)
        return pp_error_set(error, -ENOMEM, "no memory for %u workers", gang->count);
    for (unsigned i = 0; i < gang->count; i++)
        set_up(gang, i);
    int status = pp_whole_open(&gang->whole, job, error);
    if (status == 0)
        status = open_groups(gang, error);
    if (status == 0)
        status = pp_watchdog_open(&gang->watchdog, gang, error);
    if (status != 0) {
        pp_groups_close(&gang->groups);
        pp_whole_close(&gang->whole);
        pp_unforked_free(gang->workers, bytes_of(gang));
    }
    return status;
}

void pp_gang_close(struct pp_gang *gang) {
    pp_watchdog_close(&gang->watchdog);
    pp_groups_close(&gang->groups);
    pp_whole_close(&gang->whole);
    pp_unforked_free(gang->workers, bytes_of(gang));
}

/* ---- a worker ---- */

int *pp_gang_groups(const struct pp_gang_worker *worker, unsigned *count) {
    const struct pp_gang *gang = worker->gang;
    bool is_alone = gang->count == 1; /* so all are its own */
    *count = is_alone ? gang->groups.count : 1;
    return pp_groups_at(&gang->groups, is_alone ? 0 : worker->index);
}

void pp_gang_enter(struct pp_gang_worker *worker) {
    const struct pp_job *job = worker->gang->job;
    atomic_store(&worker->tid, gettid());
    pp_lane_ask(&worker->batch.lane);
    pp_crash_enter(&worker->stack);
    struct pp_env env = job->env;
    env.worker = worker->index;
    if (worker->gang->groups.count > 0)
        env.groups = pp_gang_groups(worker, &env.group_count);
    worker->status = pp_stop_signal ? -EINTR : 0;
    if (worker->status == 0 && job->placement)
        worker->status = pp_placement_apply(job->placement, worker->index, &worker->why);
    if (worker->status == 0)
        worker->status = pp_batch_open(&worker->batch, job->shared, &env, &worker->why);
}

bool pp_gang_take(struct pp_gang_worker *worker, uint64_t *first, uint64_t *count) {
    struct pp_gang *gang = worker->gang;
    uint64_t all = gang->job->count, next = atomic_load_explicit(&gang->next, memory_order_relaxed);
    if (next >= all)
        return false;
    /* Others may take theirs meanwhile: then this one is a little larger than what is left asks for. */
    uint64_t size = pp_chunk_size(&worker->policy, all - next);
    *first = atomic_fetch_add_explicit(&gang->next, size, memory_order_relaxed);
    if (*first >= all)
        return false;
    *count = size < all - *first ? size : all - *first;
    return true;
}

/* Tasks to run before looking up again. */
static uint64_t part_of(const struct pp_gang_worker *worker, uint64_t left) {
    double task_ns = worker->policy.task_ns;
    if (left == 1 || task_ns <= 0.0 || task_ns >= part_ns)
        return 1;
    double part = part_ns / task_ns;
    return part < (double)left ? (uint64_t)part : left;
}

void pp_gang_drain_times(struct pp_gang_worker *worker) {
    struct pp_times *times = &worker->tally.times;
    if (worker->gang->job->times)
        pp_times_drain(times, &worker->times);
    times->used = 0;
}

bool pp_gang_forgives(const struct pp_gang *gang) { return gang->groups.count > 0 && pp_stop_signal; }

/* Runs tasks whose failure the stop may have caused: then none of them has failed. */
static uint64_t run_forgiving(struct pp_gang_worker *worker, uint64_t first, uint64_t count) {
    struct pp_tally *tally = &worker->tally;
    const struct pp_reasons reasons = tally->reasons;
    uint64_t failed = tally->failed, ran = pp_batch_run(&worker->batch, first, count, tally);
    if (!pp_gang_forgives(worker->gang))
        return ran;
    tally->failed = failed;
    tally->reasons = reasons;
    if (failed == 0)
        tally->why.code = 0;
    return ran;
}

bool pp_gang_run(struct pp_gang_worker *worker, uint64_t first, uint64_t count) {
    struct pp_tally *tally = &worker->tally;
    if (worker->began_ns == 0)
        worker->began_ns = pp_clock_ns();
    while (count > 0 && !pp_stop_signal) {
        if (pp_times_full(&tally->times))
            pp_gang_drain_times(worker);
        uint64_t wall_ns = tally->wall_ns;
        uint64_t part = part_of(worker, count);
        uint64_t ran = worker->gang->groups.count > 0 ? run_forgiving(worker, first, part)
                                                      : pp_batch_run(&worker->batch, first, part, tally);
        pp_chunk_learn(&worker->policy, ran, tally->wall_ns - wall_ns);
        first += ran;
        count -= ran;
    }
    return count == 0;
}

void pp_gang_work(struct pp_gang_worker *worker) {
    uint64_t first, count;
    while (!pp_stop_signal && pp_gang_take(worker, &first, &count))
        pp_gang_run(worker, first, count);
}

void pp_gang_hand_back(struct pp_gang_worker *worker) {
    struct pp_gang *gang = worker->gang;
    if (!gang->whole.memory || pp_stop_signal)
        return;
    struct pp_part part;
    struct pp_error why = {0};
    int status = pp_batch_gather(&worker->batch, &part, &why);
    pthread_mutex_lock(&gang->merging);
    if (gang->unmerged.code == 0) {
        if (status == 0)
            pp_whole_add(&gang->whole, worker->index, &part, &gang->unmerged);
        else
            pp_whole_missing(worker->index, &why, &gang->unmerged);
    }
    pthread_mutex_unlock(&gang->merging);
    worker->handed_ns = pp_clock_ns();
}

void pp_gang_leave(struct pp_gang_worker *worker) {
    if (worker->status == 0)
        pp_batch_close(&worker->batch);
    pp_crash_leave(&worker->stack);
}

/* ---- all of them ---- */

static int cannot_start(const struct pp_gang *gang, const struct pp_gang_worker *worker, struct pp_error *error) {
    *error = worker->why;
    if (error->code == 0)
        pp_error_set(error, worker->status, "could not be made ready: %s", strerror(-worker->status));
    if (gang->job->workers == 0)
        return error->code;
    const struct pp_error why = *error;
    return pp_error_set(error, why.code, "worker %u cannot start: %s", worker->index, why.text);
}

int pp_gang_ready(const struct pp_gang *gang, struct pp_error *error) {
    if (pp_stop_signal)
        return -EINTR;
    for (unsigned i = 0; i < gang->count; i++)
        if (gang->workers[i].status != 0)
            return cannot_start(gang, &gang->workers[i], error);
    return 0;
}

int pp_gang_conclude(struct pp_gang *gang, struct pp_error *error) {
    uint64_t failed = 0;
    if (!gang->whole.memory || pp_stop_signal)
        return 0;
    for (unsigned i = 0; i < gang->count; i++)
        failed += gang->workers[i].tally.failed;
    int status = gang->unmerged.code;
    if (status != 0)
        *error = gang->unmerged;
    else
        status = pp_whole_conclude(&gang->whole, failed == 0, &gang->check, error);
    if (status == 0)
        gang->concluded_ns = pp_clock_ns();
    return status;
}

void pp_gang_observe(const struct pp_gang *gang, void (*look)(void *owner, const struct pp_crew *crew),
                     struct pp_sample *sample, struct rusage *used) {
    pp_usage_add_own(&sample->usage, used);
    pid_t *ids = calloc(gang->count, sizeof *ids);
    for (unsigned i = 0; ids && i < gang->count; i++)
        ids[i] = atomic_load(&gang->workers[i].tid);
    look(gang->job->observer->owner,
         &(const struct pp_crew){.ids = ids, .count = ids ? gang->count : 0, .threads = gang->job->workers > 0});
    free(ids);
    getrusage(RUSAGE_SELF, used);
}

static void add_worker(struct pp_gang_worker *worker, uint64_t start_ns, uint64_t end_ns, struct pp_sample *sample) {
    const struct pp_job *job = worker->gang->job;
    pp_sample_add(sample, &worker->tally);
    if (job->times) {
        pp_gang_drain_times(worker);
        pp_histogram_merge(job->times, &worker->times);
    }
    if (job->lean)
        return;
    struct pp_ledger ledger = {0};
    uint64_t last_ns = worker->handed_ns ? worker->handed_ns : worker->batch.end_ns;
    if (worker->began_ns)
        pp_ledger_spell(&ledger, worker->began_ns, last_ns, worker->tally.wall_ns);
    pp_ledger_add(&ledger, start_ns, end_ns, &sample->ledger);
}

int pp_gang_collect(struct pp_gang *gang, uint64_t start_ns, struct pp_sample *sample) {
    uint64_t end_ns = gang->concluded_ns ? gang->concluded_ns : start_ns;
    for (unsigned i = 0; i < gang->count; i++)
        if (gang->workers[i].batch.end_ns > end_ns)
            end_ns = gang->workers[i].batch.end_ns;
    for (unsigned i = 0; i < gang->count; i++)
        add_worker(&gang->workers[i], start_ns, end_ns, sample);
    pp_sample_use_children(sample);
    sample->work_ns = end_ns - start_ns;
    sample->check += gang->check;
    bool concluded = !gang->whole.memory || gang->concluded_ns > 0;
    sample->complete = concluded && sample->done + sample->failed == gang->job->count;
    return sample->complete ? 0 : -EINTR;
}
