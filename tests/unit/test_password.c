/* password: its matches are counted right, with any arguments that are given or drawn. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "one_worker.h"

static void shrink_password(const struct worker *worker) { set_int(worker, "tried", 50); }

static void password_same_item_same_digest(void **state) {
    (void)state;
    assert_deterministic("password", shrink_password);
}

static void password_set(const struct worker *worker, int64_t stored, int64_t tried, struct pp_pair length,
                         double ratio) {
    set_int(worker, "stored", stored);
    set_int(worker, "tried", tried);
    *(struct pp_pair *)argument(worker, "length") = length;
    *(double *)argument(worker, "correct_ratio") = ratio;
}

static void draws_are_in_range(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    struct pp_rng rng = {1};
    for (int i = 0; i < 1000; i++) {
        worker.task->draw(worker.args, &rng);
        const struct pp_pair *length = argument(&worker, "length");
        int64_t stored = *(int64_t *)argument(&worker, "stored"), tried = *(int64_t *)argument(&worker, "tried");
        double ratio = *(double *)argument(&worker, "correct_ratio");
        assert_in_range(stored, 1000, 10000);
        assert_in_range(tried, 100, 1000);
        assert_in_range(length->low, 6, 20);
        assert_in_range(length->high, 21, 30);
        assert_true(ratio >= 0.1 && ratio <= 0.9);
    }
    worker_free(&worker);
}

static void password_counts_matches(void **state) {
    (void)state;
    const struct {
        int64_t stored, tried;
        struct pp_pair length;
        double ratio, matched;
    } cases[] = {{100, 1000, {20, 20}, 0.8, 800}, {1, 1, {1, 1}, 0, 0},     {1, 1, {1, 1}, 1, 1},
                 {1, 7, {1024, 1024}, 0.3, 2},    {500, 7, {1, 1}, 0.5, 4}, /* 64 different ones */
                 {300, 300, {1, 1024}, 1, 300},   {300, 300, {7, 9}, 0, 0}, {64, 3, {8, 8}, 0.1, 0}};
    struct worker worker = worker_new("password");
    assert_int_equal(worker_start(&worker), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        password_set(&worker, cases[i].stored, cases[i].tried, cases[i].length, cases[i].ratio);
        struct pp_output output = run_verified(&worker, i);
        assert_true(output.value == cases[i].matched);
        output.value++;
        assert_int_equal(verify(&worker, i, output), -EBADMSG);
    }
    worker_end(&worker);
}

static void password_argon2id(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    password_set(&worker, 1, 2, (struct pp_pair){6, 6}, 0.5);
    double fast_s = worker.task->estimate(worker.args);
    *(int *)argument(&worker, "algorithm") = 1;
    assert_true(worker.task->estimate(worker.args) > 1000 * fast_s);
    assert_int_equal(worker_start(&worker), 0);
    assert_true(run_verified(&worker, 0).value == 1);
    worker_end(&worker);
}

static void password_details(void **state) {
    (void)state;
    char text[80];
    struct worker worker = worker_new("password");
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 23);
    assert_string_equal(text, "100/1000; [20, 20]; 0.8");
    password_set(&worker, 1, 2, (struct pp_pair){3, 4}, 1);
    *(int *)argument(&worker, "algorithm") = 1;
    worker.task->details(worker.args, text, sizeof text);
    assert_string_equal(text, "1/2; [3, 4]; 1; argon2id");
    worker_free(&worker);
}

static void password_without_memory(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    set_int(&worker, "stored", (int64_t)1 << 31);
    assert_start_needs_memory(&worker);
    worker_free(&worker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(password_same_item_same_digest),
        cmocka_unit_test(draws_are_in_range),
        cmocka_unit_test(password_counts_matches),
        cmocka_unit_test(password_argon2id),
        cmocka_unit_test(password_details),
        cmocka_unit_test(password_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
