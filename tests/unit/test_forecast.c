/* How long the rest of a run takes, and what its cases have come to so far. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pptest/task.h"
#include "runner/forecast.h"

static double one_second(const void *args) {
    (void)args;
    return 1.0;
}

static const struct pp_task known = {.name = "known", .estimate = one_second}, unknown = {.name = "unknown"};

enum { CASES = 3 };

struct world {
    struct pp_config config;
    struct pp_case plan[CASES];
    struct pp_case_result cases[CASES];
    struct pp_result result;
    struct pp_forecast forecast;
};

/* Plain calls, 1 and 2 workers on two CPUs: three rounds of 10 tasks. */
static struct world *world_of(void **state, const struct pp_task *task) {
    struct world *world = *state;
    world->config = (struct pp_config){.task = task, .task_count = 10, .iterations = 3, .max_time_s = 100.0};
    for (unsigned i = 0; i < CASES; i++) {
        world->plan[i] = (struct pp_case){.executor = i ? "process" : "sequential", .workers = i};
        world->cases[i] = (struct pp_case_result){.executor = world->plan[i].executor, .workers = i};
    }
    world->result = (struct pp_result){.case_count = CASES, .cases = world->cases, .machine.cpus.usable = 2.0};
    assert_int_equal(pp_forecast_open(&world->forecast, &world->config, world->plan, &world->result), 0);
    return world;
}

static int set_up(void **state) { return (*state = calloc(1, sizeof(struct world))) ? 0 : -1; }

static int tear_down(void **state) {
    struct world *world = *state;
    pp_forecast_close(&world->forecast);
    free(world);
    return 0;
}

static void pass(struct world *world, size_t index, double total_s) {
    size_t done = world->forecast.cases[index].done, warmup = (size_t)world->config.warmup;
    const struct pp_pass pass = {.total_s = total_s, .round = done > warmup ? done - warmup : 0};
    pp_forecast_add(&world->forecast, index, &pass, total_s + 0.5);
}

