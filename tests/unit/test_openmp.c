/* The openmp executor from end to end: as threads (thread_cases.h), and what OpenMP does and does not have a say in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thread_cases.h"

static const struct pp_executor *const executor = &pp_executor_openmp;

/* More chunks than one loop may have, and sizes that the last one is smaller than. */
static void chunks_of_many_loops_are_all_run_once(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const uint64_t chunks[] = {0, 1, 3};
    for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++)
        for (unsigned workers = 1; workers <= 3; workers += 2) {
            assert_int_equal(run_threads(fake, &well, 3500000, workers, chunks[c]), 0);
            assert_whole(fake, 0);
        }
    assert_int_equal(atomic_load(&fake->args.board->runs[FAKE_BOARD_ITEMS - 1]), 3 * 2);
}

/* ---- what OpenMP's environment may do ---- */

/* The runtime reads its environment once: this program, started again, with `variable` set to `value`. */
static int started_with(const char *variable, const char *value, const char *act) {
    pid_t pid = fork();
    if (pid == 0) {
        alarm(20);
        setenv(variable, value, 1);
        execl("/proc/self/exe", "test_openmp", act, (char *)NULL);
        _exit(127);
    }
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static int three_workers(struct fake_job *fake) {
    return run_threads(fake, &well, 1000, 3, 0) == 0 && fake->sample.complete && fake->sample.done == 1000;
}

static int three_of_two_workers(struct fake_job *fake) {
    struct pp_error error = {0};
    return executor->admit(2, &error) == 0 && executor->admit(3, &error) == -EAGAIN &&
           strstr(error.text, "OMP_THREAD_LIMIT") && run_threads(fake, &well, 1000, 3, 0) == -EAGAIN &&
           strstr(fake->error.text, "worker 2 cannot start: OpenMP gave 2 of 3 threads") &&
           strstr(fake->error.text, "OMP_THREAD_LIMIT") && fake->sample.done == 0 &&
           run_threads(fake, &well, 1000, 2, 0) == 0;
}

static int free_to_run_anywhere(struct fake_job *fake) {
    cpu_set_t now;
    (void)fake;
    return sched_getaffinity(0, sizeof now, &now) == 0 && CPU_COUNT(&now) > 1;
}

static const struct act {
    const char *name;
    int (*act)(struct fake_job *fake);
} acts[] = {{"three workers", three_workers},
            {"three of two workers", three_of_two_workers},
            {"free to run anywhere", free_to_run_anywhere}};

static int act_as(const char *name) {
    void *world = NULL;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(acts[i].name, name) == 0 && set_up(&world) == 0) {
            int good = acts[i].act(&((struct world *)world)->fake);
            return nothing_is_left(&world) == 0 && good ? 0 : 1;
        }
    return 2;
}

static void the_environment_does_not_say_how_many_threads_there_are(void **state) {
    static const char *const settings[][2] = {{"OMP_NUM_THREADS", "1"},       {"OMP_DYNAMIC", "true"},
                                              {"OMP_MAX_ACTIVE_LEVELS", "0"}, {"OMP_NESTED", "true"},
                                              {"OMP_SCHEDULE", "static"},     {"OMP_WAIT_POLICY", "active"},
                                              {"OMP_CANCELLATION", "true"},   {"OMP_THREAD_LIMIT", "3"}};
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (started_with(settings[i][0], settings[i][1], "three workers") != 0)
            fail_msg("%s=%s", settings[i][0], settings[i][1]);
}

static void a_smaller_team_than_asked_for_is_an_error(void **state) {
    (void)state;
    assert_int_equal(started_with("OMP_THREAD_LIMIT", "2", "three of two workers"), 0);
}

static void the_environment_binds_nobody_to_cpus(void **state) {
    (void)state;
    if (!free_to_run_anywhere(NULL))
        skip();
    assert_int_equal(started_with("OMP_PROC_BIND", "true", "free to run anywhere"), 0);
    assert_int_equal(started_with("OMP_PLACES", "{0}", "free to run anywhere"), 0);
    assert_int_equal(started_with("GOMP_CPU_AFFINITY", "0", "free to run anywhere"), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {THREAD_CASES, CLEAN(chunks_of_many_loops_are_all_run_once),
                                       CLEAN(the_environment_does_not_say_how_many_threads_there_are),
                                       CLEAN(a_smaller_team_than_asked_for_is_an_error),
                                       CLEAN(the_environment_binds_nobody_to_cpus)};
    if (executor->unavailable) {
        printf("skipped: %s\n", executor->unavailable);
        return 0;
    }
    if (!start_counting_threads())
        return 1;
    return argc > 1 ? act_as(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
