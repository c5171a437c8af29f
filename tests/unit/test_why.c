/* Why scaling stops: for each limiter a workload that really runs into it. */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lab.h"

static int set_up(void **state) {
    struct lab *lab = calloc(1, sizeof *lab);
    *state = lab;
    return lab ? 0 : -1;
}

static int tear_down(void **state) {
    struct lab *lab = *state;
    lab_release(lab);
    free(lab);
    return fake_no_children() ? 0 : -1;
}

static void compute(uint64_t ns) {
    uint64_t end_ns = pp_clock_thread_cpu_ns() + ns;
    while (pp_clock_thread_cpu_ns() < end_ns)
        continue;
}

static unsigned usable(void) { return (unsigned)ceil(pp_cpus_read("").usable); }

/* What else the machine does may be a larger loss than what is looked for: then once more, and in the end no answer. */
enum { ATTEMPTS = 6 };

static bool is_disturbed(const struct pp_case_result *each) { return 2 * each->disturbed > each->counted; }

static void tell(const struct pp_case_result *each, enum pp_limiter expected) {
    const struct pp_breakdown *parts = &each->breakdown;
    double whole = each->work.mean * (each->workers ? each->workers : 1) / 100.0;
    print_message("%s: limited by %s, expected %s (cpu %.1f, no cpu %.1f, blocked %.1f, verify %.1f, transfer %.1f, "
                  "waiting %.1f, tail %.1f, other %.1f %%)\n",
                  each->name, pp_limiter_words[each->limiter], pp_limiter_words[expected], parts->cpu / whole,
                  parts->runnable / whole, parts->blocked / whole, parts->verify / whole, parts->transfer / whole,
                  parts->waiting / whole, parts->tail / whole, parts->other / whole);
}

/* Runs the lab until that worker count is limited as expected. */
static void assert_limited(struct lab *lab, unsigned workers, enum pp_limiter expected) {
    bool quiet = false;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        assert_int_equal(lab_run(lab), 0);
        const struct pp_case_result *each = lab_case(lab, workers);
        if (each->limiter == expected)
            return;
        tell(each, expected);
        quiet |= !is_disturbed(each);
        lab_release(lab);
    }
    if (quiet)
        fail();
    skip();
}

/* ---- CPUs ---- */

static int run_computing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                         struct pp_error *error) {
    (void)state;
    (void)error;
    compute(2000000);
    return fake_answer(args, item, output);
}

static const struct pp_task computing = {.name = "computing", .run = run_computing, .verify = fake_verify};

static void more_workers_than_cpus(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 4 * usable(), -1};
    lab_set(lab, &computing, 40 * usable(), workers);
    assert_limited(lab, 4 * usable(), PP_LIMITER_CPUS);
    assert_int_equal(lab_case(lab, 0)->limiter, PP_LIMITER_NONE); /* what others are held against */
}

static uint64_t ns_of(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_usec * 1000;
}

/* What is computed is computed by a process of a process, of whose want of a CPU nobody knows in the end. */
static int run_delegating(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                          struct pp_error *error) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        pid_t its_own = fork();
        if (its_own == 0)
            compute(20000000);
        else
            waitpid(its_own, NULL, 0);
        _exit(0);
    }
    struct rusage used;
    if (wait4(pid, NULL, 0, &used) != pid)
        return pp_error_set(error, -ECHILD, "it cannot be waited for");
    output->child->user_ns += ns_of(used.ru_utime);
    output->child->system_ns += ns_of(used.ru_stime);
    output->child->unseen_ns += ns_of(used.ru_utime) + ns_of(used.ru_stime);
    return fake_answer(args, item, output);
}

static const struct pp_task delegating = {
    .name = "delegating", .caps = PP_TASK_CHILDREN, .run = run_delegating, .verify = fake_verify};

static void programs_of_programs_on_too_few_cpus(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {1, 4 * usable(), -1};
    lab_set(lab, &delegating, 8 * usable(), workers);
    assert_limited(lab, 4 * usable(), PP_LIMITER_CPUS);
}

/* ---- quota ---- */

static bool put(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return written;
}

/* A control group that may use half a CPU; of either version. Returns whether there is one now, with this process in
 * it. */
static bool enter_group(const char *v1, const char *v2) {
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    if (mkdir(v1, 0755) == 0 && put(v1, "cpu.cfs_period_us", "20000") && put(v1, "cpu.cfs_quota_us", "10000"))
        return put(v1, "cgroup.procs", pid);
    return mkdir(v2, 0755) == 0 && put(v2, "cpu.max", "10000 20000") && put(v2, "cgroup.procs", pid);
}

/* In a child, which takes its membership with it. Returns 0 when the limiter is the quota, 77 when there can be no
 * group. */
static int measure_in_group(struct lab *lab, const char *v1, const char *v2) {
    const int64_t workers[] = {0, 2, -1};
    if (!enter_group(v1, v2))
        return 77;
    lab_set(lab, &computing, 100, workers);
    if (lab_run(lab) != 0)
        return 1;
    if (fabs(lab->runner.result.machine.cpus.quota - 0.5) > 1e-9)
        return 2;
    return lab_case(lab, 2)->limiter == PP_LIMITER_QUOTA ? 0 : 10 + (int)lab_case(lab, 2)->limiter;
}

