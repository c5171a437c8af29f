/* Counting in running processes. Page faults, which every kernel counts, stand in for what this processor may not. */
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/perf.h"
#include "machine_tree.h"

enum { PAGES = 3000, FAULTS = 0, CLOCK = 1, NEVER = 2 };

static const struct pp_perf_event software[PP_PERF_EVENTS] = {
    [FAULTS] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    [CLOCK] = {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    [NEVER] = {PERF_TYPE_SOFTWARE, 9999},
};

/* A fault for each page: MADV_NOHUGEPAGE, or the kernel would hand out many at once. */
static void *touch_pages(void *unused) {
    size_t bytes = (size_t)PAGES * 4096;
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return unused;
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < bytes; i += 4096)
        ((volatile char *)memory)[i] = 1;
    munmap(memory, bytes);
    return unused;
}

static void touch_in_a_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, touch_pages, NULL) == 0)
        pthread_join(thread, NULL);
}

static void touch_here(void) { touch_pages(NULL); }

/* A child that waits for a word, does its work, says so, and waits again. */
struct child {
    pid_t pid;
    int order, answer;
};

static void serve(int order, int answer, void (*work)(void)) {
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (read(order, &byte, 1) == 1 && byte != 'q') {
        work();
        if (write(answer, &byte, 1) != 1)
            break;
    }
    _exit(0);
}

static struct child start(void (*work)(void)) {
    int orders[2], answers[2];
    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    struct child child = {.pid = fork(), .order = orders[1], .answer = answers[0]};
    if (child.pid == 0)
        serve(orders[0], answers[1], work);
    close(orders[0]);
    close(answers[1]);
    return child;
}

static bool let_work(const struct child *child) {
    char byte = 'w';
    return write(child->order, &byte, 1) == 1 && read(child->answer, &byte, 1) == 1;
}

static void end(const struct child *child) {
    bool told = write(child->order, "q", 1) == 1;
    if (!told)
        kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
    close(child->order);
    close(child->answer);
}

/* Attaches, or skips the test where the kernel counts nothing at all. */
static void attach(struct pp_perf *perf, const pid_t *pids, size_t count) {
    int status = pp_perf_attach_events(perf, software, pids, count);
    if (status == -EOPNOTSUPP) {
        print_message("%s\n", perf->reason);
        skip();
    }
    assert_int_equal(status, 0);
}

static void a_running_process_is_counted(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    double first[PP_PERF_EVENTS], second[PP_PERF_EVENTS], last[PP_PERF_EVENTS];
    struct child child = start(touch_here);
    attach(&perf, &child.pid, 1);
    assert_true(let_work(&child));
    pp_perf_read(&perf, first);
    assert_true(let_work(&child));
    pp_perf_read(&perf, second);
    end(&child);
    pp_perf_read(&perf, last);
    pp_perf_close(&perf);
    assert_true(first[FAULTS] >= PAGES && second[FAULTS] >= first[FAULTS] + PAGES);
    assert_true(last[FAULTS] >= second[FAULTS]); /* what has ended is not forgotten */
    assert_true(first[CLOCK] > 0.0 && second[CLOCK] > first[CLOCK]);
    assert_true(isnan(first[NEVER]) && perf.missing[NEVER]);
    assert_int_equal(perf.count, 0);
}

static void threads_started_later_are_counted(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    double sums[PP_PERF_EVENTS];
    struct child child = start(touch_in_a_thread);
    attach(&perf, &child.pid, 1);
    assert_true(let_work(&child));
    assert_true(let_work(&child));
    pp_perf_read(&perf, sums);
    pp_perf_close(&perf);
    end(&child);
    assert_true(sums[FAULTS] >= 2 * PAGES);
}

static void *touch_when_told(void *argument) {
    const int *pipes = argument;
    char byte;
    if (read(pipes[0], &byte, 1) == 1)
        touch_pages(NULL);
    return NULL;
}

/* This process itself, with a thread that is there before. */
static void threads_that_are_there_are_counted(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    double sums[PP_PERF_EVENTS];
    pthread_t thread;
    int pipes[2];
    const pid_t self = getpid();
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pthread_create(&thread, NULL, touch_when_told, pipes), 0);
    attach(&perf, &self, 1);
    assert_true(perf.count >= 2 * PP_PERF_EVENTS);
    assert_int_equal(write(pipes[1], "w", 1), 1);
    assert_int_equal(pthread_join(thread, NULL), 0);
    pp_perf_read(&perf, sums);
    pp_perf_close(&perf);
    close(pipes[0]);
    close(pipes[1]);
    assert_true(sums[FAULTS] >= PAGES);
}

static void processes_add_up(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    double sums[PP_PERF_EVENTS];
    struct child one = start(touch_here), other = start(touch_here);
    const pid_t pids[] = {one.pid, other.pid};
    attach(&perf, pids, 2);
    assert_true(let_work(&one) && let_work(&other));
    pp_perf_read(&perf, sums);
    pp_perf_close(&perf);
    end(&one);
    end(&other);
    assert_true(sums[FAULTS] >= 2 * PAGES);
    assert_true(fabs(perf.scale - 1.0) < 1e-9);
}

