/* Recording spans: lanes, room, sampling, and what is left of a worker that was killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/resource.h>

#include "process_world.h"

#include "exec/recorder.h"

enum { LANES_MAX = 16, SPANS_MAX = 10000 };

struct recorded {
    uint64_t counts[LANES_MAX], ends[LANES_MAX];
    uint64_t all;
    struct pp_trace_span spans[SPANS_MAX];
};

static struct pp_recorder open_recorder(unsigned lanes, uint64_t spans, uint64_t every) {
    struct pp_recorder recorder;
    struct pp_error error = {0};
    assert_int_equal(pp_recorder_open(&recorder, lanes, spans, every, &error), 0);
    return recorder;
}

static struct recorded *read_recorder(const struct pp_recorder *recorder) {
    struct recorded *recorded = calloc(1, sizeof *recorded);
    assert_non_null(recorded);
    recorded->all = pp_recorder_count(recorder, recorded->counts);
    assert_true(recorded->all <= SPANS_MAX);
    uint64_t first = 0;
    for (unsigned i = 0; i < LANES_MAX; i++) {
        recorded->ends[i] = first;
        first += recorded->counts[i];
    }
    pp_recorder_copy(recorder, recorded->ends, recorded->spans);
    return recorded;
}

static void add_task(const struct pp_lane *lane, uint64_t index) {
    const struct pp_trace_span span = {.start_ns = 1000 + index, .spent_ns = 1, .first = index, .count = 1};
    pp_lane_add(lane, &span);
}

/* ---- room ---- */

static void spans_of_two_lanes_come_back_lane_by_lane_in_order(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(2, 1000, 1);
    const struct pp_lane lanes[] = {pp_recorder_lane(&recorder, 0), pp_recorder_lane(&recorder, 1)};
    for (uint64_t i = 0; i < 1000; i++)
        add_task(&lanes[i % 3 == 0], i);
    struct recorded *recorded = read_recorder(&recorder);
    assert_int_equal(recorded->counts[0], 666);
    assert_int_equal(recorded->counts[1], 334);
    for (uint64_t i = 0; i < 334; i++)
        assert_int_equal(recorded->spans[666 + i].first, 3 * i);
    for (uint64_t i = 1; i < 666; i++)
        assert_true(recorded->spans[i - 1].first < recorded->spans[i].first);
    assert_int_equal(pp_recorder_dropped(&recorder), 0);
    free(recorded);
    pp_recorder_close(&recorder);
}

static void one_lane_has_room_for_all_that_was_asked_for(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(LANES_MAX, 5000, 1);
    struct pp_lane last = pp_recorder_lane(&recorder, LANES_MAX - 1);
    for (unsigned i = 0; i < LANES_MAX; i++) {
        struct pp_lane lane = pp_recorder_lane(&recorder, i);
        pp_lane_mark(&lane, PP_SPAN_INIT, 1);
    }
    for (uint64_t i = 0; i < 5000; i++)
        add_task(&last, i);
    struct recorded *recorded = read_recorder(&recorder);
    assert_int_equal(recorded->counts[LANES_MAX - 1], 5001);
    assert_int_equal(recorded->all, 5000 + LANES_MAX);
    assert_int_equal(pp_recorder_dropped(&recorder), 0);
    free(recorded);
    pp_recorder_close(&recorder);
}

static void what_finds_no_room_is_counted_and_harms_nobody(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(2, 100, 1);
    struct pp_lane greedy = pp_recorder_lane(&recorder, 1), modest = pp_recorder_lane(&recorder, 0);
    add_task(&modest, 7);
    for (uint64_t i = 0; i < 2000; i++)
        add_task(&greedy, i);
    add_task(&modest, 8);
    struct recorded *recorded = read_recorder(&recorder);
    assert_int_equal(recorded->counts[0], 2);
    assert_int_equal(recorded->spans[1].first, 8);
    assert_true(recorded->counts[1] >= 99 && recorded->counts[1] < 1000);
    assert_int_equal(pp_recorder_dropped(&recorder), 2000 - recorded->counts[1]);
    free(recorded);
    pp_recorder_close(&recorder);
}

