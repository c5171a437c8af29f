/* The openmp executor: the threads of an OpenMP team, to which OpenMP hands the chunks.
 *
 * The tasks are a few loops `omp for schedule(dynamic)`, one after the other without a barrier: the first loops go over
 * few tasks, so that the later ones can go over chunks of the size that the policy has learnt by then (chunk.h), and
 * the last ones shrink as it asks for. With a fixed chunk size it is what anybody would write, one loop.
 *
 * Each pass has a team of its own, led by a thread of its own: an OpenMP runtime keeps its threads for the thread that
 * asked for them, and threads that are there already would be no part of the pass's init time. */
#include "exec/openmp.h"

#ifdef _OPENMP

#include "base/stop.h"
#include "exec/exec.h"
#include "exec/limits.h"
#include "exec/threads.h"

#include <errno.h>
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- the environment ---- */

/* The first three would bind this whole program before main, and so the workers of all executors: `pin` is what places
 * workers here. The others say how long threads spin before they sleep while they wait for each other, which is at the
 * start and the end of a team; threads that spin have kept those from their CPU that they wait for, for milliseconds.
 */
static struct {
    const char *name, *value; /* value: NULL: it is not set */
} kept_back[] = {{"OMP_PROC_BIND", NULL},
                 {"OMP_PLACES", NULL},
                 {"GOMP_CPU_AFFINITY", NULL},
                 {"GOMP_SPINCOUNT", NULL},
                 {"OMP_WAIT_POLICY", NULL}};
enum { KEPT_BACK = sizeof kept_back / sizeof *kept_back };

/* The runtime reads its environment in a constructor of lower priority. */
__attribute__((constructor(101))) static void keep_back(void) {
    for (int i = 0; i < KEPT_BACK; i++) {
        kept_back[i].value = getenv(kept_back[i].name); /* stays where it is */
        unsetenv(kept_back[i].name);
    }
    setenv("OMP_WAIT_POLICY", "passive", 1);
}

void pp_openmp_restore_environment(void) {
    unsetenv("OMP_WAIT_POLICY");
    for (int i = 0; i < KEPT_BACK; i++)
        if (kept_back[i].value)
            setenv(kept_back[i].name, kept_back[i].value, 1);
}

/* ---- the loops ---- */

/* More than there can be (a loop that the policy cuts to size takes at least a third of what is left, when those have
 * been run that learn, which double); should there be more all the same, the last one takes all. */
enum { LOOPS_MAX = 256 };

/* In place of a loop's chunk size: there are no more loops. */
static const uint64_t no_more = UINT64_MAX;

/* A loop whose chunks are run by nobody any more, after a stop signal, goes round so often in some 20 ms. */
static const uint64_t long_loop = 1 << 20;

struct team {
    struct pp_threads *threads;
    pthread_t leader;
    _Atomic uint64_t sizes[LOOPS_MAX]; /* tasks in a chunk of each loop, 0: no worker has come so far yet */
};

struct loop {
    uint64_t first, size, chunks;
};

/* All threads of a team must go through the same loops: the one that comes first says how large the chunks are. */
static uint64_t agree(_Atomic uint64_t *size, uint64_t proposal) {
    uint64_t agreed = 0;
    return atomic_compare_exchange_strong_explicit(size, &agreed, proposal, memory_order_relaxed, memory_order_relaxed)
               ? proposal
               : agreed;
}

/* How many of the `left` chunks are in a loop. With chunk sizes that are learnt: those that every worker has a part in,
 * twice as many in each loop, and no more than half of all, because then they are to be smaller. */
static uint64_t chunks_of(const struct pp_chunk_policy *policy, unsigned number, uint64_t left) {
    uint64_t wanted = left < long_loop ? left : long_loop;
    if (policy->fixed == 0) {
        wanted = number < 32 ? (uint64_t)policy->workers << number : left;
        if (wanted > left / 2)
            wanted = left / 2;
        if (left <= 2 * (uint64_t)policy->workers)
            wanted = left;
    } else if (wanted < left / 8) {
        wanted = left / 8;
    }
    return number == LOOPS_MAX - 1 ? left : wanted;
}

/* The loop after those that end before task `first`; its size is no_more when there is none. */
static struct loop loop_at(struct team *team, const struct pp_gang_worker *worker, unsigned number, uint64_t first) {
    uint64_t left = worker->gang->job->count - first;
    uint64_t wanted = left == 0 || pp_stop_signal ? no_more : pp_chunk_size(&worker->policy, left);
    struct loop loop = {.first = first, .size = agree(&team->sizes[number], wanted)};
    if (loop.size != no_more)
        loop.chunks = chunks_of(&worker->policy, number, left / loop.size + (left % loop.size > 0));
    return loop;
}