/* Ten times the same process stands for ten processes: with few descriptors some are attached to, and stand for all. */
static void few_descriptors_attach_to_some(void **state) {
    (void)state;
    enum { MANY = 10 };
    struct pp_perf perf = {0};
    double sums[PP_PERF_EVENTS];
    struct child child = start(touch_here);
    pid_t pids[MANY];
    struct rlimit old, low;
    for (int i = 0; i < MANY; i++)
        pids[i] = child.pid;
    int lowest = dup(0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = (rlim_t)lowest + 24;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int status = pp_perf_attach_events(&perf, software, pids, MANY);
    unsigned files = perf.count;
    low.rlim_cur = (rlim_t)lowest + 1;
    setrlimit(RLIMIT_NOFILE, &low);
    struct pp_perf none = {0};
    int refused = pp_perf_attach_events(&none, software, pids, MANY);
    setrlimit(RLIMIT_NOFILE, &old);
    if (status == 0) {
        assert_true(let_work(&child));
        pp_perf_read(&perf, sums);
    }
    pp_perf_close(&perf);
    end(&child);
    if (status == -EOPNOTSUPP)
        skip();
    assert_int_equal(status, 0);
    assert_in_range(files, PP_PERF_EVENTS, 24 / 2);
    assert_true(perf.scale >= 2.5 - 1e-9);
    assert_true(sums[FAULTS] >= (double)MANY * PAGES);
    assert_int_equal(refused, -EMFILE);
    assert_true(none.count == 0 && none.reason[0] == '\0');
}

static void a_sample_of_many_processes_is_scaled(void **state) {
    (void)state;
    enum { MANY = 3 * PP_PERF_PROCESSES };
    struct pp_perf perf = {0};
    struct child child = start(touch_here);
    pid_t pids[MANY];
    for (int i = 0; i < MANY; i++)
        pids[i] = child.pid;
    attach(&perf, pids, MANY);
    assert_true(perf.scale >= 3.0 - 1e-9);
    pp_perf_close(&perf);
    end(&child);
}

static void processes_that_have_ended_are_no_failure(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    struct child gone = start(touch_here), child = start(touch_here);
    end(&gone);
    const pid_t pids[] = {gone.pid, child.pid};
    double sums[PP_PERF_EVENTS];
    attach(&perf, pids, 2);
    pp_perf_close(&perf);
    assert_int_equal(pp_perf_attach_events(&perf, software, pids, 1), -ESRCH);
    assert_int_equal(pp_perf_attach_events(&perf, software, pids, 0), -ESRCH);
    assert_string_equal(perf.reason, "");
    pp_perf_read(&perf, sums);
    assert_true(isnan(sums[FAULTS]) && isnan(sums[CLOCK]));
    end(&child);
}

/* ---- what cannot be ---- */

static void events_that_nobody_counts_have_a_reason(void **state) {
    (void)state;
    static const struct pp_perf_event nonsense[PP_PERF_EVENTS] = {
        {PERF_TYPE_SOFTWARE, 9999}, {PERF_TYPE_SOFTWARE, 9998}, {UINT32_MAX, 1}};
    struct pp_perf perf = {0};
    const pid_t self = getpid();
    assert_int_equal(pp_perf_attach_events(&perf, nonsense, &self, 1), -EOPNOTSUPP);
    assert_true(perf.reason[0] != '\0' && perf.count == 0);
    /* It is remembered, even where trying again would work. */
    assert_int_equal(pp_perf_attach_events(&perf, software, &self, 1), -EOPNOTSUPP);
    assert_int_equal(perf.count, 0);
}

static void the_processor_counts_or_there_is_a_reason(void **state) {
    (void)state;
    struct pp_perf perf = {0};
    const pid_t self = getpid();
    double sums[PP_PERF_EVENTS];
    int status = pp_perf_attach(&perf, &self, 1);
    for (volatile int i = 0; i < 1000000; i = i + 1)
        ;
    pp_perf_read(&perf, sums);
    pp_perf_close(&perf);
    if (status == 0) {
        assert_string_equal(perf.reason, "");
        assert_true(perf.missing[PP_PERF_INSTRUCTIONS] || sums[PP_PERF_INSTRUCTIONS] >= 1e6);
        return;
    }
    assert_int_equal(status, -EOPNOTSUPP);
    assert_true(isnan(sums[PP_PERF_INSTRUCTIONS]));
    assert_true(strncmp(perf.reason, "not ", 4) == 0);
}

static void reasons_have_words(void **state) {
    const struct tree *tree = *state;
    char text[96];
    put(tree, "/proc/sys/kernel/perf_event_paranoid", "3\n");
    pp_perf_explain(tree->root, EACCES, text, sizeof text);
    assert_string_equal(text, "not permitted: kernel.perf_event_paranoid is 3");
    put(tree, "/proc/sys/kernel/perf_event_paranoid", "2\n");
    pp_perf_explain(tree->root, EPERM, text, sizeof text);
    assert_string_equal(text, "not permitted here, as in most containers");
    pp_perf_explain(tree->root, ENOENT, text, sizeof text);
    assert_string_equal(text, "not supported by this (virtual) machine");
    pp_perf_explain(tree->root, EOPNOTSUPP, text, sizeof text);
    assert_string_equal(text, "not supported by this (virtual) machine");
    pp_perf_explain(tree->root, ENOSYS, text, sizeof text);
    assert_string_equal(text, "not offered by this kernel: no such system call");
    pp_perf_explain(tree->root, EBUSY, text, sizeof text);
    assert_non_null(strstr(text, "not possible: "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_process_is_counted),
        cmocka_unit_test(threads_started_later_are_counted),
        cmocka_unit_test(threads_that_are_there_are_counted),
        cmocka_unit_test(processes_add_up),
        cmocka_unit_test(few_descriptors_attach_to_some),
        cmocka_unit_test(a_sample_of_many_processes_is_scaled),
        cmocka_unit_test(processes_that_have_ended_are_no_failure),
        cmocka_unit_test(events_that_nobody_counts_have_a_reason),
        cmocka_unit_test(the_processor_counts_or_there_is_a_reason),
        IN_TREE(reasons_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
