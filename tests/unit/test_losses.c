/* Bad luck with workers: killed, exiting, stopped, stuck, or talking nonsense. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "process_world.h"

/* ---- workers that end in the middle of a task ---- */

/* How, in args.spare. */
enum { BY_KILL, BY_EXIT, BY_STOP, BY_SEGV };

static void end_this_worker(uint64_t how) {
    if (how == BY_KILL)
        kill(getpid(), SIGKILL);
    else if (how == BY_STOP)
        kill(getpid(), SIGSTOP);
    else if (how == BY_SEGV) {
        signal(SIGSEGV, SIG_DFL); /* sanitizers and cmocka have their own */
        raise(SIGSEGV);
    }
    _exit(0);
}

static int run_dying(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim && fake_accident(fake))
        end_this_worker(fake->spare);
    return fake_answer(fake, item, output);
}

static const struct pp_task dying = {.name = "dying", .run = run_dying, .verify = fake_verify};
static const struct pp_task dying_quickly = {
    .name = "dying", .caps = PP_TASK_VALUE_ONLY, .run = run_dying, .verify = fake_verify};

static void a_task_lost_once_is_run_again(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t how = BY_KILL; how <= BY_SEGV; how++)
        for (unsigned workers = 1; workers <= 3; workers++) {
            fake_job_set(fake, &dying, 100, workers);
            prepare_accidents(fake, 37, 1, how);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 0);
            assert_int_equal(fake->sample.lost, 1);
            assert_int_equal(fake->sample.workers_lost, 1);
            assert_non_null(strstr(fake->sample.why.text, "task 37 was run again"));
            seconds_at_most(fake, 2.0);
        }
}

static void the_end_is_named(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &dying, 10, 1);
    prepare_accidents(fake, 3, 1, BY_KILL);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_non_null(strstr(fake->sample.why.text, "killed by signal 9"));
    prepare_accidents(fake, 3, 1, BY_EXIT);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_non_null(strstr(fake->sample.why.text, "ended by itself with status 0"));
}

static void a_task_lost_twice_has_failed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const uint64_t victims[] = {0, 1, 50, 99};
    for (size_t v = 0; v < sizeof victims / sizeof *victims; v++)
        for (unsigned workers = 1; workers <= 3; workers++) {
            fake_job_set(fake, &dying, 100, workers);
            prepare_accidents(fake, victims[v], UINT64_MAX, BY_KILL);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 1);
            assert_int_equal(fake->sample.lost, 2);
            assert_int_equal(fake->sample.workers_lost, 2);
            assert_int_equal(atomic_load(&fake->args.board->accidents), 2);
        }
}

static void losses_in_the_middle_of_large_chunks(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const uint64_t chunks[] = {0, 7, 1000, 1000000};
    for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++) {
        fake_job_set(fake, &dying_quickly, 3000, 2);
        fake->job.chunk_size = chunks[c];
        fake->job.resolution_ns = PP_NS_PER_S; /* timed together */
        prepare_accidents(fake, 1234, UINT64_MAX, BY_KILL);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 1);
    }
}

static void losses_with_a_fork_server(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &dying, 60, 3);
    prepare_accidents(fake, 20, 1, BY_KILL);
    assert_int_equal(fake_job_run(fake, PP_START_FORKSERVER, NULL), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.lost, 1);
    prepare_accidents(fake, 20, UINT64_MAX, BY_STOP);
    assert_int_equal(fake_job_run(fake, PP_START_FORKSERVER, NULL), 0);
    assert_whole(fake, 1);
}

static int run_dying_all(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                         struct pp_error *error) {
    (void)state;
    (void)args;
    (void)item;
    (void)output;
    (void)error;
    _exit(3);
}

static void every_task_may_be_lost(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task all = {.name = "all", .run = run_dying_all};
    fake_job_set(fake, &all, 10, 2);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_int_equal(fake->sample.done, 0);
    assert_int_equal(fake->sample.failed, 10);
    assert_int_equal(fake->sample.lost, 20);
    assert_int_equal(fake->sample.workers_lost, 20);
    assert_int_equal(fake->sample.check, 0);
}

static int verify_dying(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake))
        kill(getpid(), SIGKILL);
    return fake_verify(state, args, item, output, error);
}

static void a_worker_may_be_lost_while_verifying(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task task = {.name = "v", .run = run_well, .verify = verify_dying, .caps = PP_TASK_VALUE_ONLY};
    for (uint64_t resolution_ns = 30; resolution_ns <= PP_NS_PER_S; resolution_ns += PP_NS_PER_S - 30) {
        fake_job_set(fake, &task, 1000, 2);
        fake->job.resolution_ns = resolution_ns;
        prepare_accidents(fake, 700, UINT64_MAX, BY_KILL);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 1);
    }
}

/* ---- workers that end between tasks, or after them ---- */

static int init_alarm(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    unsigned *worker = state;
    (void)shared;
    (void)error;
    *worker = env->worker;
    const struct itimerval soon = {.it_value = {.tv_usec = 30000}};
    if (env->worker == 0 && fake_accident(args))
        setitimer(ITIMER_REAL, &soon, NULL);
    return 0;
}