static void a_recorder_that_was_cleared_is_empty_and_has_all_its_room(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(2, 100, 1);
    for (unsigned pass = 0; pass < 5; pass++) {
        struct pp_lane lane = pp_recorder_lane(&recorder, pass % 2);
        for (uint64_t i = 0; i < 100; i++)
            add_task(&lane, i);
        struct recorded *recorded = read_recorder(&recorder);
        assert_int_equal(recorded->all, 100);
        assert_int_equal(recorded->counts[pass % 2], 100);
        assert_int_equal(pp_recorder_dropped(&recorder), 0);
        free(recorded);
        pp_recorder_clear(&recorder);
    }
    pp_recorder_close(&recorder);
}

static void a_thousand_workers_take_a_few_megabytes(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(1000, 1000, 1);
    assert_true(recorder.bytes < 5 << 20);
    pp_recorder_close(&recorder);
    recorder = open_recorder(1000, 1000000, 1);
    assert_true(recorder.bytes < 50 << 20);
    pp_recorder_close(&recorder);
}

static int open_without_memory(struct fake_job *fake) {
    (void)fake;
    struct pp_recorder recorder;
    struct pp_error error = {0};
    const struct rlimit limit = {1 << 20, 1 << 20};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
    int status = pp_recorder_open(&recorder, 2, 1000000, 1, &error);
    return status == -EFBIG && strstr(error.text, "no memory for a trace") && strstr(error.text, "ulimit -f") ? 0 : 1;
}

static void no_memory_is_an_error_with_a_way_out(void **state) {
    struct world *world = *state;
    assert_int_equal(in_child(open_without_memory, &world->fake), 0);
}

static void a_lane_that_there_is_not_records_nothing(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(2, 10, 1);
    assert_null(pp_recorder_lane(NULL, 0).memory);
    assert_null(pp_recorder_lane(&recorder, 2).memory);
    const struct pp_lane none = {0};
    pp_lane_mark(&none, PP_SPAN_INIT, 1);
    pp_lane_ask(&none);
    assert_int_equal(pp_lane_now(&none), 0);
    assert_int_equal(pp_lane_asked(&none, 5), 5);
    pp_recorder_close(&recorder);
}

/* ---- sampling ---- */

static void spans_are_wanted_that_hold_a_multiple(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(1, 10, 10);
    const struct pp_lane lane = pp_recorder_lane(&recorder, 0);
    assert_true(pp_lane_wants(&lane, 0, 1));
    assert_true(pp_lane_wants(&lane, 30, 1));
    assert_false(pp_lane_wants(&lane, 31, 1));
    assert_false(pp_lane_wants(&lane, 31, 9));
    assert_true(pp_lane_wants(&lane, 31, 10));
    assert_true(pp_lane_wants(&lane, 39, 2));
    assert_true(pp_lane_wants(&lane, 1, 256));
    pp_recorder_close(&recorder);
}

/* ---- workers ---- */

struct writer {
    struct pp_recorder *recorder;
    unsigned index;
};

static void *write_many(void *argument) {
    const struct writer *writer = argument;
    struct pp_lane lane = pp_recorder_lane(writer->recorder, writer->index);
    for (uint64_t i = 0; i < 1000; i++)
        add_task(&lane, writer->index * 1000 + i);
    return NULL;
}

