/* Programs that tasks start are found by their mark wherever they have gone, and nobody else is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "exec/mark.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t spawn_in(char *const *environment) {
    static char name[] = "sleep", time[] = "60";
    char *const words[] = {name, time, NULL};
    pid_t pid;
    assert_int_equal(posix_spawnp(&pid, "sleep", NULL, NULL, words, environment), 0);
    return pid;
}

static bool is_there(pid_t pid) { return waitpid(pid, NULL, WNOHANG) == 0; }

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int set_mark(void **state) {
    (void)state;
    setenv(PP_MARK_VARIABLE, "pptest-1-of-another", 1);
    return pp_mark_set();
}

static void only_what_was_started_with_the_mark_is_ended(void **state) {
    (void)state;
    static char other[] = PP_MARK_VARIABLE "=pptest-1-00000000000000000001";
    char *const others[] = {other, NULL};
    pid_t stranger = spawn_in(others), marked = spawn_in(environ);
    pp_marked_end();
    assert_false(is_there(marked));
    assert_true(is_there(stranger));
    end(stranger);
}

static void it_is_found_behind_any_number_of_other_variables(void **state) {
    (void)state;
    char *many = malloc(100000);
    assert_non_null(many);
    const char *mark = getenv(PP_MARK_VARIABLE);
    char variable[256];
    snprintf(variable, sizeof variable, "%s=%s", PP_MARK_VARIABLE, mark);
    for (size_t length = 8000; length < 8400; length += 3) { /* across the end of what is read at once */
        memset(many, 'x', length);
        memcpy(many, "MANY=", 5);
        many[length] = '\0';
        char *const environment[] = {many, variable, NULL};
        pid_t pid = spawn_in(environment);
        pp_marked_end();
        assert_false(is_there(pid));
    }
    free(many);
}

/* Sleeps for a while in a session of its own, its parents gone. */
static void what_has_left_its_parents_is_ended(void **state) {
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0); /* which the sleeping one holds open */
    assert_int_equal(system("setsid sh -c 'sleep 60 & sleep 60 &' &"), 0);
    close(ends[1]);
    pp_marked_end();
    alarm(20);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    alarm(0);
    close(ends[0]);
}

static void whoever_runs_this_process_still_finds_what_it_starts(void **state) {
    (void)state;
    const char *value = getenv(PP_MARK_VARIABLE);
    assert_ptr_equal(strstr(value, "pptest-1-of-another:pptest-"), value);
    char before[256];
    snprintf(before, sizeof before, "%s", value);
    assert_int_equal(pp_mark_set(), 0);
    assert_string_equal(getenv(PP_MARK_VARIABLE), before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_started_with_the_mark_is_ended),
        cmocka_unit_test(it_is_found_behind_any_number_of_other_variables),
        cmocka_unit_test(what_has_left_its_parents_is_ended),
        cmocka_unit_test(whoever_runs_this_process_still_finds_what_it_starts),
    };
    return cmocka_run_group_tests(tests, set_mark, NULL);
}
