/* The process executor from end to end: equal work whoever does it, inputs, and workers that do not come to life. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process_world.h"

/* ---- tasks that answer ---- */

static void same_work_for_any_workers_and_chunks(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const unsigned workers[] = {0, 1, 2, 3, 7, 64};
    const uint64_t chunks[] = {0, 1, 5, 1000000};
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
        for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
            fake_job_set(fake, &well, 2000, workers[w]);
            fake->job.chunk_size = chunks[c];
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 0);
            assert_int_equal(fake->sample.lost + fake->sample.workers_lost, 0);
            assert_true(fake->sample.task_ns > 0);
            assert_true(fake->sample.task_ns <= fake->sample.work_ns * (workers[w] ? workers[w] : 1));
        }
    for (uint64_t i = 0; i < 2000; i++) {
        assert_int_equal(atomic_load(&fake->args.board->runs[i]), 6 * 4);
        assert_int_equal(atomic_load(&fake->args.board->seeds[i]), pp_mix2(fake->job.seed, i));
    }
}

/* With a board that spawned workers cannot see. */
static void same_work_for_any_start_method(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct fake_board *board = fake->args.board;
    fake->args.board = NULL;
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++)
        for (unsigned workers = 1; workers <= 4; workers++) {
            fake_job_set(fake, &well, 500, workers);
            assert_int_equal(fake_job_run(fake, (enum pp_start_method)method, "well"), 0);
            assert_whole(fake, 0);
        }
    fake->args.board = board;
}

static void fewer_tasks_than_workers(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t count = 1; count <= 3; count++) {
        fake_job_set(fake, &well, count, 8);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
    }
}

static void task_time_is_measured_alike(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 4; workers += 2) {
        fake_job_set(fake, &asleep, 8, workers);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        double mean_s = pp_seconds(fake->sample.task_ns) / 8.0;
        assert_true(mean_s >= 0.005 && mean_s < 0.1);
        assert_false(fake->sample.too_short);
    }
}

/* ---- failing tasks ---- */

static const struct pp_task failing = {.name = "failing", .run = fake_fail, .verify = fake_verify};

static void failures_are_counted_wherever_they_happen(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 3; workers++) {
        fake_job_set(fake, &failing, 100, workers);
        fake->args.victim = 50;
        fake->args.spare = 60;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_true(fake->sample.complete);
        assert_int_equal(fake->sample.done, 98);
        assert_int_equal(fake->sample.failed, 2);
        assert_int_equal(fake->sample.wrong, 1);
        assert_int_equal(fake->sample.lost, 0);
        assert_true(fake->sample.why.code == -EIO || fake->sample.why.code == -EBADMSG);
        assert_non_null(strstr(fake->sample.why.text, "task "));
        assert_int_equal(fake->sample.reasons.used, 2);
        assert_int_equal(fake->sample.reasons.items[0].task, 50);
        assert_int_equal(fake->sample.reasons.items[1].task, 60);
    }
}

/* ---- shared inputs ---- */

static int prepare_number(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    const struct fake_args *fake = args;
    uint64_t *number = shared;
    (void)env;
    if (fake->board && fake_accident(fake))
        return pp_error_set(error, -ENOENT, "no such input");
    *number = 4711;
    return 0;
}

static int init_number(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    const uint64_t *number = shared;
    (void)state;
    (void)args;
    (void)env;
    return *number == 4711 ? 0 : pp_error_set(error, -EINVAL, "other inputs");
}

static const struct pp_task with_inputs = {.name = "with_inputs",
                                           .shared_size = sizeof(uint64_t),
                                           .prepare = prepare_number,
                                           .worker_init = init_number,
                                           .run = run_well,
                                           .verify = fake_verify};

static void workers_see_the_inputs(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct fake_board *board = fake->args.board;
    fake->args.board = NULL;
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++) {
        fake_job_set(fake, &with_inputs, 50, 2);
        assert_int_equal(fake_job_run(fake, (enum pp_start_method)method, "with_inputs"), 0);
        assert_whole(fake, 0);
    }
    fake->args.board = board;
}

static void inputs_that_fail_are_an_error(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &with_inputs, 50, 2);
    prepare_accidents(fake, 0, UINT64_MAX, 0);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), -ENOENT);
    assert_string_equal(fake->error.text, "no such input");
}

/* The fork server's workers load their own: the parent's succeed here, theirs do not. */
static int prepare_in_parent_only(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)shared;
    (void)env;
    return getpid() == (pid_t)fake->spare ? 0 : pp_error_set(error, -ENOENT, "gone meanwhile");
}

static void inputs_that_fail_in_a_worker_are_an_error(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task task = {.name = "parent_only", .prepare = prepare_in_parent_only, .run = run_well};
    fake_job_set(fake, &task, 50, 2);
    fake->args.spare = (uint64_t)getpid();
    assert_int_equal(fake_job_run(fake, PP_START_FORKSERVER, NULL), -ENOENT);
    assert_non_null(strstr(fake->error.text, "cannot start: gone meanwhile"));
}

