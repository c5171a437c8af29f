/* The end of a pass that others decide: stop signals, limits of the system, the death of the main process, and tasks
 * that hang in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "process_world.h"

/* ---- too few files ---- */

/* args.spare: how many files there may be; args.victim: the start method. */
static int run_with_few_files(struct fake_job *fake) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 2;
    const struct rlimit few = {.rlim_cur = (rlim_t)fake->args.spare, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    int status = fake_job_run(fake, (enum pp_start_method)fake->args.victim, "well");
    setrlimit(RLIMIT_NOFILE, &limit);
    bool named = status == -EMFILE && fake->error.code == status && strstr(fake->error.text, strerror(EMFILE));
    /* A fork server that cannot take the descriptors of a worker ends. */
    named |= status == -EPIPE && strstr(fake->error.text, "the fork server has ended");
    /* Calls in the main process need two at most. */
    named |= status == 0 && fake->job.workers == 0 && fake->args.spare >= 5;
    return named && fake_no_children() ? 42 : 1;
}

/* At whatever open, pipe or memfd it runs out. */
static void too_few_files_is_an_error_and_no_hang(void **state) {
    struct world *world = *state;
    struct fake_job *fake = &world->fake;
    for (uint64_t files = 3; files < 18; files++)
        for (uint64_t method = PP_START_FORK; method <= PP_START_FORKSERVER; method++)
            for (unsigned workers = 0; workers <= 20; workers += 20) {
                fake_job_set(fake, &well, 100, workers);
                fake->args.spare = files;
                fake->args.victim = method;
                if (in_child(run_with_few_files, fake) != 42)
                    fail_msg("%d files, start method %d, %u workers: %s", (int)files, (int)method, workers,
                             fake->error.text);
            }
}

/* ---- stopping ---- */

static int stop_before(struct fake_job *fake) {
    kill(getpid(), SIGTERM); /* blocked: it waits for somebody to take it */
    int status = fake_job_run(fake, PP_START_FORK, NULL);
    bool quick = fake->spent_ns < PP_NS_PER_S;
    return status == -EINTR && pp_stop_signal == SIGTERM && quick && !fake->sample.complete && fake_no_children() ? 42
                                                                                                                  : 1;
}

static void a_pending_stop_ends_the_pass(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 4; workers += 2) {
        fake_job_set(fake, &asleep, 4000, workers);
        assert_int_equal(in_child(stop_before, fake), 42);
    }
}

static int run_stopping(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim)
        kill((pid_t)fake->spare, SIGTERM); /* SIGINT may be ignored where these tests run */
    fake_sleep_ms(2);
    return fake_answer(fake, item, output);
}

static const struct pp_task stopping = {.name = "stopping", .run = run_stopping, .verify = fake_verify};

static int stop_within(struct fake_job *fake) {
    fake->args.spare = (uint64_t)getpid();
    int status = fake_job_run(fake, PP_START_FORKSERVER, NULL);
    bool some = fake->sample.done > 0 && fake->sample.done < fake->job.count && !fake->sample.complete;
    bool quick = fake->spent_ns < 2 * PP_NS_PER_S;
    return status == -EINTR && pp_stop_signal == SIGTERM && quick && some && fake_no_children() ? 42 : 1;
}

static void a_stop_in_the_middle_keeps_what_was_done(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 4; workers += 2) {
        fake_job_set(fake, &stopping, 4000, workers);
        fake->args.victim = 50;
        assert_int_equal(in_child(stop_within, fake), 42);
    }
}

/* ---- a main process that dies ---- */

static int lose_parent(struct fake_job *fake) {
    fake_job_run(fake, PP_START_FORK, NULL); /* its own task kills this process */
    return 1;
}

static int run_killing_parent(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                              struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)item;
    (void)output;
    (void)error;
    atomic_store(&fake->board->starts, (uint64_t)getpid());
    kill(getppid(), SIGKILL);
    fake_sleep_ms(60000);
    return 0;
}

static void workers_do_not_outlive_their_parent(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task task = {.name = "orphan", .run = run_killing_parent};
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the orphan comes here, where its end can be seen */
    fake_job_set(fake, &task, 10, 1);
    assert_int_equal(in_child(lose_parent, fake), 255);
    pid_t worker = (pid_t)atomic_load(&fake->args.board->starts);
    assert_true(worker > 0);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; i++) {
        gone = waitpid(worker, NULL, WNOHANG) == worker;
        if (!gone)
            fake_sleep_ms(5);
    }
    assert_true(gone);
}

/* ---- the main process's own watchdog ---- */

static int run_stuck(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim && fake_accident(fake)) {
        if (fake->spare == 2) /* here, not before: a stop that comes before the first task needs no watchdog */
            kill(getpid(), SIGTERM);
        if (fake->spare != 1)
            fake_sleep_ms(60000);
        else
            for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
                continue;
    }
    return fake_answer(fake, item, output);
}

static const struct pp_task stuck = {.name = "stuck", .run = run_stuck, .verify = fake_verify};

static noreturn void leave(void *owner, int exit_status, const char *why) {
    (void)owner;
    bool said = strstr(why, "task 3 ran past the task_timeout of 0.05 s") || strstr(why, "stopped by signal 15");
    pp_worker_exit(said ? exit_status : 99);
}

static int hang_in_main(struct fake_job *fake) {
    fake->job.abandon = leave;
    fake_job_run(fake, PP_START_FORK, NULL);
    return 1;
}

static void a_task_that_hangs_in_this_process_is_abandoned(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->executor = "thread";
    for (unsigned workers = 0; workers <= 3; workers++) {
        fake_job_set(fake, &stuck, 10, workers);
        fake->job.timeout_ns = PP_NS_PER_S / 20;
        prepare_accidents(fake, 3, UINT64_MAX, 0);
        assert_int_equal(in_child(hang_in_main, fake), 1);
    }
}

static void a_stop_does_not_wait_for_a_task_that_hangs(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->executor = "thread";
    for (unsigned workers = 0; workers <= 2; workers += 2) {
        fake_job_set(fake, &stuck, 10, workers);
        prepare_accidents(fake, 0, UINT64_MAX, 2);
        uint64_t start_ns = pp_clock_ns();
        assert_int_equal(in_child(hang_in_main, fake), 128 + SIGTERM);
        assert_true(pp_clock_ns() - start_ns < 5 * PP_NS_PER_S);
    }
}

static void a_task_that_is_late_in_the_main_process_has_failed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &asleep, 5, 0);
    fake->job.timeout_ns = 1000000;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_int_equal(fake->sample.failed, 5);
    assert_int_equal(fake->sample.why.code, -ETIMEDOUT);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], PP_WORKER_COMMAND) == 0)
        return 2; /* spawned although files run out: not to run the tests again */
    const struct CMUnitTest tests[] = {
        CLEAN(too_few_files_is_an_error_and_no_hang),
        CLEAN(a_pending_stop_ends_the_pass),
        CLEAN(a_stop_in_the_middle_keeps_what_was_done),
        CLEAN(workers_do_not_outlive_their_parent),
        CLEAN(a_task_that_hangs_in_this_process_is_abandoned),
        CLEAN(a_stop_does_not_wait_for_a_task_that_hangs),
        CLEAN(a_task_that_is_late_in_the_main_process_has_failed),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
