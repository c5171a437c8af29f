/* sort: what is not sorted, or not what was to be sorted, is found. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "one_worker.h"
#include "pptest/memory.h"

/* The head of the state in tasks/sort.c. */
struct sort_state {
    struct pp_buffer reals, scratch;
    double *sorted;
};

static void sort_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", 5000);
    assert_int_equal(worker_start(&worker), 0);
    struct sort_state *sort = worker.state;

    struct pp_output output = run(&worker, 0);
    double last = sort->sorted[4999];
    sort->sorted[4999] = sort->sorted[4998] / 2;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    assert_non_null(strstr(worker.error.text, "not sorted"));

    run(&worker, 0);
    sort->sorted[4999] = last * 2;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    assert_non_null(strstr(worker.error.text, "not the 5000 numbers"));

    run(&worker, 0);
    sort->sorted[17] = NAN;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);

    output = run(&worker, 0);
    output.digest++;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_end(&worker);
}

static void sort_grows_with_its_arguments(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", 1);
    assert_int_equal(worker_start(&worker), 0);
    for (int64_t size = 1; size <= 100000; size = size * 3 + 1) {
        set_int(&worker, "size", size);
        run_verified(&worker, (uint64_t)size);
    }
    worker_end(&worker);
}

static void sort_without_memory(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", (int64_t)1 << 32);
    assert_start_needs_memory(&worker);
    worker_free(&worker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort_answer_is_checked),
        cmocka_unit_test(sort_grows_with_its_arguments),
        cmocka_unit_test(sort_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
