/* What is true of every executor whose workers are threads of this process: equal work whoever does it, workers that do
 * not come to life, stops, and nobody left behind. Where the time goes is in test_ledger.c. Include <cmocka.h> and what
 * it needs before, define `executor`, and run THREAD_CASES by run_thread_cases. */
#ifndef PPTEST_TESTS_THREAD_CASES_H
#define PPTEST_TESTS_THREAD_CASES_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "process_world.h"

static const struct pp_executor *const executor; /* which of them */

static int threads_of_this_process(void) {
    int count = -2; /* "." and ".." */
    DIR *dir = opendir("/proc/self/task");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* A thread that was joined may still be listed for a moment. */
static bool comes_down_to(int count) {
    for (int i = 0; i < 1000 && threads_of_this_process() != count; i++)
        fake_sleep_ms(1);
    return threads_of_this_process() == count;
}

static int run_threads(struct fake_job *fake, const struct pp_task *task, uint64_t count, unsigned workers,
                       uint64_t chunk) {
    int before = threads_of_this_process();
    fake_job_set(fake, task, count, workers);
    fake->executor = executor->name;
    fake->job.chunk_size = chunk;
    int status = fake_job_run(fake, PP_START_FORK, NULL);
    assert_true(comes_down_to(before));
    return status;
}

/* ---- tasks that answer ---- */

static void same_work_for_any_workers_and_chunks(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const unsigned workers[] = {1, 2, 3, 7, 64};
    const uint64_t chunks[] = {0, 1, 5, 1000000};
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
            assert_int_equal(run_threads(fake, &well, 2000, workers[w], chunks[c]), 0);
            assert_whole(fake, 0);
            assert_int_equal(fake->sample.lost + fake->sample.workers_lost, 0);
            assert_true(fake->sample.task_ns > 0);
            assert_true(fake->sample.task_ns <= fake->sample.work_ns * workers[w]);
        }
    for (uint64_t i = 0; i < 2000; i++) {
        assert_int_equal(atomic_load(&fake->args.board->runs[i]), 5 * 4);
        assert_int_equal(atomic_load(&fake->args.board->seeds[i]), pp_mix2(fake->job.seed, i));
    }
}

static void fewer_tasks_than_threads(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t count = 1; count <= 3; count++) {
        assert_int_equal(run_threads(fake, &well, count, 8, 0), 0);
        assert_whole(fake, 0);
    }
}

static void a_thousand_threads(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_error error = {0};
    assert_int_equal(executor->admit(1000, &error), 0);
    assert_int_equal(run_threads(fake, &asleep, 2000, 1000, 0), 0);
    assert_whole(fake, 0);
}

static void tasks_of_threads_overlap(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(run_threads(fake, &asleep, 40, 8, 1), 0);
    assert_true(fake->sample.task_ns > 2 * fake->sample.work_ns);
}

static const struct pp_task failing = {.name = "failing", .run = fake_fail, .verify = fake_verify};

static void failures_are_counted(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->args.victim = 50;
    fake->args.spare = 60;
    for (unsigned workers = 1; workers <= 3; workers++) {
        assert_int_equal(run_threads(fake, &failing, 100, workers, 0), 0);
        assert_true(fake->sample.complete);
        assert_int_equal(fake->sample.done, 98);
        assert_int_equal(fake->sample.failed, 2);
        assert_int_equal(fake->sample.wrong, 1);
        assert_true(fake->sample.why.code == -EIO || fake->sample.why.code == -EBADMSG);
        assert_non_null(strstr(fake->sample.why.text, "task "));
        assert_int_equal(fake->sample.reasons.used, 2);
        assert_int_equal(fake->sample.reasons.items[0].task, 50);
        assert_int_equal(fake->sample.reasons.items[1].task, 60);
    }
}

static void a_task_that_is_late_has_failed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &asleep, 5, 2);
    fake->executor = executor->name;
    fake->job.timeout_ns = 1000000;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_int_equal(fake->sample.failed, 5);
    assert_int_equal(fake->sample.why.code, -ETIMEDOUT);
    assert_int_equal(fake->sample.reasons.used, 1);
    assert_int_equal(fake->sample.reasons.items[0].count, 5);
}

