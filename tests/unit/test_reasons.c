/* Why tasks failed: counts by reason, bounded, and in an order that does not depend on when they failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/reasons.h"

static uint64_t all_of(const struct pp_reasons *reasons) {
    uint64_t count = reasons->others;
    for (unsigned i = 0; i < reasons->used; i++)
        count += reasons->items[i].count;
    return count;
}

static void assert_reason(const struct pp_reasons *reasons, unsigned index, uint64_t count, uint64_t task,
                          const char *words) {
    assert_true(index < reasons->used);
    assert_int_equal(reasons->items[index].count, count);
    assert_int_equal(reasons->items[index].task, task);
    assert_string_equal(reasons->items[index].words, words);
}

static void equal_words_are_one_reason(void **state) {
    (void)state;
    struct pp_reasons reasons = {0};
    pp_reasons_add(&reasons, 7, "no paper");
    pp_reasons_add(&reasons, 3, "no ink");
    pp_reasons_add(&reasons, 5, "no paper");
    assert_int_equal(reasons.used, 2);
    assert_reason(&reasons, 0, 1, 3, "no ink");
    assert_reason(&reasons, 1, 2, 5, "no paper");
    pp_reasons_add(&reasons, 1, "no paper");
    assert_reason(&reasons, 0, 3, 1, "no paper");
    assert_int_equal(reasons.others, 0);
}

static void reasons_that_have_no_room_are_counted(void **state) {
    (void)state;
    struct pp_reasons reasons = {0};
    char words[32];
    for (uint64_t task = 0; task < 100; task++) {
        snprintf(words, sizeof words, "reason %u", (unsigned)(task % 10));
        pp_reasons_add(&reasons, task, words);
    }
    assert_int_equal(reasons.used, PP_REASONS_MAX);
    assert_int_equal(reasons.others, 10 * (10 - PP_REASONS_MAX));
    assert_reason(&reasons, 3, 10, 3, "reason 3");
}

/* Workers end in any order, and so do the tasks of an event loop. */
static void order_of_failures_does_not_matter(void **state) {
    (void)state;
    enum { TASKS = 12 };
    static const unsigned steps[] = {1, 5, 7, 11}; /* each visits all tasks */
    char words[32];
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct pp_reasons reasons = {0};
        for (unsigned k = 0, task = 4; k < TASKS; k++, task = (task + steps[i]) % TASKS) {
            snprintf(words, sizeof words, "reason %u", task);
            pp_reasons_add(&reasons, task, words);
        }
        assert_int_equal(all_of(&reasons), TASKS);
        for (unsigned k = 0; k < PP_REASONS_MAX; k++) {
            snprintf(words, sizeof words, "reason %u", k);
            assert_reason(&reasons, k, 1, k, words);
        }
    }
    struct pp_reasons one = {0}, other = {0};
    pp_reasons_add(&one, 1, "b");
    pp_reasons_add(&one, 1, "a");
    pp_reasons_add(&other, 1, "a");
    pp_reasons_add(&other, 1, "b");
    assert_memory_equal(&one, &other, sizeof one);
}

static void sums_hold_all_that_failed(void **state) {
    (void)state;
    struct pp_reasons sum = {0}, more = {0};
    char words[32];
    for (unsigned task = 0; task < 6; task++) {
        snprintf(words, sizeof words, "reason %u", task);
        pp_reasons_add(task % 2 ? &sum : &more, task, words);
    }
    pp_reasons_add(&more, 9, "reason 1");
    pp_reasons_merge(&sum, &more);
    assert_int_equal(all_of(&sum), 7);
    assert_int_equal(sum.used, PP_REASONS_MAX);
    assert_reason(&sum, 0, 1, 0, "reason 0");
    assert_reason(&sum, 1, 2, 1, "reason 1");
    assert_int_equal(sum.others, 2);
}

static void long_words_are_cut_between_characters(void **state) {
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        struct pp_reasons reasons = {0};
        char words[400] = "abc";
        size_t length = lead;
        for (; length < 300; length += 3)
            memcpy(words + length, "\xe2\x82\xac", 4); /* the euro sign */
        pp_reasons_add(&reasons, 0, words);
        size_t kept = strlen(reasons.items[0].words);
        assert_in_range(kept, PP_REASON_BYTES - 3, PP_REASON_BYTES - 1);
        assert_int_equal((kept - lead) % 3, 0);
        assert_memory_equal(reasons.items[0].words, words, kept);
        words[350] = 'x'; /* behind what is kept */
        pp_reasons_add(&reasons, 1, words);
        assert_int_equal(reasons.used, 1);
    }
    struct pp_reasons reasons = {0};
    char tails[PP_REASON_BYTES + 1]; /* no character at all */
    memset(tails, 0x80, sizeof tails - 1);
    tails[sizeof tails - 1] = '\0';
    pp_reasons_add(&reasons, 0, tails);
    assert_reason(&reasons, 0, 1, 0, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_words_are_one_reason),
        cmocka_unit_test(reasons_that_have_no_room_are_counted),
        cmocka_unit_test(order_of_failures_does_not_matter),
        cmocka_unit_test(sums_hold_all_that_failed),
        cmocka_unit_test(long_words_are_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
