/* For how long processes wait for a CPU: captured files, and two processes that really share one. */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/run_delay.h"

static char root[] = "/tmp/pptest-delay-XXXXXX";

static void put(const char *pid, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/proc/%s", root, pid);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/proc/%s/schedstat", root, pid);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void captured_files_are_summed(void **state) {
    (void)state;
    char path[64];
    assert_non_null(mkdtemp(root));
    snprintf(path, sizeof path, "%s/proc", root);
    mkdir(path, 0777);
    put("7", "123456789 1000 42\n");
    put("8", "5 18446744073709550000 1\n");
    put("9", "nonsense\n");
    put("10", "");
    const pid_t good[] = {7, 7}, bad[] = {7, 9}, empty[] = {10}, gone[] = {11};
    assert_int_equal(pp_run_delay_ns(root, good, 2), 2000);
    assert_int_equal(pp_run_delay_ns(root, good, 0), 0);
    assert_true(pp_run_delay_ns(root, bad, 2) == PP_RUN_DELAY_UNKNOWN);
    assert_true(pp_run_delay_ns(root, empty, 1) == PP_RUN_DELAY_UNKNOWN);
    assert_true(pp_run_delay_ns(root, gone, 1) == PP_RUN_DELAY_UNKNOWN);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", root);
    assert_int_equal(system(command), 0);
}

static pid_t hog_on_one_cpu(void) {
    cpu_set_t all, one;
    CPU_ZERO(&one);
    sched_getaffinity(0, sizeof all, &all);
    for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    pid_t pid = fork();
    if (pid == 0) {
        sched_setaffinity(0, sizeof one, &one);
        alarm(20);
        for (volatile unsigned long i = 0;; i++)
            continue;
    }
    return pid;
}

/* Of two that both want one CPU all the time, together one CPU's time goes by without them. */
static void two_on_one_cpu_wait_for_each_other(void **state) {
    (void)state;
    pid_t hogs[2] = {hog_on_one_cpu(), hog_on_one_cpu()};
    const struct timespec a_while = {.tv_nsec = 300 * 1000 * 1000};
    uint64_t before = pp_run_delay_ns("", hogs, 2);
    nanosleep(&a_while, NULL);
    uint64_t after = pp_run_delay_ns("", hogs, 2);
    for (int i = 0; i < 2; i++) {
        kill(hogs[i], SIGKILL);
        waitpid(hogs[i], NULL, 0);
    }
    if (before == PP_RUN_DELAY_UNKNOWN)
        skip(); /* a kernel without CONFIG_SCHED_INFO */
    assert_true(after - before > 150 * 1000 * 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_files_are_summed),
        cmocka_unit_test(two_on_one_cpu_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
