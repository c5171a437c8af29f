/* Processes beside the workers: found, and what they use is seen. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/helpers.h"

static double cpu_s(pid_t pid) {
    clockid_t clock;
    struct timespec used = {0};
    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    clock_gettime(clock, &used);
    return (double)used.tv_sec + (double)used.tv_nsec * 1e-9;
}

static pid_t child(void (*work)(void)) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            work();
    }
    return pid;
}

static void spin(void) {
    for (volatile int i = 0; i < 1000000; i++)
        continue;
}

static void wait_idly(void) { pause(); }

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A sanitizer has things to do in a new process before its work. */
static void wait_until_idle(pid_t pid) {
    double before, now = cpu_s(pid);
    do {
        before = now;
        usleep(20000);
        now = cpu_s(pid);
    } while (now > before);
}

static struct pp_helpers found(unsigned expected) {
    struct pp_helpers helpers;
    pp_helpers_find(&helpers);
    if (helpers.count == 0 && expected > 0 && access("/proc/self/task", F_OK) == 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
        if (access(path, F_OK) != 0)
            skip(); /* a kernel without CONFIG_PROC_CHILDREN */
    }
    assert_int_equal(helpers.count, expected);
    return helpers;
}

static void who_has_no_children_has_no_helpers(void **state) {
    (void)state;
    struct pp_helpers helpers = found(0);
    struct pp_helpers_use use = pp_helpers_used(&helpers);
    assert_true(use.cpu_s == 0.0 && use.busy == 0);
}

static void what_a_busy_child_uses_is_seen(void **state) {
    (void)state;
    pid_t hog = child(spin), idler = child(wait_idly);
    wait_until_idle(idler);
    struct pp_helpers helpers = found(2);
    const double before = cpu_s(hog);
    while (cpu_s(hog) < before + 0.05)
        usleep(1000);
    struct pp_helpers_use use = pp_helpers_used(&helpers);
    assert_true(use.cpu_s >= 0.05 && use.cpu_s <= cpu_s(hog) + cpu_s(idler));
    assert_int_equal(use.busy, 1);
    end(hog);
    end(idler);
}

static void of_one_that_has_ended_nothing_is_known(void **state) {
    (void)state;
    pid_t hog = child(spin);
    struct pp_helpers helpers = found(1);
    double before = cpu_s(hog);
    while (cpu_s(hog) < before + 0.01)
        usleep(1000);
    end(hog);
    struct pp_helpers_use use = pp_helpers_used(&helpers);
    assert_true(use.cpu_s == 0.0 && use.busy == 0);
}

static void no_more_are_looked_at_than_there_is_room_for(void **state) {
    (void)state;
    pid_t all[PP_HELPERS_MAX + 3];
    for (unsigned i = 0; i < PP_HELPERS_MAX + 3; i++)
        all[i] = child(wait_idly);
    found(PP_HELPERS_MAX);
    for (unsigned i = 0; i < PP_HELPERS_MAX + 3; i++)
        end(all[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_no_children_has_no_helpers),
        cmocka_unit_test(what_a_busy_child_uses_is_seen),
        cmocka_unit_test(of_one_that_has_ended_nothing_is_known),
        cmocka_unit_test(no_more_are_looked_at_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