static void threads_that_record_at_once_keep_to_their_lanes(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(8, 8000, 1);
    pthread_t threads[8];
    struct writer writers[8];
    for (unsigned i = 0; i < 8; i++) {
        writers[i] = (struct writer){&recorder, i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
    }
    for (unsigned i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    struct recorded *recorded = read_recorder(&recorder);
    assert_int_equal(recorded->all, 8000);
    for (uint64_t i = 0; i < 8000; i++)
        assert_int_equal(recorded->spans[i].first, i);
    free(recorded);
    pp_recorder_close(&recorder);
}

/* A worker is killed; another goes on in its lane. */
static void spans_of_a_killed_worker_stay_and_its_successor_goes_on(void **state) {
    (void)state;
    struct pp_recorder recorder = open_recorder(1, 1000, 1);
    for (uint64_t life = 0; life < 2; life++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct pp_lane lane = pp_recorder_adopt(recorder.fd, recorder.bytes, 0);
            for (uint64_t i = 0; i < 150; i++)
                add_task(&lane, life * 150 + i);
            raise(SIGKILL);
        }
        waitpid(pid, NULL, 0);
    }
    struct recorded *recorded = read_recorder(&recorder);
    assert_int_equal(recorded->all, 300);
    for (uint64_t i = 0; i < 300; i++)
        assert_int_equal(recorded->spans[i].first, i);
    free(recorded);
    pp_recorder_close(&recorder);
}

/* ---- executors ---- */

static int step_well(void *state, void *flight, const void *args, const struct pp_item *item,
                     const struct pp_step *step, struct pp_error *error) {
    (void)flight;
    return run_well(state, args, item, step->output, error);
}

static const struct pp_task step_by_step = {
    .name = "step_by_step", .run = run_well, .step = step_well, .verify = fake_verify};

static const struct pp_task fails = {.name = "fails", .run = fake_fail, .verify = fake_verify};

static const struct pp_task short_ones = {
    .name = "short_ones", .caps = PP_TASK_VALUE_ONLY, .run = fake_fail, .verify = fake_verify};

/* What an executor has recorded of a whole pass: each task once, within the work, one after the other in a lane, and
 * together as long as the sample says. */
static void check_pass(struct world *world, const char *executor, unsigned workers, enum pp_start_method method) {
    enum { TASKS = 500 };
    if (!is_there(executor))
        skip();
    struct pp_recorder recorder = open_recorder(LANES_MAX, TASKS, 1);
    struct fake_job *fake = &world->fake;
    fake->executor = executor;
    fake_job_set(fake, strcmp(executor, "async") == 0 ? &step_by_step : &well, TASKS, workers);
    fake->job.recorder = &recorder;
    assert_int_equal(fake_job_run(fake, method, NULL), 0);
    struct recorded *recorded = read_recorder(&recorder);
    const struct pp_phases *phases = &recorder.phases;
    uint64_t tasks = 0, spent_ns = 0, inits = 0, cleanups = 0, at = 0;
    unsigned lanes = workers ? workers : 1;
    for (unsigned lane = 0; lane < lanes; lane++) {
        uint64_t last_ns = 0;
        for (uint64_t i = 0; i < recorded->counts[lane]; i++, at++) {
            const struct pp_trace_span *span = &recorded->spans[at];
            assert_true(span->start_ns >= last_ns);
            last_ns = span->start_ns + span->spent_ns;
            inits += span->kind == PP_SPAN_INIT;
            cleanups += span->kind == PP_SPAN_CLEANUP;
            if (span->kind != PP_SPAN_TASK)
                continue;
            tasks += span->count;
            spent_ns += span->spent_ns;
            assert_int_equal(span->fate, 0);
            assert_true(span->start_ns >= phases->work_start_ns);
            assert_true(last_ns <= phases->work_start_ns + phases->work_ns);
        }
    }
    assert_int_equal(tasks, TASKS);
    assert_int_equal(spent_ns, fake->sample.task_ns);
    assert_int_equal(inits, cleanups);
    assert_in_range(inits, 1, lanes);
    assert_int_equal(phases->init_ns, fake->sample.init_ns);
    assert_int_equal(phases->work_ns, fake->sample.work_ns);
    assert_true(phases->end_ns >= phases->cleanup_start_ns);
    assert_true(phases->cleanup_start_ns >= phases->work_start_ns + phases->work_ns);
    free(recorded);
    pp_recorder_close(&recorder);
}

static void sequential_records_all(void **state) { check_pass(*state, "sequential", 0, PP_START_FORK); }
static void thread_records_all(void **state) { check_pass(*state, "thread", 3, PP_START_FORK); }
static void openmp_records_all(void **state) { check_pass(*state, "openmp", 3, PP_START_FORK); }
static void async_records_all(void **state) { check_pass(*state, "async", 5, PP_START_FORK); }
static void async_blocking_records_all(void **state) { check_pass(*state, "async-blocking", 5, PP_START_FORK); }
static void forked_processes_record_all(void **state) { check_pass(*state, "process", 3, PP_START_FORK); }
static void processes_of_a_fork_server_record_all(void **state) {
    check_pass(*state, "process", 3, PP_START_FORKSERVER);
}

/* Runs tasks 0 … 299 in this process, of which 10 fails and 20 is wrong; returns what was recorded. */
static struct recorded *run_faulty(struct fake_job *fake, const struct pp_task *task, uint64_t every) {
    struct pp_recorder recorder = open_recorder(1, 300, every);
    fake_job_set(fake, task, 300, 0);
    fake->args.victim = 10;
    fake->args.spare = 20;
    fake->job.chunk_size = 50;
    fake->job.recorder = &recorder;
    fake->job.resolution_ns = task->caps & PP_TASK_VALUE_ONLY ? 1000000 : 1;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    struct recorded *recorded = read_recorder(&recorder);
    pp_recorder_close(&recorder);
    return recorded;
}

static void what_became_of_a_task_is_recorded(void **state) {
    struct world *world = *state;
    struct recorded *recorded = run_faulty(&world->fake, &fails, 1);
    assert_int_equal(recorded->all, 302);
    for (uint64_t i = 0; i < 300; i++) {
        const struct pp_trace_span *span = &recorded->spans[1 + i];
        assert_int_equal(span->first, i);
        assert_int_equal(span->fate, i == 10 ? PP_SPAN_FAILED : i == 20 ? PP_SPAN_FAILED | PP_SPAN_WRONG : 0);
    }
    free(recorded);
}

static void of_sampled_tasks_every_so_many_are_there(void **state) {
    struct world *world = *state;
    struct recorded *recorded = run_faulty(&world->fake, &fails, 7);
    assert_int_equal(recorded->all, 2 + 43);
    for (uint64_t i = 0; i < 43; i++)
        assert_int_equal(recorded->spans[1 + i].first, 7 * i);
    free(recorded);
}

/* The first chunk of 50 is timed one by one, all others together. */
static void tasks_timed_together_have_one_span(void **state) {
    struct world *world = *state;
    struct recorded *recorded = run_faulty(&world->fake, &short_ones, 1);
    uint64_t next = 0, together = 0;
    for (uint64_t i = 1; i + 1 < recorded->all; i++) {
        assert_int_equal(recorded->spans[i].first, next);
        next += recorded->spans[i].count;
        together += recorded->spans[i].count > 1;
    }
    assert_int_equal(next, 300);
    assert_true(together >= 5);
    free(recorded);
}

/* libuv opens a pipe with its first loop, and keeps it. */
static int open_the_first_loop(void **state) {
    if (!is_there("async"))
        return 0;
    if (set_up(state) != 0)
        return -1;
    struct world *world = *state;
    world->fake.executor = "async";
    fake_job_set(&world->fake, &step_by_step, 1, 1);
    int status = fake_job_run(&world->fake, PP_START_FORK, NULL);
    nothing_is_left(state);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_of_two_lanes_come_back_lane_by_lane_in_order),
        cmocka_unit_test(one_lane_has_room_for_all_that_was_asked_for),
        cmocka_unit_test(what_finds_no_room_is_counted_and_harms_nobody),
        cmocka_unit_test(a_recorder_that_was_cleared_is_empty_and_has_all_its_room),
        cmocka_unit_test(a_thousand_workers_take_a_few_megabytes),
        CLEAN(no_memory_is_an_error_with_a_way_out),
        cmocka_unit_test(a_lane_that_there_is_not_records_nothing),
        cmocka_unit_test(spans_are_wanted_that_hold_a_multiple),
        cmocka_unit_test(threads_that_record_at_once_keep_to_their_lanes),
        cmocka_unit_test(spans_of_a_killed_worker_stay_and_its_successor_goes_on),
        CLEAN(sequential_records_all),
        CLEAN(thread_records_all),
        CLEAN(openmp_records_all),
        CLEAN(async_records_all),
        CLEAN(async_blocking_records_all),
        CLEAN(forked_processes_record_all),
        CLEAN(processes_of_a_fork_server_record_all),
        CLEAN(what_became_of_a_task_is_recorded),
        CLEAN(of_sampled_tasks_every_so_many_are_there),
        CLEAN(tasks_timed_together_have_one_span),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, open_the_first_loop, NULL);
}
