/* Work in a child: what it leaves behind, and how its end is told. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/child.h"
#include "pptest/memory.h"

enum { PATIENT_MS = 60000 };

static int here;

static void count_up(void *owner) {
    ++*(int *)owner;
    here = 1;
}

static void what_is_shared_comes_back(void **state) {
    (void)state;
    int *shared = pp_shared_alloc(sizeof *shared);
    assert_non_null(shared);
    struct pp_error error = {0};
    assert_int_equal(pp_child_run(count_up, shared, PATIENT_MS, &error), 0);
    assert_int_equal(*shared, 1);
    assert_int_equal(here, 0);
    assert_int_equal(error.code, 0);
    pp_shared_free(shared, sizeof *shared);
}

static void die(void *owner) { raise(*(int *)owner); }

static void leave(void *owner) { pp_child_exit(*(int *)owner); }

static void its_death_is_told(void **state) {
    (void)state;
    int number = SIGKILL;
    struct pp_error error = {0};
    assert_int_equal(pp_child_run(die, &number, PATIENT_MS, &error), -ECHILD);
    assert_non_null(strstr(error.text, "it ended by signal 9"));
    number = 7;
    assert_int_equal(pp_child_run(leave, &number, PATIENT_MS, &error), -ECHILD);
    assert_string_equal(error.text, "it ended with exit status 7");
    assert_int_equal(pp_child_run(leave, &number, PATIENT_MS, NULL), -ECHILD);
}

static void sleep_on(void *owner) {
    (void)owner;
    while (true)
        pause();
}

static void a_child_that_hangs_is_ended(void **state) {
    (void)state;
    struct pp_error error = {0};
    assert_int_equal(pp_child_run(sleep_on, NULL, 10, &error), -ETIMEDOUT);
    assert_non_null(strstr(error.text, "it took longer than"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
    assert_int_equal(errno, ECHILD);
}

static void without_descriptors_there_is_no_child(void **state) {
    (void)state;
    struct rlimit before, none = {0};
    getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    struct pp_error error = {0};
    int status = pp_child_run(count_up, &here, PATIENT_MS, &error);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(status, -EMFILE);
    assert_int_equal(strncmp(error.text, "no pipe: ", 9), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shared_comes_back),
        cmocka_unit_test(its_death_is_told),
        cmocka_unit_test(a_child_that_hangs_is_ended),
        cmocka_unit_test(without_descriptors_there_is_no_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
