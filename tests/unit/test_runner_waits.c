/* Waits between passes, and stop signals, which end waits and passes. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner_world.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_WORLD(waits_come_between_passes_but_not_after_the_last),
        IN_WORLD(a_stop_ends_a_wait),
        IN_WORLD(a_stop_in_a_pass_keeps_only_whole_passes),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