static void assert_near(double found, double expected) {
    if (!(fabs(found - expected) <= 1e-12 * expected))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void assert_left(const struct world *world, double elapsed_s, double seconds, bool rough) {
    struct pp_forecast_left left = pp_forecast_left(&world->forecast, elapsed_s);
    if (fabs(left.seconds - seconds) > 1e-9)
        fail_msg("%g s are left, not %g", left.seconds, seconds);
    assert_int_equal(left.rough, rough);
}

static void each_case_goes_on_as_it_began(void **state) {
    struct world *world = world_of(state, &unknown);
    pass(world, 0, 7.5);
    pass(world, 1, 5.5);
    pass(world, 2, 2.5);
    assert_left(world, 17.0, 2 * (8.0 + 6.0 + 3.0), false);
    pass(world, 1, 3.5); /* 5 s in the mean */
    assert_left(world, 21.0, 2 * 8.0 + 5.0 + 2 * 3.0, false);
    pass(world, 0, 7.5);
    pass(world, 2, 2.5);
    for (size_t i = 0; i < CASES; i++)
        pass(world, i, 1.0);
    assert_left(world, 40.0, 0.0, false);
    assert_int_equal(pp_forecast_done(&world->forecast), 9);
}

static void warm_ups_and_waits_take_time_too(void **state) {
    struct world *world = world_of(state, &unknown);
    world->config.warmup = 1;
    world->config.wait_after_runner_s = 10.0;
    world->config.wait_after_iteration_s = 100.0;
    for (size_t i = 0; i < CASES; i++)
        pass(world, i, 0.5);
    /* Nine passes, eight waits between them; two between rounds, as that before this one is over. */
    assert_left(world, 0.0, 9 * 1.0 + 8 * 10.0 + 2 * 100.0, false);
}

static void repeated_passes_make_a_case_longer(void **state) {
    struct world *world = world_of(state, &unknown);
    pp_forecast_add(&world->forecast, 0, &(struct pp_pass){.total_s = 9.0, .repeated = true}, 10.0);
    assert_int_equal(pp_forecast_done(&world->forecast), 0);
    assert_true(isnan(pp_forecast_rate(&world->forecast, 0)));
    pass(world, 0, 4.5);
    pass(world, 1, 0.5);
    pass(world, 2, 0.5);
    assert_left(world, 0.0, 2 * (15.0 + 1.0 + 1.0), false);
    assert_true(pp_forecast_rate(&world->forecast, 0) == 10.0 / 4.5);
}

static void what_was_not_run_takes_what_its_task_says(void **state) {
    struct world *world = world_of(state, &known);
    assert_left(world, 0.0, 3 * (10.0 + 10.0 + 5.0), true);
    pass(world, 0, 19.5); /* twice as long as was said */
    assert_left(world, 0.0, 2 * 20.0 + 3 * (20.0 + 10.0), true);
    pass(world, 1, 19.5);
    pass(world, 2, 9.5);
    assert_left(world, 0.0, 2 * (20.0 + 20.0 + 10.0), false);
}

static void without_any_word_of_the_task_it_takes_what_the_others_do(void **state) {
    struct world *world = world_of(state, &unknown);
    assert_true(isnan(pp_forecast_left(&world->forecast, 0.0).seconds));
    pass(world, 0, 3.5);
    assert_left(world, 0.0, 2 * 4.0 + 3 * (4.0 + 4.0), true);
}

static void a_precision_ends_with_its_time_and_a_round(void **state) {
    struct world *world = world_of(state, &unknown);
    world->config.precision = 0.05;
    for (size_t i = 0; i < CASES; i++)
        pass(world, i, 1.5);
    assert_left(world, 40.0, 60.0 + 3 * 2.0, false);
    assert_left(world, 400.0, 3 * 2.0, false);
    assert_true(pp_forecast_left(&world->forecast, 0.0).at_most);
}

static void the_time_of_a_precision_begins_after_the_warm_up(void **state) {
    struct world *world = world_of(state, &unknown);
    world->config.precision = 0.05;
    world->config.warmup = 2;
    for (size_t i = 0; i < CASES; i++)
        pass(world, i, 1.5);
    assert_left(world, 6.0, 3 * 2.0 + 100.0 + 3 * 2.0, false);
    for (size_t i = 0; i < CASES; i++)
        pass(world, i, 1.5);
    assert_left(world, 12.0, 100.0 + 3 * 2.0, false);
    pass(world, 0, 1.5);
    assert_left(world, 14.0, 98.0 + 3 * 2.0, false);
}

static void the_longest_pass_is_that_of_the_slowest_case(void **state) {
    struct world *world = world_of(state, &unknown);
    assert_true(pp_forecast_longest_s(&world->forecast) == 0.0);
    pass(world, 1, 2.5);
    assert_true(pp_forecast_longest_s(&world->forecast) == 3.0);
    pass(world, 0, 3.5);
    pass(world, 1, 0.5); /* 2 s in the mean */
    assert_true(pp_forecast_longest_s(&world->forecast) == 4.0);
}

static void a_task_says_how_long_passes_are_before_any_was_run(void **state) {
    struct world *world = world_of(state, &known);
    assert_true(pp_forecast_longest_s(&world->forecast) == 10.0);
}

static void figures_are_those_of_the_table(void **state) {
    struct world *world = world_of(state, &unknown);
    assert_true(isnan(pp_forecast_speedup(&world->forecast, 2)));
    pass(world, 2, 2.0);
    assert_near(pp_forecast_rate(&world->forecast, 2), 5.0);
    assert_true(isnan(pp_forecast_speedup(&world->forecast, 2))); /* its base was not run yet */
    pass(world, 0, 4.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 2.0);
    pass(world, 0, 60.0); /* a round that it has not had, and one that was slow for all */
    assert_near(pp_forecast_speedup(&world->forecast, 2), 2.0);
    pass(world, 2, 30.0);
    pass(world, 0, 4.0);
    pass(world, 2, 1.0);
    assert_near(pp_forecast_rate(&world->forecast, 2), 5.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 2.0); /* of 2, 2 and 4; of the means 2.06 */
    assert_near(pp_forecast_speedup(&world->forecast, 0), 1.0);
    pass(world, 0, 9.0);
    pass(world, 2, 1.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), sqrt(2.0 * 4.0)); /* of 2, 2, 4 and 9 */
    pp_forecast_add(&world->forecast, 2, &(struct pp_pass){.total_s = 0.1, .failed = 1}, 0.1);
    assert_true(isnan(pp_forecast_speedup(&world->forecast, 2)));
    assert_true(isnan(pp_forecast_rate(&world->forecast, 2)));
}