/* ---- threads that do not come to life ---- */

/* args.spare: how many are made ready before; args.victim: the next one says why it is not. */
static int init_badly(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)shared;
    (void)env;
    if (atomic_fetch_add(&fake->board->starts, 1) != fake->spare)
        return 0;
    return fake->victim ? pp_error_set(error, -ENOSPC, "the cupboard is bare") : -ENOSPC;
}

static void fini_counting(void *state) {
    struct fake_board **board = state;
    atomic_fetch_add(&(*board)->ends, 1);
}

static int init_counting(void *state, const void *shared, const void *args, const struct pp_env *env,
                         struct pp_error *error) {
    const struct fake_args *fake = args;
    struct fake_board **board = state;
    *board = fake->board;
    return init_badly(state, shared, args, env, error);
}

static const struct pp_task unready = {.name = "unready",
                                       .state_size = sizeof(struct fake_board *),
                                       .worker_init = init_counting,
                                       .run = run_well,
                                       .verify = fake_verify,
                                       .worker_fini = fini_counting};

static void a_thread_that_cannot_be_made_ready_ends_the_pass(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct fake_board *board = fake->args.board;
    for (unsigned workers = 1; workers <= 8; workers *= 2)
        for (uint64_t words = 0; words <= 1; words++) {
            atomic_store(&board->starts, 0);
            atomic_store(&board->ends, 0);
            fake->args.victim = words;
            fake->args.spare = workers / 2;
            assert_int_equal(run_threads(fake, &unready, 100, workers, 0), -ENOSPC);
            assert_non_null(strstr(fake->error.text, words ? "cannot start: the cupboard is bare" : "made ready"));
            assert_false(fake->sample.complete);
            assert_int_equal(fake->sample.done, 0);
            assert_int_equal(atomic_load(&board->ends), workers - 1); /* the others have given back what they had */
        }
}

/* ---- being asked to stop ---- */

static int run_stopping(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim)
        kill(getpid(), SIGINT);
    fake_sleep_ms(1);
    return fake_answer(fake, item, output);
}

static const struct pp_task stopping = {.name = "stopping", .run = run_stopping, .verify = fake_verify};

/* In one chunk for each thread, too: a stop is noticed between its tasks. */
static int stop_in_the_middle(struct fake_job *fake) {
    int status = run_threads(fake, &stopping, 4000, 2, fake->args.spare);
    const struct pp_sample *sample = &fake->sample;
    return status == -EINTR && pp_stop_signal == SIGINT && !sample->complete && sample->done >= 20 &&
           sample->done < 3000 && sample->failed == 0;
}

static void a_stop_in_the_middle_keeps_what_was_done(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->args.victim = 20;
    for (uint64_t chunk = 0; chunk <= 2000; chunk += 2000) {
        fake->args.spare = chunk;
        assert_int_equal(in_child(stop_in_the_middle, fake), 1);
    }
}

static int stop_before(struct fake_job *fake) {
    pp_stop_signal = SIGTERM;
    return run_threads(fake, &well, 100, 3, 0) == -EINTR && fake->sample.done == 0 && fake->error.code == 0;
}

static void a_stop_before_the_first_task(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(stop_before, fake), 1);
}

/* ---- the observer ---- */

struct seen {
    const struct fake_board *board;
    size_t ready, worked;
    uint64_t runs_when_ready, runs_when_worked;
};

static uint64_t runs_so_far(const struct seen *seen) {
    uint64_t runs = 0;
    for (size_t i = 0; i < FAKE_BOARD_ITEMS; i++)
        runs += atomic_load(&seen->board->runs[i]);
    return runs;
}

static size_t threads_there(const struct pp_crew *crew) {
    size_t there = 0;
    char path[64];
    for (size_t i = 0; i < crew->count; i++) {
        snprintf(path, sizeof path, "/proc/self/task/%d", (int)crew->ids[i]);
        there += access(path, F_OK) == 0 && crew->ids[i] != getpid();
    }
    fake_sleep_ms(30);
    return crew->threads ? there : 0;
}

