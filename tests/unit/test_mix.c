/* The task `mix`: shares, seeds, failures, and what is shared out among its members. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/parts.h"
#include "mix_world.h"

#define MEMBER(number, share)                                                                                          \
    { .task = &counting, .name = "counting", .args = &numbers[number], .weight = (share) }

static const struct pp_member three[] = {MEMBER(1, 3), MEMBER(2, 1), MEMBER(3, 0.5)};

enum { ITEMS = 45000 };

/* Within five standard deviations of a binomial distribution; the seeds are fixed, so this is no matter of luck. */
static void assert_share(unsigned runs, double share) {
    double expected = ITEMS * share, deviation = sqrt(ITEMS * share * (1 - share));
    if (fabs(runs - expected) > 5 * deviation)
        fail_msg("%u of %d items, expected %.0f", runs, ITEMS, expected);
}

static void weights_are_kept(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    for (uint64_t i = 0; i < ITEMS; i++)
        assert_int_equal(fixture_do(&f, pp_mix2(1, i)), 0);
    assert_share(seen.runs[1], 3 / 4.5);
    assert_share(seen.runs[2], 1 / 4.5);
    assert_share(seen.runs[3], 0.5 / 4.5);
    assert_int_equal(seen.runs[0], 0);
    free_and_see(&f, true);
}

static void the_same_task_may_come_with_other_arguments(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    assert_int_equal(seen.prepared, 3);
    assert_int_equal(seen.made, 3);
    free_and_see(&f, true);
}

static void what_an_item_is_depends_on_its_seed_alone(void **state) {
    (void)state;
    enum { SOME = 200 };
    double first[SOME];
    uint64_t digests[SOME];
    struct fixture f = started(three, 3), other = started(three, 3);
    unsigned changes = 0;
    for (uint64_t i = 0; i < SOME; i++) {
        assert_int_equal(fixture_do(&f, pp_mix64(i)), 0);
        first[i] = f.output.value;
        digests[i] = f.output.digest;
        changes += i > 0 && first[i] != first[i - 1];
    }
    assert_in_range(changes, SOME / 10, SOME - SOME / 10);
    for (uint64_t i = SOME; i-- > 0;) {
        assert_int_equal(fixture_do(&other, pp_mix64(i)), 0);
        assert_true(other.output.value == first[i]);
        assert_int_equal(other.output.digest, digests[i]);
    }
    fixture_free(&other, true);
    fixture_free(&f, true);
}

static void weights_far_apart_and_single_tasks_work(void **state) {
    (void)state;
    static const struct pp_member apart[] = {MEMBER(0, 1e-9), MEMBER(1, PP_WEIGHT_MAX), MEMBER(2, 1e-9)};
    struct fixture f = started(apart, 3), alone = started(&three[2], 1);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(fixture_do(&f, pp_mix64(i)), 0);
        assert_int_equal(fixture_do(&alone, pp_mix64(i)), 0);
    }
    assert_int_equal(seen.runs[1], 1000);
    assert_int_equal(seen.runs[3], 1000);
    fixture_free(&alone, true);
    fixture_free(&f, true);
}

static void corrupted_answers_are_found(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    assert_int_equal(fixture_run(&f, 7), 0);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 7), -EBADMSG);
    assert_string_equal(f.error.text, "counting: it is wrong");
    assert_int_equal(fixture_run(&f, 7), 0);
    f.output.value += 1;
    assert_int_equal(fixture_verify(&f, 7), -EBADMSG);
    free_and_see(&f, true);
}

static void failures_carry_the_name_of_their_task(void **state) {
    (void)state;
    struct fixture f = started(&three[1], 1);
    seen.victim = 2;
    seen.fails = IN_RUN;
    assert_int_equal(fixture_run(&f, 1), -EIO);
    assert_non_null(strstr(f.error.text, "counting: "));
    seen.fails = IN_VERIFY;
    assert_int_equal(fixture_do(&f, 1), -EBADMSG);
    assert_string_equal(f.error.text, "counting: it is wrong");
    free_and_see(&f, true);
}

