/* The executors from end to end: a world for each test, in which nothing may be left after it. Include <cmocka.h> and
 * what it needs before. */
#ifndef PPTEST_TESTS_PROCESS_WORLD_H
#define PPTEST_TESTS_PROCESS_WORLD_H

#include <signal.h>

#include "fake_job.h"

struct world {
    struct fake_job fake;
    int files;
};

static inline int set_up(void **state) {
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return -1;
    world->fake.args.board = fake_board_new();
    world->files = fake_open_files();
    *state = world;
    return 0;
}

static inline int nothing_is_left(void **state) {
    struct world *world = *state;
    bool clean = fake_no_children() && fake_open_files() == world->files;
    fake_board_free(world->fake.args.board);
    free(world);
    return clean ? 0 : -1;
}

static inline void seconds_at_most(const struct fake_job *fake, double seconds) {
    assert_true(pp_seconds(fake->spent_ns) < seconds);
}

/* Whether this build has an executor. */
static inline bool is_there(const char *executor) { return !pp_executor_find(executor)->unavailable; }

/* All but `failed` tasks are done, and the check value is that of those. */
static inline void assert_whole(const struct fake_job *fake, uint64_t failed) {
    const struct pp_sample *sample = &fake->sample;
    assert_true(sample->complete);
    assert_int_equal(sample->done, fake->job.count - failed);
    assert_int_equal(sample->failed, failed);
    assert_int_equal(sample->wrong, 0);
    uint64_t check = fake_check(fake->job.seed, fake->job.count);
    if (failed == 1)
        check -= fake_check(fake->job.seed, fake->args.victim + 1) - fake_check(fake->job.seed, fake->args.victim);
    if (failed <= 1)
        assert_int_equal(sample->check, check);
    assert_true(sample->init_ns + sample->work_ns <= sample->total_ns);
    assert_true(sample->total_ns <= fake->spent_ns);
}

static inline void prepare_accidents(struct fake_job *fake, uint64_t victim, uint64_t accidents, uint64_t how) {
    atomic_store(&fake->args.board->accidents, 0);
    fake->args.victim = victim;
    fake->args.accidents = accidents;
    fake->args.spare = how;
}

/* Runs `act` in a child and returns its exit status, or 255 when it was killed or took more than ten seconds. */
static inline int in_child(int (*act)(struct fake_job *fake), struct fake_job *fake) {
    pid_t pid = fork();
    if (pid == 0) {
        alarm(10);
        pp_worker_exit(act(fake));
    }
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static inline int run_well(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                           struct pp_error *error) {
    (void)state;
    (void)error;
    return fake_answer(args, item, output);
}

static const struct pp_task well = {.name = "well", .caps = PP_TASK_VALUE_ONLY, .run = run_well, .verify = fake_verify};

static inline int run_asleep(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                             struct pp_error *error) {
    (void)state;
    (void)error;
    fake_sleep_ms(5);
    return fake_answer(args, item, output);
}

static const struct pp_task asleep = {.name = "asleep", .run = run_asleep, .verify = fake_verify};

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, set_up, nothing_is_left)

#endif