static void a_group_with_a_quota(void **state) {
    char v1[64], v2[64];
    snprintf(v1, sizeof v1, "/sys/fs/cgroup/cpu/pptest-%d", (int)getpid());
    snprintf(v2, sizeof v2, "/sys/fs/cgroup/pptest-%d", (int)getpid());
    pid_t pid = fork();
    if (pid == 0)
        pp_worker_exit(measure_in_group(*state, v1, v2));
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    rmdir(v1);
    rmdir(v2);
    assert_true(WIFEXITED(wait_status));
    if (WEXITSTATUS(wait_status) == 77)
        skip(); /* only root may make groups, and not everywhere */
    assert_int_equal(WEXITSTATUS(wait_status), 0);
}

/* ---- memory ---- */

/* Memory that one worker has in a cache that all share, but not two. */
static size_t block_bytes;

static void choose_block(void) {
    struct pp_machine machine;
    pp_machine_read("", (const struct pp_task *const[]){NULL}, &machine);
    block_bytes = 48 << 20; /* no cache is known: more than most are */
    for (unsigned i = 0; i < machine.topology.cache_count; i++)
        if (machine.topology.caches[i].shared > 1)
            block_bytes = (size_t)machine.topology.caches[i].bytes / 10 * 7;
}

static int init_block(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    (void)shared;
    (void)args;
    (void)env;
    (void)error;
    char **block = state;
    *block = malloc(block_bytes);
    return *block ? 0 : -ENOMEM;
}

static int run_writing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)error;
    char **block = state;
    memset(*block, (int)item->index, block_bytes);
    return fake_answer(args, item, output);
}

static void fini_block(void *state) { free(*(char **)state); }

static const struct pp_task writing = {.name = "writing",
                                       .state_size = sizeof(char *),
                                       .worker_init = init_block,
                                       .run = run_writing,
                                       .verify = fake_verify,
                                       .worker_fini = fini_block};

/* One worker alone writes to a cache; all of them write to memory. */
static void memory_that_all_want(void **state) {
    struct lab *lab = *state;
    if (usable() < 2)
        skip();
    choose_block();
    const int64_t workers[] = {1, usable(), -1};
    lab_set(lab, &writing, 60, workers);
    lab->config.iterations = 5;
    lab->config.warmup = 1;
    assert_int_equal(lab_run(lab), 0);
    if (lab_case(lab, usable())->task_cpu_s < 1.15 * lab_case(lab, 1)->task_cpu_s) {
        print_message("this machine has memory bandwidth to spare: %.3g s, then %.3g s\n", lab_case(lab, 1)->task_cpu_s,
                      lab_case(lab, usable())->task_cpu_s);
        skip();
    }
    lab_release(lab);
    assert_limited(lab, usable(), PP_LIMITER_MEMORY);
}

/* ---- devices ---- */

static char device[64];

/* A device that serves one at a time. */
static int run_device(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)state;
    (void)error;
    int fd = open(device, O_RDONLY | O_CLOEXEC);
    flock(fd, LOCK_EX);
    fake_sleep_ms(1);
    close(fd);
    return fake_answer(args, item, output);
}

static const struct pp_task queueing = {
    .name = "queueing", .caps = PP_TASK_WAITS, .run = run_device, .verify = fake_verify};

static void a_device_that_serves_one_at_a_time(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 1, 4, -1};
    snprintf(device, sizeof device, "/tmp/pptest-device-XXXXXX");
    close(mkstemp(device));
    lab_set(lab, &queueing, 120, workers);
    assert_limited(lab, 4, PP_LIMITER_IO);
    unlink(device);
}

static int run_waiting(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    (void)error;
    fake_sleep_ms(4);
    return fake_answer(args, item, output);
}

static const struct pp_task waiting = {
    .name = "waiting", .caps = PP_TASK_WAITS, .run = run_waiting, .verify = fake_verify};

/* Work that only waits is blocked nearly all the time, and limited by nothing. */
static void waiting_is_no_limit(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 10, -1};
    lab_set(lab, &waiting, 1000, workers);
    lab->config.iterations = 1;
    assert_limited(lab, 10, PP_LIMITER_NONE);
    assert_true(lab_case(lab, 10)->breakdown.blocked > 0.8 * 10.0 * lab_case(lab, 10)->work.mean);
}

/* ---- handing out ---- */

static int run_nothing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    (void)args;
    (void)error;
    output->digest = fake_digest(item);
    return 0;
}

static const struct pp_task nothing = {
    .name = "nothing", .caps = PP_TASK_VALUE_ONLY, .run = run_nothing, .verify = fake_verify};

static const int64_t one = 1;

static void tasks_too_short_for_being_handed_out_one_by_one(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 2, -1};
    lab_set(lab, &nothing, 200000, workers);
    lab->config.sweep.chunk_sizes = (struct pp_ints){1, &one};
    assert_limited(lab, 2, PP_LIMITER_HANDOUT);
}

