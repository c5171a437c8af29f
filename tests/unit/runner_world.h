/* Runs of tasks that a test makes up, by the real runner, and what it told meanwhile. Include <cmocka.h> and what it
 * needs before. */
#ifndef PPTEST_TESTS_RUNNER_WORLD_H
#define PPTEST_TESTS_RUNNER_WORLD_H

#include "base/clock.h"
#include "fake_job.h"
#include "runner/runner.h"

enum { PASSES_MAX = 64 };

/* What the runner told. */
struct told {
    size_t passes;
    size_t done[PASSES_MAX], all[PASSES_MAX];
    unsigned workers[PASSES_MAX];
    uint64_t check[PASSES_MAX];
    bool complete[PASSES_MAX], repeated[PASSES_MAX];
    size_t counted[PASSES_MAX];         /* passes of the first case in the result */
    size_t begun, began_at[PASSES_MAX]; /* passes that were announced; their places in the round */
    unsigned began[PASSES_MAX];         /* workers of them */
    uint64_t ended_ns[PASSES_MAX];
    size_t refuse_at; /* ends the run at that pass, 0: never */
};

struct world {
    struct fake_args args;
    struct pp_config config;
    struct pp_runner runner;
    struct pp_starter starter;
    struct told told;
    struct pp_error error;
};

static inline void on_begin(void *owner, const struct pp_case *plan, size_t position) {
    struct told *told = &((struct world *)owner)->told;
    size_t at = told->begun++;
    assert_true(at < PASSES_MAX);
    assert_int_equal(at, told->passes); /* before the pass, and after the one before it */
    told->began[at] = plan->workers;
    told->began_at[at] = position;
}

static inline int on_pass(void *owner, const struct pp_case *plan, const struct pp_pass *pass,
                          const struct pp_sample *sample, size_t done, size_t all) {
    struct world *world = owner;
    struct told *told = &world->told;
    size_t at = told->passes++;
    assert_true(at < PASSES_MAX);
    told->done[at] = done;
    told->ended_ns[at] = pp_clock_ns();
    told->all[at] = all;
    told->workers[at] = plan->workers;
    told->check[at] = sample->check;
    told->repeated[at] = pass->repeated;
    told->complete[at] = world->runner.result.complete;
    told->counted[at] = world->runner.result.cases[0].pass_count;
    return done == told->refuse_at ? -ENOSPC : 0;
}

static inline int set_up(void **state) {
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return -1;
    world->args.board = fake_board_new();
    *state = world;
    return 0;
}

static inline int tear_down(void **state) {
    struct world *world = *state;
    bool clean = fake_no_children();
    fake_board_free(world->args.board);
    free(world);
    return clean ? 0 : -1;
}

static const int64_t none_and_two[] = {0, 2};

static inline void configure(struct world *world, const struct pp_task *task) {
    world->config = (struct pp_config){.path = "fake.json",
                                       .dir = ".",
                                       .task = task,
                                       .args = &world->args,
                                       .task_count = 20,
                                       .iterations = 2,
                                       .sweep.workers = {.count = 2, .items = none_and_two},
                                       .seed = 5,
                                       .label = "a label"};
}

static const struct pp_machine no_machine;

static inline int run_config(struct world *world) {
    struct pp_job base = {.task = world->config.task,
                          .args = world->config.args,
                          .env = {.config_dir = ".", .tmp_dir = "/tmp"},
                          .resolution_ns = 30,
                          .start = &world->starter};
    const struct pp_runner_events events = {.owner = world, .begin = on_begin, .pass = on_pass};
    size_t refuse_at = world->told.refuse_at;
    world->told = (struct told){.refuse_at = refuse_at};
    world->error = (struct pp_error){0};
    void *shared = NULL;
    assert_int_equal(pp_runner_open(&world->runner, &world->config, &no_machine, &world->error), 0);
    assert_int_equal(pp_starter_open(&world->starter, 1u << PP_START_FORK, &base, "fake.json", NULL, &world->error), 0);
    assert_int_equal(pp_inputs_open(base.task, base.args, &base.env, &shared, &world->error), 0);
    base.shared = shared;
    int status = pp_runner_run(&world->runner, &base, &events, &world->error);
    pp_inputs_close(base.task, shared);
    pp_starter_close(&world->starter);
    return status;
}

static int run_well(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    (void)state;
    (void)error;
    return fake_answer(args, item, output);
}

static const struct pp_task well = {.name = "well", .run = run_well, .verify = fake_verify};

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
