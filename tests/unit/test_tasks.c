/* What all tasks have in common; and sum, multi, noop and sleep, each through its descriptor alone. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "one_worker.h"

static void shrink_size(const struct worker *worker) { set_int(worker, "size", 1000); }
static void shrink_nothing(const struct worker *worker) { (void)worker; }
static void shrink_sleep(const struct worker *worker) { *(double *)argument(worker, "milliseconds") = 0.1; }

static void same_item_same_digest(void **state) {
    (void)state;
    assert_deterministic("sum", shrink_size);
    assert_deterministic("multi", shrink_size);
    assert_deterministic("sort", shrink_size);
    assert_deterministic("noop", shrink_nothing);
    assert_deterministic("sleep", shrink_sleep);
}

static void field_described_well(const struct pp_task *task, const struct pp_field *field) {
    assert_true(field->offset < task->args_size);
    assert_true(field->help && field->help[0] && field->help[strlen(field->help) - 1] != '.');
    assert_true(field->min <= field->max && field->mix_min <= field->mix_max);
    if (field->type == PP_INT && !(field->flags & PP_FIELD_REQUIRED))
        assert_true((double)field->def.i >= field->min && (double)field->def.i <= field->max);
    if (field->mix_max != 0)
        assert_true(field->mix_min >= field->min && field->mix_max <= field->max);
}

static void all_described_well(void **state) {
    (void)state;
    const char *before = "";
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        assert_true(strcmp(before, (*task)->name) < 0);
        before = (*task)->name;
        assert_ptr_equal(pp_task_find(before), *task);
        assert_true((*task)->summary[0] && (*task)->summary[strlen((*task)->summary) - 1] != '.');
        if ((*task)->unavailable)
            assert_null((*task)->run);
        else
            assert_true((*task)->run && (*task)->verify && ((*task)->estimate || strcmp(before, "exec") == 0));
        for (const struct pp_field *field = (*task)->args; field->name; field++)
            field_described_well(*task, field);
    }
    assert_null(pp_task_find("no such task"));
}

static void estimates_are_plausible(void **state) {
    (void)state;
    const char *const names[] = {"sum", "multi", "sort", "noop", "sleep", "random"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct worker worker = worker_new(names[i]);
        double estimate_s = worker.task->estimate(worker.args);
        assert_true(estimate_s > 0 && estimate_s < 60);
        worker_free(&worker);
    }
}

/* --- sum, multi, noop, sleep --- */

static void sum_is_right_at_the_edges(void **state) {
    (void)state;
    struct worker worker = worker_new("sum");
    const int64_t sizes[] = {1, 2, 3, 1000, 1001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_int(&worker, "size", sizes[i]);
        struct pp_output output = run_verified(&worker, i);
        output.digest ^= UINT64_C(1) << 40;
        assert_int_equal(verify(&worker, i, output), -EBADMSG);
    }
    for (int64_t size = (int64_t)PP_INT_MAX; size > (int64_t)PP_INT_MAX - 2; size--) { /* too long to run */
        set_int(&worker, "size", size);
        unsigned __int128 numbers = (unsigned __int128)size * ((unsigned __int128)size + 1) / 2;
        struct pp_output output = {.digest = item_of(0).seed + (uint64_t)numbers};
        assert_int_equal(verify(&worker, 0, output), 0);
    }
    worker_free(&worker);
}

static void multi_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("multi");
    for (int64_t size = 1; size <= 1000000; size *= 10) {
        set_int(&worker, "size", size);
        struct pp_output output = run_verified(&worker, 3), wrong = output;
        wrong.value *= 1.00001; /* one multiplication too many */
        assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        wrong = output;
        wrong.digest++;
        assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        const double nonsense[] = {NAN, INFINITY, -INFINITY, 0, -1};
        for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
            wrong.value = nonsense[i];
            memcpy(&wrong.digest, &wrong.value, sizeof wrong.digest);
            assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        }
    }
    worker_free(&worker);
}

static void multi_may_overflow(void **state) {
    (void)state;
    struct worker worker = worker_new("multi");
    set_int(&worker, "size", 72000000);
    struct pp_output output = run_verified(&worker, 0);
    assert_true(isinf(output.value));
    output.value = 1e308;
    memcpy(&output.digest, &output.value, sizeof output.digest);
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

static void noop_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("noop");
    struct pp_output output = run_verified(&worker, 0);
    output.digest++;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

static void ignore_signal(int number) { (void)number; }

static void sleep_outlasts_signals(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = ignore_signal}, before;
    sigaction(SIGALRM, &action, &before);
    struct itimerval every_ms = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    struct worker worker = worker_new("sleep");
    setitimer(ITIMER_REAL, &every_ms, NULL);
    struct pp_output output = run(&worker, 0);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(verify(&worker, 0, output), 0);
    assert_true(output.value >= 9.9999);
    struct pp_output wrong = output;
    wrong.digest++;
    assert_int_equal(verify(&worker, 0, wrong), -EBADMSG);
    output.value = 9.9;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_item_same_digest),   cmocka_unit_test(all_described_well),
        cmocka_unit_test(estimates_are_plausible), cmocka_unit_test(sum_is_right_at_the_edges),
        cmocka_unit_test(multi_answer_is_checked), cmocka_unit_test(multi_may_overflow),
        cmocka_unit_test(noop_answer_is_checked),  cmocka_unit_test(sleep_outlasts_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
