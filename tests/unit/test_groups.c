/* Tasks whose work is done by processes that they start: what those use up is counted, once, and none of them is left,
 * whatever becomes of the worker, or of this process. */
#include <dirent.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "exec/groups.h"
#include "exec/mark.h"
#include "process_world.h"

static const char *const executors[] = {"process", "thread", "openmp", "async-blocking"};
enum { EXECUTORS = sizeof executors / sizeof *executors };

/* ---- a task that starts processes ---- */

struct state {
    int *groups;
};

static int remember(void *state, const void *shared, const void *args, const struct pp_env *env,
                    struct pp_error *error) {
    (void)shared;
    (void)args;
    (void)error;
    ((struct state *)state)->groups = env->groups;
    return 0;
}

/* A child that leads a group, which is noted; its id is left on the board. */
static pid_t start(const struct state *state, const struct fake_args *args, void (*live)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        live();
        _exit(0);
    }
    setpgid(pid, pid);
    atomic_store(&args->board->ends, (uint64_t)pid);
    __atomic_store_n(state->groups, (int)pid, __ATOMIC_SEQ_CST);
    return pid;
}

static void wait_for(const struct state *state, pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    __atomic_store_n(state->groups, 0, __ATOMIC_SEQ_CST);
}

/* It, and one that it leaves behind. */
static void live_for_ever(void) {
    if (fork() >= 0)
        for (;;)
            pause();
}

static int run_outside(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake)) {
        pid_t pid = start(state, fake, live_for_ever);
        if (fake->spare == SIGKILL)
            kill(getpid(), SIGKILL);
        if (fake->spare == SIGINT)
            kill(getpid(), SIGINT);
        wait_for(state, pid);
        return pp_error_set(error, -ECHILD, "it did not live for ever");
    }
    fake_sleep_ms(1);
    return fake_answer(fake, item, output);
}

static const struct pp_task outside = {.name = "outside",
                                       .caps = PP_TASK_CHILDREN,
                                       .state_size = sizeof(struct state),
                                       .worker_init = remember,
                                       .run = run_outside,
                                       .verify = fake_verify};

static int run_in(struct fake_job *fake, const struct pp_task *task, const char *executor, unsigned workers) {
    fake_job_set(fake, task, 40, workers);
    fake->executor = executor;
    return fake_job_run(fake, PP_START_FORK, NULL);
}

/* Any but zombies, which are init's: it may take seconds to look after them. */
static bool group_runs(int group) {
    bool runs = false;
    DIR *all = opendir("/proc");
    assert_non_null(all);
    for (struct dirent *entry; (entry = readdir(all));) {
        char path[300], condition;
        int of;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "re");
        if (!file)
            continue;
        runs = runs || (fscanf(file, "%*d (%*[^)]) %c %*d %d", &condition, &of) == 2 && of == group &&
                        condition != 'Z' && condition != 'X');
        fclose(file);
    }
    closedir(all);
    return runs;
}

/* Killed processes take a moment to go. */
static bool group_goes(int group) {
    for (int i = 0; i < 2000 && group_runs(group); i++)
        fake_sleep_ms(1);
    return !group_runs(group);
}

static int noted(const struct fake_job *fake) { return (int)atomic_load(&fake->args.board->ends); }

/* ---- nobody is left ---- */

static void what_a_lost_worker_had_started_is_ended(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t accidents = 1; accidents <= 2; accidents++) {
        prepare_accidents(fake, 7, accidents, SIGKILL);
        assert_int_equal(run_in(fake, &outside, "process", 2), 0);
        assert_int_equal(fake->sample.workers_lost, accidents);
        assert_whole(fake, accidents - 1);
        assert_true(group_goes(noted(fake)));
    }
}

static void a_timeout_ends_them_and_the_run_goes_on_in_this_process_too(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (size_t i = 0; i < EXECUTORS; i++)
        for (unsigned workers = 0; workers <= 2 && is_there(executors[i]); workers += 2) {
            prepare_accidents(fake, 7, 1, 0);
            fake_job_set(fake, &outside, 40, workers);
            fake->executor = executors[i];
            fake->job.timeout_ns = 200000000;
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 1);
            assert_int_equal(fake->sample.why.code, -ETIMEDOUT);
            assert_true(group_goes(noted(fake)));
            seconds_at_most(fake, 10);
        }
}

/* The task fails, for want of what it waits for: not its fault. */
static int stop_in(struct fake_job *fake) {
    return fake_job_run(fake, PP_START_FORK, NULL) == -EINTR && fake->sample.failed == 0 && !fake->sample.complete &&
           pp_stop_signal == SIGINT && group_goes(noted(fake));
}

static void a_stop_ends_them(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (size_t i = 1; i < EXECUTORS; i++)
        for (unsigned workers = 0; workers <= 2 && is_there(executors[i]); workers += 2) {
            prepare_accidents(fake, 7, 1, SIGINT);
            fake_job_set(fake, &outside, 40, workers);
            fake->executor = executors[i];
            assert_int_equal(in_child(stop_in, fake), 1);
        }
}