static void run_chunk(struct pp_gang_worker *worker, uint64_t first, uint64_t size) {
    uint64_t left = worker->gang->job->count - first;
    pp_gang_run(worker, first, size < left ? size : left);
}

static void run_loop(struct pp_gang_worker *worker, struct loop loop) {
#pragma omp for schedule(dynamic, 1) nowait
    for (uint64_t i = 0; i < loop.chunks; i++)
        run_chunk(worker, loop.first + i * loop.size, loop.size);
}

static void work(struct pp_gang_worker *worker, void *own) {
    uint64_t first = 0, all = worker->gang->job->count;
    for (unsigned number = 0; number < LOOPS_MAX; number++) {
        const struct loop loop = loop_at(own, worker, number, first);
        if (loop.size == no_more)
            return;
        run_loop(worker, loop);
        uint64_t left = all - first, tasks = loop.chunks * loop.size;
        first += tasks < left ? tasks : left;
    }
}

/* ---- the team ---- */

/* A smaller team than was asked for: those that are missing are why the pass cannot begin. */
static void miss(struct pp_threads *threads, unsigned size) {
    unsigned count = threads->gang.count;
    for (unsigned i = size; i < count; i++)
        threads->gang.workers[i].status = pp_error_set(
            &threads->gang.workers[i].why, -EAGAIN,
            "OpenMP gave %u of %u threads; is OMP_THREAD_LIMIT set? Raise it, or test fewer workers", size, count);
    pp_latch_arrive(&threads->worked, count - size);
    pp_latch_arrive(&threads->ready, count - size);
}

static void join_in(struct pp_threads *threads) {
    unsigned size = (unsigned)omp_get_num_threads(), self = (unsigned)omp_get_thread_num();
    if (self == 0 && size < threads->gang.count)
        miss(threads, size);
    pp_threads_live(threads, &threads->gang.workers[self]);
}

/* What OMP_DYNAMIC, OMP_NUM_THREADS and OMP_MAX_ACTIVE_LEVELS ask for does not count here. */
static void *lead(void *argument) {
    struct team *team = argument;
    struct pp_threads *threads = team->threads;
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
#pragma omp parallel num_threads(threads->gang.count)
    join_in(threads);
    omp_pause_resource_all(omp_pause_hard); /* ends and joins the threads that would wait for the next region */
    return NULL;
}

/* ---- the pass ---- */

static int start(struct pp_threads *threads) {
    struct team *team = threads->own = calloc(1, sizeof *team);
    if (!team)
        return pp_error_set(threads->error, -ENOMEM, "no memory for a team of %u threads", threads->gang.count);
    team->threads = threads;
    int code = pthread_create(&team->leader, NULL, lead, team);
    if (code != 0)
        return pp_error_set(threads->error, -code, "the first of %u threads could not be started: %s",
                            threads->gang.count, strerror(code));
    threads->started = threads->gang.count;
    return 0;
}

static void join(struct pp_threads *threads) {
    const struct team *team = threads->own;
    if (threads->started > 0)
        pthread_join(team->leader, NULL);
    free(threads->own);
}

static int admit(unsigned workers, struct pp_error *error) {
    int limit = omp_get_thread_limit();
    if (workers > (unsigned)limit)
        return pp_error_set(error, -EAGAIN,
                            "%u workers are more threads than OMP_THREAD_LIMIT allows (%d): raise it, leave it out, or "
                            "test fewer workers",
                            workers, limit);
    return pp_limits_admit_threads(workers, error);
}

/* Asks once more whether there can be so many threads: when one cannot be started, the runtime ends the program. */
static int run(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    static const struct pp_threads_kind kind = {
        .name = "openmp", .first_wakes_others = true, .start = start, .work = work, .join = join};
    *sample = (struct pp_sample){0};
    int status = pp_limits_admit_threads(job->workers, error);
    return status ? status : pp_threads_run(&kind, job, sample, error);
}

static int supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    return pp_threads_support(&pp_executor_openmp, task, plan, error);
}

#else

#include "exec/exec.h"

void pp_openmp_restore_environment(void) {}

#endif

const struct pp_executor pp_executor_openmp = {
    .name = "openmp",
    .summary = "the threads of an OpenMP team, to which OpenMP hands the tasks",
#ifdef _OPENMP
    .supports = supports,
    .admit = admit,
    .admit_programs = pp_limits_admit_programs,
    .run = run,
#else
    .unavailable = "built without OpenMP: build it with gcc 9 or later, which brings the OpenMP runtime that it needs",
#endif
};