static void passes_to_warm_up_tell_until_others_do(void **state) {
    struct world *world = world_of(state, &unknown);
    world->config.warmup = 1;
    pass(world, 0, 8.0);
    pass(world, 2, 5.0);
    assert_near(pp_forecast_rate(&world->forecast, 2), 2.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 1.6);
    pass(world, 2, 2.0);
    pass(world, 0, 6.0);
    assert_near(pp_forecast_rate(&world->forecast, 2), 5.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 3.0);
}

static void pass_of_round(struct world *world, size_t index, uint64_t round, double total_s) {
    pp_forecast_add(&world->forecast, index, &(struct pp_pass){.total_s = total_s, .round = round}, total_s);
}

static void rounds_that_one_of_both_lacks_make_no_pair(void **state) {
    struct world *world = world_of(state, &unknown);
    const double base_s[] = {4, 400, 4, 4}, other_s[] = {2, 0, 1, 4};
    for (uint64_t round = 0; round < 4; round++) {
        pass_of_round(world, 0, round, base_s[round]);
        if (other_s[round] > 0.0)
            pass_of_round(world, 2, round, other_s[round]);
    }
    assert_near(pp_forecast_speedup(&world->forecast, 2), 2.0);
    pass_of_round(world, 2, 5000000, 1.0); /* none in common for long */
    pass_of_round(world, 0, 5000001, 3.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 3.0);
}

static void of_a_long_run_the_last_rounds_tell(void **state) {
    struct world *world = world_of(state, &unknown);
    enum { ROUNDS = 5000 };
    for (uint64_t round = 0; round < ROUNDS; round++) {
        bool is_last = round + PP_FORECAST_ROUNDS > ROUNDS;
        pass_of_round(world, 0, round, 8.0);
        pass_of_round(world, 2, round, is_last ? 2.0 : 4.0);
    }
    assert_near(pp_forecast_rate(&world->forecast, 2), 5.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 4.0);
    assert_true(world->forecast.cases[2].room == PP_FORECAST_ROUNDS);
    pass_of_round(world, 0, ROUNDS, 800.0); /* of a round that the other is about to run */
    assert_near(pp_forecast_speedup(&world->forecast, 2), 4.0);
}

static void without_a_sequential_case_the_fewest_workers_are_the_base(void **state) {
    struct world *world = world_of(state, &unknown);
    world->cases[0] = (struct pp_case_result){.executor = "thread", .workers = 1};
    pass(world, 0, 100.0);
    pass(world, 1, 4.0);
    pass(world, 2, 2.0);
    assert_near(pp_forecast_speedup(&world->forecast, 2), 2.0);
    assert_near(pp_forecast_speedup(&world->forecast, 0), 1.0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_case_goes_on_as_it_began),
        TEST(warm_ups_and_waits_take_time_too),
        TEST(repeated_passes_make_a_case_longer),
        TEST(what_was_not_run_takes_what_its_task_says),
        TEST(without_any_word_of_the_task_it_takes_what_the_others_do),
        TEST(a_precision_ends_with_its_time_and_a_round),
        TEST(the_time_of_a_precision_begins_after_the_warm_up),
        TEST(the_longest_pass_is_that_of_the_slowest_case),
        TEST(a_task_says_how_long_passes_are_before_any_was_run),
        TEST(figures_are_those_of_the_table),
        TEST(passes_to_warm_up_tell_until_others_do),
        TEST(rounds_that_one_of_both_lacks_make_no_pair),
        TEST(of_a_long_run_the_last_rounds_tell),
        TEST(without_a_sequential_case_the_fewest_workers_are_the_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