/* Many workers of one writer each, of results that one reader takes in: the pipe is full, and they wait to write. */
static void more_results_than_the_pipe_takes(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 64, -1};
    lab_set(lab, &nothing, 300000, workers);
    lab->config.sweep.chunk_sizes = (struct pp_ints){1, &one};
    assert_limited(lab, 64, PP_LIMITER_TRANSFER);
}

/* ---- data ---- */

enum { RESULT_BYTES = 8000000 };

static size_t large_result(const void *shared, const void *args) {
    (void)shared;
    (void)args;
    return RESULT_BYTES;
}

static int run_for_a_large_result(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                                  struct pp_error *error) {
    (void)state;
    (void)error;
    compute(3000000);
    if (output->result)
        memset(output->result, (int)(item->index % 256), RESULT_BYTES);
    return fake_answer(args, item, output);
}

static const struct pp_task with_result = {
    .name = "with a result", .run = run_for_a_large_result, .verify = fake_verify, .result_bytes = large_result};

static void results_that_come_back_through_a_pipe(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 1, -1};
    lab_set(lab, &with_result, 60, workers);
    lab->config.sweep.transfer.result = PP_RESULT_PIPE;
    assert_limited(lab, 1, PP_LIMITER_TRANSFER);
    const struct pp_case_result *each = lab_case(lab, 1);
    char text[64];
    pp_limiter_say(each, text, sizeof text);
    assert_int_equal(each->piped_bytes, RESULT_BYTES);
    assert_non_null(strstr(text, "transfer ("));
    assert_non_null(strstr(text, " MB/s, "));
    assert_int_equal(lab_case(lab, 0)->piped_bytes, 0);
}

/* ---- a library's own threads ---- */

static unsigned one_for_each_cpu(const void *args) {
    (void)args;
    return 0;
}

static void *compute_for_a_while(void *argument) {
    (void)argument;
    compute(1000000);
    return NULL;
}

/* As a library does that starts as many threads as there are CPUs inside each call. */
static int run_threads(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)state;
    (void)error;
    enum { THREADS_MAX = 64 };
    pthread_t threads[THREADS_MAX];
    unsigned count = usable() < THREADS_MAX ? usable() : THREADS_MAX;
    for (unsigned i = 1; i < count; i++)
        pthread_create(&threads[i], NULL, compute_for_a_while, NULL);
    compute(1000000);
    for (unsigned i = 1; i < count; i++)
        pthread_join(threads[i], NULL);
    return fake_answer(args, item, output);
}

static const struct pp_task threaded = {
    .name = "threaded", .run = run_threads, .verify = fake_verify, .library_threads = one_for_each_cpu};

static void workers_times_library_threads(void **state) {
    struct lab *lab = *state;
    if (usable() < 2)
        skip();
    const int64_t workers[] = {0, 2 * usable(), -1};
    lab_set(lab, &threaded, 60 * usable(), workers);
    assert_limited(lab, 2 * usable(), PP_LIMITER_LIBRARY);
}

/* ---- the end ---- */

static int run_at_length(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                         struct pp_error *error) {
    (void)state;
    (void)error;
    fake_sleep_ms(40);
    return fake_answer(args, item, output);
}

static const struct pp_task lengthy = {
    .name = "lengthy", .caps = PP_TASK_WAITS, .run = run_at_length, .verify = fake_verify};

static void fewer_last_tasks_than_workers(void **state) {
    struct lab *lab = *state;
    const int64_t workers[] = {0, 4, -1};
    lab_set(lab, &lengthy, 5, workers);
    lab->config.iterations = 5;
    assert_limited(lab, 4, PP_LIMITER_TAIL);
}

/* ---- starting ---- */

static int init_slowly(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)state;
    (void)shared;
    (void)args;
    (void)env;
    (void)error;
    fake_sleep_ms(30);
    return 0;
}

static void workers_that_start_slowly(void **state) {
    struct lab *lab = *state;
    const struct pp_task task = {
        .name = "slow to start", .worker_init = init_slowly, .run = run_waiting, .verify = fake_verify};
    const int64_t workers[] = {0, 4, -1};
    lab_set(lab, &task, 20, workers);
    assert_limited(lab, 4, PP_LIMITER_STARTUP);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_LAB(more_workers_than_cpus),
        IN_LAB(programs_of_programs_on_too_few_cpus),
        IN_LAB(a_group_with_a_quota),
        IN_LAB(memory_that_all_want),
        IN_LAB(a_device_that_serves_one_at_a_time),
        IN_LAB(waiting_is_no_limit),
        IN_LAB(tasks_too_short_for_being_handed_out_one_by_one),
        IN_LAB(more_results_than_the_pipe_takes),
        IN_LAB(results_that_come_back_through_a_pipe),
        IN_LAB(workers_times_library_threads),
        IN_LAB(fewer_last_tasks_than_workers),
        IN_LAB(workers_that_start_slowly),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
