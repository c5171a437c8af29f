/* What ends a run before its last pass, and what does not: unequal work, failures, whoever listens. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner_world.h"

/* ---- is it the same work? ---- */

/* A task that forgets the rule: its answer depends on who runs it. */
static int run_differently(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                           struct pp_error *error) {
    (void)state;
    (void)args;
    (void)error;
    output->digest = fake_digest(item) ^ (uint64_t)getpid();
    return 0;
}

static void unequal_work_ends_the_run(void **state) {
    struct world *world = *state;
    const struct pp_task task = {.name = "different", .run = run_differently};
    configure(world, &task);
    assert_int_equal(run_config(world), -EBADMSG);
    assert_int_equal(world->told.passes, 2); /* told of the pass that differs, and no further */
    assert_false(world->runner.result.complete);
    assert_non_null(strstr(world->error.text, "parallel_2, pass 1"));
    assert_non_null(strstr(world->error.text, "not the same work"));
    pp_runner_close(&world->runner);
}

static int run_forgetfully(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                           struct pp_error *error) {
    (void)state;
    (void)error;
    const struct fake_args *fake = args;
    output->digest = fake_digest(item) + (atomic_fetch_add(&fake->board->starts, 1) >= fake->spare);
    return 0;
}

static void unequal_rounds_end_the_run_unless_the_work_varies(void **state) {
    struct world *world = *state;
    struct pp_task task = {.name = "forgetful", .run = run_forgetfully};
    configure(world, &task);
    world->args.spare = 40; /* the first round */
    assert_int_equal(run_config(world), -EBADMSG);
    assert_non_null(strstr(world->error.text, ", pass 2"));
    pp_runner_close(&world->runner);
    task.caps = PP_TASK_PER_ITERATION;
    atomic_store(&world->args.board->starts, 0);
    assert_int_equal(run_config(world), 0);
    pp_runner_close(&world->runner);
}

/* ---- failures ---- */

static int run_failing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    if (item->index % fake->victim == 0)
        return pp_error_set(error, -EIO, "out of order");
    return fake_answer(args, item, output);
}

static const struct pp_task failing = {.name = "failing", .run = run_failing, .verify = fake_verify};

static void some_failures_are_counted_and_the_run_goes_on(void **state) {
    struct world *world = *state;
    configure(world, &failing);
    world->args.victim = 10; /* items 0 and 10 */
    world->config.warmup = 1;
    assert_int_equal(run_config(world), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(world->runner.result.cases[i].failed, 2 * 3); /* the warm-up's too */
        assert_int_equal(world->runner.result.cases[i].pass_count, 2);
        assert_int_equal(world->runner.result.cases[i].passes[0].done, 18);
    }
    pp_runner_close(&world->runner);
}

static void when_every_task_fails_the_run_ends(void **state) {
    struct world *world = *state;
    configure(world, &failing);
    world->args.victim = 1;
    assert_int_equal(run_config(world), -EIO);
    assert_int_equal(world->told.passes, 1);
    assert_false(world->runner.result.complete);
    assert_non_null(strstr(world->error.text, "sequential: every task failed; task 0: out of order"));
    pp_runner_close(&world->runner);
}

static int init_badly(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    (void)state;
    (void)shared;
    (void)args;
    (void)env;
    return pp_error_set(error, -ENODEV, "no such engine");
}

static void a_pass_that_cannot_begin_ends_the_run(void **state) {
    struct world *world = *state;
    const struct pp_task task = {.name = "unready", .worker_init = init_badly, .run = run_well};
    configure(world, &task);
    assert_int_equal(run_config(world), -ENODEV);
    assert_int_equal(world->told.passes, 0);
    assert_int_equal(world->runner.result.cases[0].pass_count, 0);
    pp_runner_close(&world->runner);
}

/* ---- who listens ---- */

static void whoever_listens_may_end_the_run(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->told.refuse_at = 3;
    assert_int_equal(run_config(world), -ENOSPC);
    assert_int_equal(world->told.passes, 3);
    assert_false(world->runner.result.complete);
    assert_int_equal(world->runner.result.cases[0].pass_count + world->runner.result.cases[1].pass_count, 3);
    pp_runner_close(&world->runner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_WORLD(whoever_listens_may_end_the_run),
        IN_WORLD(unequal_work_ends_the_run),
        IN_WORLD(unequal_rounds_end_the_run_unless_the_work_varies),
        IN_WORLD(some_failures_are_counted_and_the_run_goes_on),
        IN_WORLD(when_every_task_fails_the_run_ends),
        IN_WORLD(a_pass_that_cannot_begin_ends_the_run),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