static int run_slow_on_one(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                           struct pp_error *error) {
    const unsigned *worker = state;
    (void)error;
    if (*worker == 1)
        fake_sleep_ms(120);
    return fake_answer(args, item, output);
}

static void a_worker_lost_between_tasks_costs_no_task(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task task = {.name = "alarm",
                                 .state_size = sizeof(unsigned),
                                 .worker_init = init_alarm,
                                 .run = run_slow_on_one,
                                 .verify = fake_verify};
    fake_job_set(fake, &task, 2, 2);
    prepare_accidents(fake, 0, 1, 0);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.workers_lost, 1);
    assert_int_equal(fake->sample.lost, 0);
    assert_non_null(strstr(fake->sample.why.text, "between two tasks"));
}

static int init_counting(void *state, const void *shared, const void *args, const struct pp_env *env,
                         struct pp_error *error) {
    (void)shared;
    (void)env;
    (void)error;
    memcpy(state, &args, sizeof args);
    return 0;
}

static void fini_dying(void *state) {
    const struct fake_args *fake;
    memcpy(&fake, state, sizeof fake);
    atomic_fetch_add(&fake->board->ends, 1);
    if (fake_accident(fake))
        kill(getpid(), SIGKILL);
}

static const struct pp_task finishing = {.name = "finishing",
                                         .state_size = sizeof(void *),
                                         .worker_init = init_counting,
                                         .run = run_well,
                                         .verify = fake_verify,
                                         .worker_fini = fini_dying};

static void every_worker_is_finished(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 5; workers++) {
        fake_job_set(fake, &finishing, 50, workers);
        atomic_store(&fake->args.board->ends, 0);
        prepare_accidents(fake, 0, 0, 0);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        assert_int_equal(atomic_load(&fake->args.board->ends), workers ? workers : 1);
    }
}

static void a_worker_that_dies_while_finishing_is_counted(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &finishing, 50, 3);
    prepare_accidents(fake, 0, 1, 0);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.workers_lost, 1);
    assert_int_equal(fake->sample.lost, 0);
}

/* ---- timeouts ---- */

static int run_stuck(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim && fake_accident(fake)) {
        if (fake->spare == 0)
            fake_sleep_ms(60000);
        else
            for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
                continue;
    }
    return fake_answer(fake, item, output);
}

static const struct pp_task stuck = {.name = "stuck", .run = run_stuck, .verify = fake_verify};

static void a_task_past_its_timeout_has_failed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t computing = 0; computing < 2; computing++)
        for (unsigned workers = 1; workers <= 2; workers++) {
            fake_job_set(fake, &stuck, 40, workers);
            fake->job.timeout_ns = PP_NS_PER_S / 10;
            prepare_accidents(fake, 11, UINT64_MAX, computing);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 1);
            assert_int_equal(fake->sample.lost, 0);
            assert_int_equal(fake->sample.workers_lost, 0);
            assert_int_equal(fake->sample.why.code, -ETIMEDOUT);
            assert_non_null(strstr(fake->sample.why.text, "task 11"));
            assert_int_equal(fake->sample.reasons.items[0].task, 11);
            assert_non_null(strstr(fake->sample.reasons.items[0].words, "ran past the task_timeout of "));
            assert_int_equal(atomic_load(&fake->args.board->accidents), 1);
            seconds_at_most(fake, 1.5);
        }
}

static int verify_slowly(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    fake_sleep_ms(60);
    return fake_verify(state, args, item, output, error);
}

static const struct pp_task slow_to_verify = {.name = "slow", .run = run_well, .verify = verify_slowly};

static void verification_has_no_timeout(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 2; workers += 2) {
        fake_job_set(fake, &slow_to_verify, 4, workers);
        fake->job.timeout_ns = PP_NS_PER_S / 50;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
    }
}

/* The one task kills whichever other child its parent has, again and again. */
static int run_killing_siblings(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                                struct pp_error *error) {
    const struct fake_args *fake = args;
    char path[64];
    (void)state;
    (void)error;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)fake->spare, (int)fake->spare);
    for (int round = 0; round < 4; round++) {
        FILE *children = fopen(path, "re");
        for (int pid; children && fscanf(children, "%d", &pid) == 1;)
            if (pid != getpid())
                kill(pid, SIGKILL);
        if (children)
            fclose(children);
        fake_sleep_ms(30);
    }
    return fake_answer(args, item, output);
}

static const struct pp_task killer_of_siblings = {.name = "killer", .run = run_killing_siblings, .verify = fake_verify};

static void idle_workers_may_be_lost_while_others_work(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &killer_of_siblings, 1, 4);
    fake->args.spare = (uint64_t)getpid();
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
    assert_true(fake->sample.workers_lost > 3);
    assert_int_equal(fake->sample.lost, 0);
}

