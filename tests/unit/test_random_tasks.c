/* random with tasks of this program: it draws from all of them, and their answers are checked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "one_worker.h"

static void mix_set(const struct worker *worker, size_t count, const char *const *names) {
    *(struct pp_strings *)argument(worker, "tasks") = (struct pp_strings){.count = count, .items = names};
}

static void mix_runs_its_members(void **state) {
    (void)state;
    static const char *const names[] = {"multi", "noop", "sleep"};
    struct worker a = worker_new("random"), b = worker_new("random");
    mix_set(&a, 3, names);
    mix_set(&b, 3, names);
    assert_int_equal(a.task->check(a.args, &a.error), 0);
    assert_int_equal(worker_start(&a), 0);
    assert_int_equal(worker_start(&b), 0);
    uint64_t forth = 0, back = 0;
    for (uint64_t i = 0; i < 12; i++) {
        struct pp_output output = run_verified(&a, i);
        forth += output.digest;
        output.digest++;
        assert_int_equal(verify(&a, i, output), -EBADMSG);
        back += run_verified(&b, 11 - i).digest;
    }
    assert_int_equal(forth, back);
    worker_end(&b);
    worker_end(&a);
}

static void mix_of_everything_starts(void **state) {
    (void)state;
    struct worker worker = worker_new("random");
    assert_int_equal(worker.task->check(worker.args, &worker.error), 0);
    int status = worker_start(&worker);
    if (status != 0)
        fail_msg("%s", worker.error.text);
    worker_end(&worker);
}

static void mix_details(void **state) {
    (void)state;
    static const char *const names[] = {"sum", "sort"};
    char text[32];
    struct worker worker = worker_new("random");
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 3);
    assert_string_equal(text, "any");
    mix_set(&worker, 2, names);
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 8);
    assert_string_equal(text, "sum;sort");
    assert_int_equal(worker.task->details(worker.args, text, 3), 8);
    assert_string_equal(text, "su");
    worker_free(&worker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mix_runs_its_members),
        cmocka_unit_test(mix_of_everything_starts),
        cmocka_unit_test(mix_details),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
