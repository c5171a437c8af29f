/* Rounds of passes: what is counted, what is compared, and what ends a run. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_job.h"
#include "plan/order.h"
#include "runner/rounds.h"
#include "runner/runner.h"

/* ---- a run ---- */

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

static void on_begin(void *owner, const struct pp_case *plan, size_t position) {
    struct told *told = &((struct world *)owner)->told;
    size_t at = told->begun++;
    assert_true(at < PASSES_MAX);
    assert_int_equal(at, told->passes); /* before the pass, and after the one before it */
    told->began[at] = plan->workers;
    told->began_at[at] = position;
}

static int on_pass(void *owner, const struct pp_case *plan, const struct pp_pass *pass, const struct pp_sample *sample,
                   size_t done, size_t all) {
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

static int set_up(void **state) {
    struct world *world = calloc(1, sizeof *world);
    if (!world)
        return -1;
    world->args.board = fake_board_new();
    *state = world;
    return 0;
}

static int tear_down(void **state) {
    struct world *world = *state;
    bool clean = fake_no_children();
    fake_board_free(world->args.board);
    free(world);
    return clean ? 0 : -1;
}

static const int64_t none_and_two[] = {0, 2};

static void configure(struct world *world, const struct pp_task *task) {
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

static int run_config(struct world *world) {
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

/* ---- tasks ---- */

static int run_well(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    (void)state;
    (void)error;
    return fake_answer(args, item, output);
}

static const struct pp_task well = {.name = "well", .run = run_well, .verify = fake_verify};
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

/* ---- waits ---- */

static int trims;

/* Stands in for the C library's, where that has one. */
int malloc_trim(size_t pad);
int malloc_trim(size_t pad) {
    (void)pad;
    return ++trims;
}

static void waits_come_between_passes_but_not_after_the_last(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.wait_after_runner_s = 0.05;
    world->config.wait_after_iteration_s = 0.1;
    world->config.gc_after_iteration = true;
    uint64_t start_ns = pp_clock_ns();
    trims = 0;
    assert_int_equal(run_config(world), 0);
    if (!getenv("LD_PRELOAD"))      /* a preloaded allocator has one of its own */
        assert_int_equal(trims, 1); /* after each round but the last, as the waits */
    double spent_s = pp_seconds(pp_clock_ns() - start_ns);
    assert_true(spent_s >= 3 * 0.05 + 0.1); /* after passes 1 to 3, and after round 1 */
    assert_true(spent_s < 1.5);
    pp_runner_close(&world->runner);
}

/* In a child: a stop is remembered for good. Returns its exit status. */
static int in_child(int (*act)(struct world *world), struct world *world) {
    pid_t pid = fork();
    if (pid == 0) {
        alarm(10);
        pp_worker_exit(act(world));
    }
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static int stop_while_waiting(struct world *world) {
    pid_t main_pid = getpid(), helper = fork();
    if (helper == 0) {
        fake_sleep_ms(100);
        kill(main_pid, SIGTERM);
        _exit(0);
    }
    uint64_t start_ns = pp_clock_ns();
    int status = run_config(world);
    double spent_s = pp_seconds(pp_clock_ns() - start_ns);
    waitpid(helper, NULL, 0);
    return status == -EINTR && pp_stop_signal == SIGTERM && spent_s < 1.0 && world->told.passes >= 1 &&
                   !world->runner.result.complete
               ? 42
               : 1;
}

static void a_stop_ends_a_wait(void **state) {
    struct world *world = *state;
    configure(world, &well);
    world->config.wait_after_runner_s = 60.0;
    assert_int_equal(in_child(stop_while_waiting, world), 42);
    world->config.wait_after_runner_s = 0.0;
    world->config.wait_after_iteration_s = 60.0;
    assert_int_equal(in_child(stop_while_waiting, world), 42);
}

static int run_slowly(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    fake_sleep_ms(20);
    return run_well(state, args, item, output, error);
}

static void a_stop_in_a_pass_keeps_only_whole_passes(void **state) {
    struct world *world = *state;
    const struct pp_task task = {.name = "slow", .run = run_slowly, .verify = fake_verify};
    configure(world, &task);
    world->config.task_count = 4; /* 80 ms, then about 40 ms: stopped in the second */
    world->config.iterations = 20;
    assert_int_equal(in_child(stop_while_waiting, world), 42);
}

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

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_WORLD(every_pass_is_announced),
        IN_WORLD(rounds_go_through_all_cases),
        IN_WORLD(the_result_says_what_was_run),
        IN_WORLD(nothing_runs_before_it_is_told_to),
        IN_WORLD(what_the_system_does_not_allow_is_refused),
        IN_WORLD(more_cases_than_memory_is_an_error),
        IN_WORLD(whoever_listens_may_end_the_run),
        IN_WORLD(work_that_varies_is_the_same_within_a_round),
        IN_WORLD(warming_up_does_not_change_the_work_that_counts),
        IN_WORLD(another_seed_is_other_work),
        IN_WORLD(unequal_work_ends_the_run),
        IN_WORLD(unequal_rounds_end_the_run_unless_the_work_varies),
        IN_WORLD(some_failures_are_counted_and_the_run_goes_on),
        IN_WORLD(when_every_task_fails_the_run_ends),
        IN_WORLD(a_pass_that_cannot_begin_ends_the_run),
        IN_WORLD(the_time_of_a_precision_begins_when_all_have_warmed_up),
        IN_WORLD(half_of_the_time_is_over_before_all_of_it),
        IN_WORLD(waits_come_between_passes_but_not_after_the_last),
        IN_WORLD(a_stop_ends_a_wait),
        IN_WORLD(a_stop_in_a_pass_keeps_only_whole_passes),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
