/* Limits of the system, found before they are hit: each in a child, whose limits are lowered. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "exec/exec.h"
#include "exec/limits.h"

enum { YES = 42 };

/* Coverage is written at exit, so children of this test end by exit. */
static int in_child(int (*act)(void)) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        exit(act() ? YES : 1);
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 255;
}

static void limit(int what, rlim_t soft, rlim_t hard) {
    const struct rlimit both = {.rlim_cur = soft, .rlim_max = hard};
    if (setrlimit(what, &both) != 0)
        exit(2);
}

static rlim_t soft_limit(int what) {
    struct rlimit both;
    return getrlimit(what, &both) == 0 ? both.rlim_cur : 0;
}

static int few_files(void) {
    struct pp_error error = {0};
    limit(RLIMIT_NOFILE, 64, 64);
    return pp_limits_admit(100, &error) == -EMFILE && error.code == -EMFILE && strstr(error.text, "100 workers") &&
           strstr(error.text, "only 64") && strstr(error.text, "ulimit -n 116") && strstr(error.text, "fewer workers");
}

static void too_few_files_is_an_error_that_says_how_many(void **state) {
    (void)state;
    assert_int_equal(in_child(few_files), YES);
}

static int raise_files(void) {
    struct pp_error error = {0};
    limit(RLIMIT_NOFILE, 64, 512);
    return pp_limits_admit(100, &error) == 0 && soft_limit(RLIMIT_NOFILE) >= 116 && error.code == 0;
}

static void the_soft_limit_is_raised(void **state) {
    (void)state;
    assert_int_equal(in_child(raise_files), YES);
}

static int raise_files_not_far_enough(void) {
    struct pp_error error = {0};
    limit(RLIMIT_NOFILE, 64, 110);
    return pp_limits_admit(100, &error) == -EMFILE && strstr(error.text, "only 110") && soft_limit(RLIMIT_NOFILE) == 64;
}

static void a_limit_that_cannot_be_raised_enough_is_left(void **state) {
    (void)state;
    assert_int_equal(in_child(raise_files_not_far_enough), YES);
}

static int enough_files(void) {
    struct pp_error error = {0};
    limit(RLIMIT_NOFILE, 200, 400);
    return pp_limits_admit(100, &error) == 0 && soft_limit(RLIMIT_NOFILE) == 200;
}

static void a_limit_that_is_enough_is_left(void **state) {
    (void)state;
    assert_int_equal(in_child(enough_files), YES);
}

/* Root is above the limit on processes; anybody else is not. */
static int few_processes(void) {
    struct pp_error error = {0};
    uid_t self = geteuid();
    limit(RLIMIT_NPROC, 10, 10);
    if (self == 0 && seteuid(65534) != 0)
        return 1; /* root, and not allowed to be anybody else: nothing to see */
    int status = pp_limits_admit(11, &error);
    return seteuid(self) == 0 && status == -EAGAIN && strstr(error.text, "11 workers") &&
           strstr(error.text, "10 allowed") && strstr(error.text, "ulimit -u");
}

static void too_few_processes_is_an_error_that_says_how_many(void **state) {
    (void)state;
    assert_int_equal(in_child(few_processes), YES);
}

static int many_processes(void) {
    struct pp_error error = {0};
    if (geteuid() == 0)
        limit(RLIMIT_NPROC, 1, 1);
    return geteuid() != 0 || pp_limits_admit(5, &error) == 0;
}

static void root_is_above_the_limit_on_processes(void **state) {
    (void)state;
    assert_int_equal(in_child(many_processes), YES);
}

/* More than the kernel's own bound, where files would not be the first to run out. */
static void more_workers_than_process_ids(void **state) {
    (void)state;
    struct pp_error error = {0};
    int status = pp_limits_admit(UINT32_MAX, &error);
    assert_true(status == -EMFILE || status == -EAGAIN);
    assert_non_null(strstr(error.text, "4294967295 workers"));
}

/* ---- threads ---- */

static void more_threads_than_process_ids(void **state) {
    (void)state;
    struct pp_error error = {0};
    assert_int_equal(pp_limits_admit_threads(UINT32_MAX, &error), -EAGAIN);
    assert_non_null(strstr(error.text, "4294967295 workers"));
    assert_non_null(strstr(error.text, "threads"));
}

static int few_threads(void) {
    struct pp_error error = {0};
    uid_t self = geteuid();
    limit(RLIMIT_NPROC, 10, 10);
    if (self == 0 && seteuid(65534) != 0)
        return 1;
    int status = pp_limits_admit_threads(11, &error);
    return seteuid(self) == 0 && status == -EAGAIN && strstr(error.text, "11 workers and the ") &&
           strstr(error.text, "10 allowed") && strstr(error.text, "ulimit -u");
}

static void too_few_threads_is_an_error_that_says_how_many(void **state) {
    (void)state;
    assert_int_equal(in_child(few_threads), YES);
}

/* A GiB more than is used: a sanitizer uses terabytes. */
static int little_address_space(void) {
    struct pp_error error = {0};
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%lu", &pages) != 1 || fclose(file) != 0)
        return 0;
    limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE) + (1 << 30), RLIM_INFINITY);
    return pp_limits_admit_threads(10, &error) == 0 && pp_limits_admit_threads(10000, &error) == -ENOMEM &&
           strstr(error.text, "10000 threads need ") && strstr(error.text, " MiB allowed") &&
           strstr(error.text, "ulimit -s");
}

static void too_little_room_for_stacks_is_an_error_that_says_how_much(void **state) {
    (void)state;
    assert_int_equal(in_child(little_address_space), YES);
}

static void no_workers_need_nothing(void **state) {
    (void)state;
    struct pp_error error = {0};
    const struct pp_executor *sequential = pp_executor_find("sequential"), *process = pp_executor_find("process");
    assert_non_null(sequential);
    assert_non_null(process);
    assert_int_equal(sequential->admit(0, &error), 0);
    assert_int_equal(process->admit(2, &error), 0);
    assert_int_equal(pp_executor_thread.admit(2, &error), 0);
    assert_null(sequential->unavailable);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_few_files_is_an_error_that_says_how_many),
        cmocka_unit_test(the_soft_limit_is_raised),
        cmocka_unit_test(a_limit_that_cannot_be_raised_enough_is_left),
        cmocka_unit_test(a_limit_that_is_enough_is_left),
        cmocka_unit_test(too_few_processes_is_an_error_that_says_how_many),
        cmocka_unit_test(root_is_above_the_limit_on_processes),
        cmocka_unit_test(more_workers_than_process_ids),
        cmocka_unit_test(more_threads_than_process_ids),
        cmocka_unit_test(too_few_threads_is_an_error_that_says_how_many),
        cmocka_unit_test(too_little_room_for_stacks_is_an_error_that_says_how_much),
        cmocka_unit_test(no_workers_need_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
