/* Rounds of passes: in which order, of which work, what is counted, and for how long. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/order.h"
#include "runner/rounds.h"
#include "runner_world.h"

static const struct pp_task varying = {
    .name = "varying", .caps = PP_TASK_PER_ITERATION, .run = run_well, .verify = fake_verify};

/* ---- rounds ---- */

static void every_pass_is_announced(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.warmup = 1;
    assert_int_equal(run_config(world), 0);
    const struct told *told = &world->told;
    assert_int_equal(told->begun, told->passes);
    for (size_t i = 0; i < told->begun; i++) {
        assert_int_equal(told->began[i], told->workers[i]);
        assert_int_equal(told->began_at[i], i % 2);
    }
    pp_runner_close(&world->runner);
}

static void rounds_go_through_all_cases(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.warmup = 1;
    assert_int_equal(run_config(world), 0);
    assert_int_equal(world->told.passes, 6);
    for (size_t i = 0; i < 6; i++) {
        size_t order[2];
        pp_plan_order(5, i / 2, 2, order);
        assert_int_equal(world->told.done[i], i + 1);
        assert_int_equal(world->told.all[i], 6);
        assert_int_equal(world->told.workers[i], order[i % 2] ? 2 : 0);
        assert_false(world->told.complete[i]);
        assert_int_equal(world->told.check[i], fake_check(5, 20));
        if (i % 2) /* the warm-up does not count */
            assert_int_equal(world->told.counted[i], i / 2);
    }
    assert_true(world->runner.result.complete);
    pp_runner_close(&world->runner);
}

static void the_result_says_what_was_run(void **state) {
    struct world *world = *state;
    configure(world, &well);
    assert_int_equal(run_config(world), 0);
    const struct pp_result *result = &world->runner.result;
    assert_true(result->complete);
    assert_string_equal(result->task, "well");
    assert_string_equal(result->label, "a label");
    assert_int_equal(result->task_count, 20);
    assert_int_equal(result->rounds, 2);
    assert_int_equal(result->case_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct pp_case_result *each = &result->cases[i];
        assert_int_equal(each->workers, none_and_two[i]);
        assert_string_equal(each->executor, i == 0 ? "sequential" : "process");
        assert_int_equal(each->pass_count, 2);
        assert_int_equal(each->failed + each->wrong + each->lost + each->workers_lost, 0);
        assert_int_equal(each->histogram->count, 40);
        for (size_t k = 0; k < each->pass_count; k++) {
            const struct pp_pass *pass = &each->passes[k];
            assert_int_equal(pass->round, k);
            assert_true(pass->position < 2);
            assert_int_equal(pass->done, 20);
            assert_true(pass->init_s + pass->work_s <= pass->total_s + 1e-12);
            assert_true(pass->task_avg_s > 0.0 && pass->task_avg_s < 0.1);
            assert_true(pass->peak_pss > 0.0);
        }
    }
    pp_runner_close(&world->runner);
}

static void nothing_runs_before_it_is_told_to(void **state) {
    struct world *world = *state;
    configure(world, &well);
    assert_int_equal(pp_runner_open(&world->runner, &world->config, &no_machine, &world->error), 0);
    assert_int_equal(world->runner.result.case_count, 2);
    assert_false(world->runner.result.complete);
    assert_int_equal(world->runner.result.cases[0].pass_count, 0);
    assert_int_equal(atomic_load(&world->args.board->runs[0]), 0);
    pp_runner_close(&world->runner);
}

static void what_the_system_does_not_allow_is_refused(void **state) {
    static const int64_t many[] = {0, 4000000000};
    struct world *world = *state;
    configure(world, &well);
    world->config.sweep.workers = (struct pp_ints){2, many};
    int status = pp_runner_open(&world->runner, &world->config, &no_machine, &world->error);
    assert_true(status == -EMFILE || status == -EAGAIN);
    assert_non_null(strstr(world->error.text, "4000000000 workers"));
}

static void more_cases_than_memory_is_an_error(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.sweep.workers.count = SIZE_MAX / 16;
    assert_int_equal(pp_runner_open(&world->runner, &world->config, &no_machine, &world->error), -ENOMEM);
    assert_string_equal(world->error.where, "/workers");
}

const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1"; }

/* ---- seeds ---- */

static void work_that_varies_is_the_same_within_a_round(void **state) {
    struct world *world = *state;
    configure(world, &varying);
    world->config.iterations = 3;
    world->config.warmup = 2;
    assert_int_equal(run_config(world), 0);
    assert_int_equal(world->told.passes, 10);
    for (size_t round = 0; round < 5; round++) {
        assert_int_equal(world->told.check[2 * round], world->told.check[2 * round + 1]);
        for (size_t other = 0; other < round; other++)
            assert_int_not_equal(world->told.check[2 * round], world->told.check[2 * other]);
    }
    pp_runner_close(&world->runner);
}

static void warming_up_does_not_change_the_work_that_counts(void **state) {
    struct world *world = *state;
    uint64_t checks[2];
    configure(world, &varying);
    assert_int_equal(run_config(world), 0);
    checks[0] = world->told.check[0];
    checks[1] = world->told.check[2];
    pp_runner_close(&world->runner);
    world->config.warmup = 3;
    assert_int_equal(run_config(world), 0);
    assert_int_equal(world->told.check[6], checks[0]);
    assert_int_equal(world->told.check[8], checks[1]);
    pp_runner_close(&world->runner);
}

static void another_seed_is_other_work(void **state) {
    struct world *world = *state;
    configure(world, &well);
    assert_int_equal(run_config(world), 0);
    uint64_t check = world->told.check[0];
    pp_runner_close(&world->runner);
    world->config.seed = 6;
    assert_int_equal(run_config(world), 0);
    assert_int_not_equal(world->told.check[0], check);
    pp_runner_close(&world->runner);
}

/* ---- the time of a precision ---- */

static void the_time_of_a_precision_begins_when_all_have_warmed_up(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.precision = 0.5;
    world->config.max_time_s = 0.0; /* over at once: one round */
    world->config.warmup = 2;
    assert_int_equal(run_config(world), 0);
    assert_int_equal(world->told.passes, (2 + 1) * 2);
    assert_true(world->runner.counting_ns >= world->told.ended_ns[3]);
    assert_true(world->runner.counting_ns <= world->told.ended_ns[4]);
    pp_runner_close(&world->runner);
}

static void half_of_the_time_is_over_before_all_of_it(void **state) {
    struct world *world = *state;
    world->config.max_time_s = 1000.0;
    struct pp_runner runner = {.config = &world->config, .counting_ns = pp_clock_ns() - 600 * UINT64_C(1000000000)};
    assert_false(pp_rounds_time_is_up(&runner, 0.5)); /* without a precision there is no such time */
    world->config.precision = 0.1;
    assert_true(pp_rounds_time_is_up(&runner, 0.5));
    assert_false(pp_rounds_time_is_up(&runner, 1.0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_WORLD(every_pass_is_announced),
        IN_WORLD(rounds_go_through_all_cases),
        IN_WORLD(the_result_says_what_was_run),
        IN_WORLD(nothing_runs_before_it_is_told_to),
        IN_WORLD(what_the_system_does_not_allow_is_refused),
        IN_WORLD(more_cases_than_memory_is_an_error),
        IN_WORLD(work_that_varies_is_the_same_within_a_round),
        IN_WORLD(warming_up_does_not_change_the_work_that_counts),
        IN_WORLD(another_seed_is_other_work),
        IN_WORLD(the_time_of_a_precision_begins_when_all_have_warmed_up),
        IN_WORLD(half_of_the_time_is_over_before_all_of_it),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