static void all_may_time_out(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &asleep, 6, 3);
    fake->job.timeout_ns = 1000000;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_int_equal(fake->sample.failed, 6);
    assert_int_equal(fake->sample.done, 0);
    assert_int_equal(fake->sample.workers_lost, 0);
}

static void a_timeout_that_is_not_reached_changes_nothing(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &well, 2000, 3);
    fake->job.timeout_ns = 30 * PP_NS_PER_S;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
}

/* ---- a worker that talks nonsense ---- */

/* The results pipe is the only pipe of which this worker holds both ends and whose reading end does not block. */
static int find_results_pipe(void) {
    char path[64], reading[64] = "", name[64];
    for (int pass = 0; pass < 2; pass++)
        for (int fd = 3; fd < 64; fd++) {
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            ssize_t length = readlink(path, name, sizeof name - 1);
            int flags = fcntl(fd, F_GETFL);
            if (length < 0 || flags < 0)
                continue;
            name[length] = '\0';
            if (pass == 0 && strncmp(name, "pipe:", 5) == 0 && (flags & O_NONBLOCK))
                memcpy(reading, name, sizeof name);
            if (pass == 1 && strcmp(name, reading) == 0 && (flags & O_ACCMODE) == O_WRONLY)
                return fd;
        }
    return -1;
}

static int run_babbling(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    struct pp_frame frame = {.kind = PP_FRAME_RESULT, .worker = (uint32_t)fake->spare, .order = {item->index + 9, 1}};
    unsigned char bytes[sizeof frame];
    frame.tally.done = 1;
    size_t length = pp_frame_encode(&frame, bytes);
    if (fake->spare == UINT32_MAX)
        memset(bytes, 'x', length);
    if (item->index == fake->victim && write(find_results_pipe(), bytes, length) < 0)
        _exit(9);
    return fake_answer(fake, item, output);
}

static void nonsense_on_the_results_pipe_ends_the_pass(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task task = {.name = "babbling", .run = run_babbling};
    const uint64_t kinds[] = {UINT32_MAX, 0, 1, 77}; /* no frame; a chunk nobody holds; a worker that is none */
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fake_job_set(fake, &task, 20, 2);
        prepare_accidents(fake, 5, 0, kinds[i]);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), -EBADMSG);
        assert_non_null(strstr(fake->error.text, "no result"));
        assert_false(fake->sample.complete);
        seconds_at_most(fake, 2.0);
    }
}

/* ---- a fork server that ends ---- */

/* Kills the fork server once it has made its workers; then a worker is lost, and no other can be had. */
static int run_without_server(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                              struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim && fake_accident(fake)) {
        kill((pid_t)atomic_load(&fake->board->starts), SIGKILL);
        fake_sleep_ms(20);
        kill(getpid(), SIGKILL);
    }
    fake_sleep_ms(1);
    return fake_answer(fake, item, output);
}

/* The server's process id becomes known only when the starter is open. */
static int prepare_server_id(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    const struct fake_args *fake = args;
    const struct pp_starter *starter = (const struct pp_starter *)(uintptr_t)fake->spare;
    (void)shared;
    (void)env;
    (void)error;
    if (getpid() == starter->main_pid)
        atomic_store(&fake->board->starts, (uint64_t)starter->server_pid);
    return 0;
}

static const struct pp_task serverless = {
    .name = "serverless", .prepare = prepare_server_id, .run = run_without_server, .verify = fake_verify};

static void a_fork_server_that_died_is_no_hang(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &serverless, 100, 3); /* the two others do the rest */
    prepare_accidents(fake, 10, 1, (uint64_t)(uintptr_t)&fake->starter);
    assert_int_equal(fake_job_run(fake, PP_START_FORKSERVER, NULL), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.lost, 1);
    fake_job_set(fake, &serverless, 100, 1); /* there is no other */
    prepare_accidents(fake, 10, 1, (uint64_t)(uintptr_t)&fake->starter);
    assert_int_equal(fake_job_run(fake, PP_START_FORKSERVER, NULL), -EPIPE);
    assert_non_null(strstr(fake->error.text, "the fork server has ended"));
    seconds_at_most(fake, 2.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(a_task_lost_once_is_run_again),
        CLEAN(the_end_is_named),
        CLEAN(a_task_lost_twice_has_failed),
        CLEAN(losses_in_the_middle_of_large_chunks),
        CLEAN(losses_with_a_fork_server),
        CLEAN(every_task_may_be_lost),
        CLEAN(a_worker_may_be_lost_while_verifying),
        CLEAN(a_worker_lost_between_tasks_costs_no_task),
        CLEAN(every_worker_is_finished),
        CLEAN(a_worker_that_dies_while_finishing_is_counted),
        CLEAN(a_task_past_its_timeout_has_failed),
        CLEAN(all_may_time_out),
        CLEAN(verification_has_no_timeout),
        CLEAN(idle_workers_may_be_lost_while_others_work),
        CLEAN(a_timeout_that_is_not_reached_changes_nothing),
        CLEAN(nonsense_on_the_results_pipe_ends_the_pass),
        CLEAN(a_fork_server_that_died_is_no_hang),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