static void on_ready(void *owner, const struct pp_crew *crew) {
    struct seen *seen = owner;
    seen->runs_when_ready = runs_so_far(seen);
    seen->ready = threads_there(crew);
}

static void on_worked(void *owner, const struct pp_crew *crew) {
    struct seen *seen = owner;
    seen->runs_when_worked = runs_so_far(seen);
    seen->worked = threads_there(crew);
}

/* It takes 60 ms, of which none may be found in the pass. */
static void the_observer_sees_all_threads_while_no_clock_runs(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 1; workers <= 3; workers++) {
        struct seen seen = {.board = fake->args.board};
        const struct pp_observer observer = {.owner = &seen, .ready = on_ready, .worked = on_worked};
        uint64_t before = runs_so_far(&seen);
        fake_job_set(fake, &well, 100, workers);
        fake->executor = executor->name;
        fake->job.observer = &observer;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        assert_int_equal(seen.ready, workers);
        assert_int_equal(seen.worked, workers);
        assert_int_equal(seen.runs_when_ready, before);
        assert_int_equal(seen.runs_when_worked, before + 100);
        assert_true(fake->spent_ns - fake->sample.total_ns >= 60000000);
    }
}

/* ---- what it cannot do, and what limits it ---- */

static void tasks_that_must_not_share_a_process_are_refused(void **state) {
    (void)state;
    const struct pp_task alone = {.name = "alone", .caps = PP_TASK_ONE_THREAD, .run = run_well};
    struct pp_case plan = {.executor = executor->name, .workers = 2};
    struct pp_error error = {0};
    assert_int_equal(executor->supports(&well, &plan, &error), 0);
    assert_int_equal(executor->supports(&alone, &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "executor");
    assert_non_null(strstr(error.text, "\"alone\" must not"));
    assert_non_null(strstr(error.text, "use \"process\""));
}

static void cases_that_move_data_are_refused(void **state) {
    (void)state;
    struct pp_case plan = {.executor = executor->name, .workers = 2, .transfer.result = PP_RESULT_PIPE};
    struct pp_error error = {0};
    assert_int_equal(executor->supports(&well, &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "transfer");
}

/* Somebody who has no other thread than this one, and may have a few: the main one, the watchdog, some workers. */
static int few_threads(struct fake_job *fake) {
    const struct rlimit few = {.rlim_cur = 6, .rlim_max = 6};
    if (geteuid() != 0 || setresuid(64999, 64999, 64999) != 0 || setrlimit(RLIMIT_NPROC, &few) != 0)
        return 1; /* nothing to see */
    int status = run_threads(fake, &well, 100, 50, 0);
    return status == -EAGAIN && strstr(fake->error.text, "ulimit -u") && fake->sample.done == 0;
}

static void threads_that_cannot_be_had_are_an_error_that_leaves_none(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(few_threads, fake), 1);
}

static void *do_nothing(void *unused) { return unused; }

/* With a first thread, a sanitizer starts one of its own, which stays. */
static inline bool start_counting_threads(void) {
    pthread_t first;
    pp_stop_install();
    return pthread_create(&first, NULL, do_nothing, NULL) == 0 && pthread_join(first, NULL) == 0;
}

#define THREAD_CASES                                                                                                   \
    CLEAN(same_work_for_any_workers_and_chunks), CLEAN(fewer_tasks_than_threads), CLEAN(a_thousand_threads),           \
        CLEAN(tasks_of_threads_overlap), CLEAN(failures_are_counted), CLEAN(a_task_that_is_late_has_failed),           \
        CLEAN(a_thread_that_cannot_be_made_ready_ends_the_pass), CLEAN(a_stop_in_the_middle_keeps_what_was_done),      \
        CLEAN(a_stop_before_the_first_task), CLEAN(the_observer_sees_all_threads_while_no_clock_runs),                 \
        CLEAN(tasks_that_must_not_share_a_process_are_refused), CLEAN(cases_that_move_data_are_refused),               \
        CLEAN(threads_that_cannot_be_had_are_an_error_that_leaves_none)

#endif