static void failed_preparations_are_undone(void **state) {
    (void)state;
    struct fixture f = mix_of(three, 3);
    seen.victim = 3;
    seen.fails = IN_PREPARE;
    assert_int_equal(fixture_start(&f), -ENOENT);
    assert_string_equal(f.error.text, "counting: there is no input");
    assert_string_equal(f.error.where, "/0/2/1/0"); /* the first argument of the third task */
    free_and_see(&f, false);
}

static void failed_starts_are_undone(void **state) {
    (void)state;
    struct fixture f = mix_of(three, 3);
    seen.victim = 3;
    seen.fails = IN_INIT;
    assert_int_equal(fixture_start(&f), -ENOMEM);
    assert_string_equal(f.error.text, "counting: there is no memory");
    assert_int_equal(seen.made, 0);
    pp_task_mix.cleanup(f.shared);
    free_and_see(&f, false);
}

static void estimates_are_weighted(void **state) {
    (void)state;
    const struct pp_members members = {3, three};
    /* 3 x 10 ms, 1 x 20 ms, 0.5 x 30 ms of 4.5 */
    assert_true(fabs(pp_task_mix.estimate(&members) - 0.065 / 4.5) < 1e-12);
    assert_true(pp_task_mix.estimate(&(struct pp_members){0}) == 0);
}

static void the_greediest_task_decides_over_threads(void **state) {
    (void)state;
    static const struct pp_member all[] = {MEMBER(1, 1), MEMBER(0, 1)};
    const struct pp_members some = {3, three}, every = {2, all};
    assert_int_equal(pp_task_mix.library_threads(&some), 3);
    assert_int_equal(pp_task_mix.library_threads(&every), 0);
    assert_int_equal(pp_task_mix.library_threads(NULL), 1);
}

static struct pp_env noted[2];
static size_t noted_count;

static int noting_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)state, (void)shared, (void)args, (void)error;
    assert_true(noted_count < 2);
    noted[noted_count++] = *env;
    return 0;
}

/* Commands of several tasks may run at once, each noted in a place of its own. */
static void tasks_with_processes_have_places_of_their_own(void **state) {
    (void)state;
    static const struct pp_task starts = {.name = "starts", .caps = PP_TASK_CHILDREN, .worker_init = noting_init};
    static const struct pp_task starts_none = {.name = "starts none"};
    struct pp_mix_part items[] = {{.task = &starts}, {.task = &starts_none}, {.task = &starts}};
    const struct {
        unsigned places, first, last, count; /* of the first and the last part */
    } rows[] = {{8, 0, 4, 4}, {2, 0, 1, 1}, {1, 0, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int groups[8];
        struct pp_env env = {.groups = groups, .group_count = rows[i].places, .worker = 5};
        const struct pp_mix_parts parts = {3, items};
        void **states;
        noted_count = 0;
        assert_int_equal(pp_mix_parts_init(&states, &parts, &env, NULL), 0);
        assert_int_equal(noted_count, 2);
        assert_ptr_equal(noted[0].groups, groups + rows[i].first);
        assert_ptr_equal(noted[1].groups, groups + rows[i].last);
        assert_int_equal(noted[0].worker, 5);
        assert_int_equal(noted[1].worker, 5 + rows[i].last);
        assert_int_equal(noted[0].group_count, rows[i].count);
        assert_int_equal(noted[1].group_count, rows[i].count);
        pp_mix_parts_fini(states, &parts);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_kept),
        cmocka_unit_test(the_same_task_may_come_with_other_arguments),
        cmocka_unit_test(what_an_item_is_depends_on_its_seed_alone),
        cmocka_unit_test(weights_far_apart_and_single_tasks_work),
        cmocka_unit_test(corrupted_answers_are_found),
        cmocka_unit_test(failures_carry_the_name_of_their_task),
        cmocka_unit_test(failed_preparations_are_undone),
        cmocka_unit_test(failed_starts_are_undone),
        cmocka_unit_test(estimates_are_weighted),
        cmocka_unit_test(the_greediest_task_decides_over_threads),
        cmocka_unit_test(tasks_with_processes_have_places_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