/* ---- workers that do not come to life ---- */

/* args.spare: how many starts go well before; args.victim: what the next ones do. */
enum { INIT_FAILS, INIT_KILLED, INIT_EXITS, INIT_WORDLESS };

static int init_badly(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)shared;
    (void)env;
    if (atomic_fetch_add(&fake->board->starts, 1) < fake->spare || !fake_accident(fake))
        return 0;
    switch (fake->victim) {
    case INIT_FAILS:
        return pp_error_set(error, -ENOSPC, "the cupboard is bare");
    case INIT_WORDLESS:
        return -ENOSPC;
    case INIT_KILLED:
        kill(getpid(), SIGKILL);
        break;
    default:
        _exit(4);
    }
    return 0;
}

static const struct pp_task unready = {
    .name = "unready", .worker_init = init_badly, .run = run_well, .verify = fake_verify};

static int start_badly(struct fake_job *fake, unsigned workers, uint64_t after, uint64_t times, uint64_t how) {
    fake_job_set(fake, &unready, 100, workers);
    atomic_store(&fake->args.board->starts, 0);
    prepare_accidents(fake, how, times, after);
    int status = fake_job_run(fake, PP_START_FORK, NULL);
    seconds_at_most(fake, 2.0);
    return status;
}

static void worker_init_that_fails_ends_the_pass(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 1; workers <= 8; workers *= 2)
        for (uint64_t after = 0; after < workers; after += 3) {
            assert_int_equal(start_badly(fake, workers, after, UINT64_MAX, INIT_FAILS), -ENOSPC);
            assert_non_null(strstr(fake->error.text, "cannot start: the cupboard is bare"));
            assert_false(fake->sample.complete);
            assert_int_equal(start_badly(fake, workers, after, UINT64_MAX, INIT_WORDLESS), -ENOSPC);
            assert_non_null(strstr(fake->error.text, "could not be made ready"));
        }
    assert_int_equal(start_badly(fake, 0, 0, UINT64_MAX, INIT_FAILS), -ENOSPC);
    assert_string_equal(fake->error.text, "the cupboard is bare");
}

static void worker_init_that_kills_its_worker_ends_the_pass(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 1; workers <= 8; workers *= 2) {
        assert_int_equal(start_badly(fake, workers, 0, UINT64_MAX, INIT_KILLED), -ECHILD);
        assert_non_null(strstr(fake->error.text, "before they work"));
        assert_non_null(strstr(fake->error.text, "signal 9"));
        assert_int_equal(start_badly(fake, workers, 0, UINT64_MAX, INIT_EXITS), -ECHILD);
        assert_non_null(strstr(fake->error.text, "status 4"));
    }
}

static void a_worker_lost_while_starting_is_replaced(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(start_badly(fake, 3, 1, 1, INIT_KILLED), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.workers_lost, 1);
    assert_int_equal(fake->sample.lost, 0);
}

static void a_spawned_program_that_is_no_worker_is_an_error(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &well, 10, 2);
    assert_int_equal(fake_job_run(fake, PP_START_SPAWN, "no such task"), -ECHILD);
    assert_non_null(strstr(fake->error.text, "before they work"));
}

/* ---- this program as a spawned worker ---- */

/* The "config" handed over is the name of a task. */
static int be_worker(char **argv) {
    static const struct fake_args args;
    static const struct pp_task *const tasks[] = {&well, &with_inputs};
    char name[32] = "";
    if (pread(PP_WORKER_CONFIG_FD, name, sizeof name - 1, 0) <= 0 || strcmp(argv[2], "fake.json") != 0)
        return 2;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i]->name, name) == 0) {
            const struct pp_job job = {.task = tasks[i], .args = &args, .env = {.config_dir = ".", .tmp_dir = argv[3]}};
            pp_worker_adopt(&job, &(struct pp_worker_fds)PP_WORKER_FDS);
        }
    return 2;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], PP_WORKER_COMMAND) == 0)
        _exit(be_worker(argv)); /* at once: a leak checker's helper, orphaned by a kill, would become our child */
    const struct CMUnitTest tests[] = {
        CLEAN(same_work_for_any_workers_and_chunks),
        CLEAN(same_work_for_any_start_method),
        CLEAN(fewer_tasks_than_workers),
        CLEAN(task_time_is_measured_alike),
        CLEAN(failures_are_counted_wherever_they_happen),
        CLEAN(workers_see_the_inputs),
        CLEAN(inputs_that_fail_are_an_error),
        CLEAN(inputs_that_fail_in_a_worker_are_an_error),
        CLEAN(worker_init_that_fails_ends_the_pass),
        CLEAN(worker_init_that_kills_its_worker_ends_the_pass),
        CLEAN(a_worker_lost_while_starting_is_replaced),
        CLEAN(a_spawned_program_that_is_no_worker_is_an_error),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