/* Whoever is killed cannot end anything. */
static int die_with_a_process(struct fake_job *fake) {
    struct pp_groups groups;
    if (pp_groups_open(&groups, 3, 64, NULL) != 0)
        return 1;
    const struct state state = {.groups = pp_groups_at(&groups, 2)};
    start(&state, &fake->args, live_for_ever);
    kill(getpid(), SIGKILL);
    return 0;
}

static void a_guard_ends_them_when_this_process_is_killed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(die_with_a_process, fake), 255);
    assert_true(noted(fake) > 1 && group_goes(noted(fake)));
}

static void a_guard_that_was_killed_is_not_missed(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_groups groups;
    assert_int_equal(pp_groups_open(&groups, 2, sizeof(int), NULL), 0);
    kill(groups.guard, SIGKILL);
    assert_int_equal(waitpid(groups.guard, NULL, 0), groups.guard);
    const struct state started = {.groups = pp_groups_at(&groups, 1)};
    pid_t pid = start(&started, &fake->args, live_for_ever);
    pp_groups_close(&groups);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(group_goes(pid));
}

/* A program in a session of its own, which nobody waits for; it is not noted. */
static int run_leaving(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    (void)error;
    const struct fake_args *fake = args;
    char *const words[] = {(char *)"sleep", (char *)"60", NULL};
    posix_spawnattr_t apart;
    pid_t pid;
    posix_spawnattr_init(&apart);
    posix_spawnattr_setflags(&apart, POSIX_SPAWN_SETSID);
    if (posix_spawnp(&pid, "sleep", NULL, &apart, words, environ) == 0)
        atomic_store(&fake->board->ends, (uint64_t)pid);
    posix_spawnattr_destroy(&apart);
    return fake_answer(fake, item, output);
}

static const struct pp_task leaving = {
    .name = "leaving", .caps = PP_TASK_CHILDREN, .run = run_leaving, .verify = fake_verify};

/* How many processes there are on the machine shall not be part of what is measured. */
static void what_has_left_its_group_is_looked_for_after_the_clocks(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake_job_set(fake, &leaving, 1, 1);
    fake->executor = "process";
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_true(noted(fake) > 1 && kill(noted(fake), 0) == 0);
    pp_marked_end();
    assert_true(group_goes(noted(fake)));
}

/* ---- what they use up ---- */

enum { CPU_MS = 20, CPU_TASKS = 8 };

static void burn(void) {
    while (pp_clock_thread_cpu_ns() < (uint64_t)CPU_MS * 1000000)
        continue;
}

/* Says of itself what it likes; the times of its process are the system's. */
static int run_burning(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    const struct state *own = state;
    (void)error;
    wait_for(own, start(own, args, burn));
    output->child->user_ns += CPU_MS * 1000000;
    output->child->delay_ns += 1000;
    if (item->index == 3)
        output->child->peak_bytes = 5000;
    return fake_answer(args, item, output);
}

static const struct pp_task burning = {.name = "burning",
                                       .caps = PP_TASK_CHILDREN,
                                       .state_size = sizeof(struct state),
                                       .worker_init = remember,
                                       .run = run_burning,
                                       .verify = fake_verify};

static void their_use_is_that_of_the_pass_once(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_sample *sample = &fake->sample;
    for (size_t i = 0; i < EXECUTORS; i++)
        for (unsigned workers = 0; workers <= 2 && is_there(executors[i]); workers++) {
            fake_job_set(fake, &burning, CPU_TASKS, workers);
            fake->executor = executors[i];
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, 0);
            double used_s = pp_seconds(sample->usage.user_ns + sample->usage.system_ns),
                   least_s = 1e-3 * CPU_MS * CPU_TASKS;
            assert_true(used_s >= 0.9 * least_s && used_s < 1.8 * least_s);
            assert_true(sample->cpu_ns >= CPU_TASKS * CPU_MS * 1000000ULL);
            assert_int_equal(sample->child.delay_ns, CPU_TASKS * 1000);
            assert_int_equal(sample->child.peak_bytes, 5000);
        }
}

/* libuv opens a pipe with its first loop, and keeps it. */
static int open_the_first_loop(void **state) {
    if (!is_there("async-blocking"))
        return 0;
    if (set_up(state) != 0)
        return -1;
    struct fake_job *fake = &((struct world *)*state)->fake;
    int status = run_in(fake, &well, "async-blocking", 1);
    nothing_is_left(state);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(what_a_lost_worker_had_started_is_ended),
        CLEAN(a_timeout_ends_them_and_the_run_goes_on_in_this_process_too),
        CLEAN(a_stop_ends_them),
        CLEAN(a_guard_ends_them_when_this_process_is_killed),
        CLEAN(a_guard_that_was_killed_is_not_missed),
        CLEAN(what_has_left_its_group_is_looked_for_after_the_clocks),
        CLEAN(their_use_is_that_of_the_pass_once),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, open_the_first_loop, NULL);
}
