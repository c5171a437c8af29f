/* The task `prefix` and its table of counts, against counting by sorting strings; parts that are damaged; wholes that
 * are wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/prefixes.h"
#include "task_fixture.h"

/* ---- the table ---- */

enum { WORDS = 3000, WORD_BYTES = 9 };

/* Few letters, so that long prefixes are met more than once. */
static void fill(char *text, size_t bytes, unsigned letters, uint64_t seed) {
    struct pp_rng rng = {seed};
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)('a' + pp_rng_range(&rng, 0, letters - 1) * 25 / (letters > 1 ? letters - 1 : 1));
}

static size_t length_to_compare;

static int by_prefix(const void *a, const void *b) { return memcmp(a, b, length_to_compare); }

/* How often each prefix of that length is met, by sorting the words: calls `look` for each. */
static void count_by_sorting(const char *text, size_t length,
                             void (*look)(void *to, const char *prefix, size_t length, uint64_t count), void *to) {
    char *sorted = malloc((size_t)WORDS * WORD_BYTES);
    memcpy(sorted, text, (size_t)WORDS * WORD_BYTES);
    length_to_compare = length;
    qsort(sorted, WORDS, WORD_BYTES, by_prefix);
    for (size_t i = 0, end; i < WORDS; i = end) {
        const char *first = sorted + i * WORD_BYTES;
        for (end = i + 1; end < WORDS && memcmp(first, sorted + end * WORD_BYTES, length) == 0;)
            end++;
        look(to, first, length, end - i);
    }
    free(sorted);
}

struct expected {
    const struct pp_prefixes *prefixes;
    uint64_t digest;
};

static void expect(void *to, const char *prefix, size_t length, uint64_t count) {
    struct expected *expected = to;
    uint64_t key = 1;
    for (size_t i = 0; i < length; i++)
        key = 26 * key + (uint64_t)(prefix[i] - 'a');
    assert_int_equal(pp_prefixes_of(expected->prefixes, key), count);
    if (count > 3)
        expected->digest += pp_mix2(key, count);
}

static void assert_counted(const struct pp_prefixes *prefixes, const char *text) {
    struct expected expected = {.prefixes = prefixes};
    for (size_t length = 1; length <= prefixes->longest; length++)
        count_by_sorting(text, length, expect, &expected);
    assert_int_equal(pp_prefixes_digest(prefixes, 3), expected.digest);
    struct pp_error error = {0};
    assert_int_equal(pp_prefixes_check(prefixes, &error), 0);
    assert_int_equal(pp_prefixes_words(prefixes), WORDS);
}

static void count(struct pp_prefixes *prefixes, const char *text, size_t first, size_t words) {
    const struct pp_words some = {.text = text + first * WORD_BYTES, .count = words, .word_bytes = WORD_BYTES};
    assert_int_equal(pp_prefixes_reserve(prefixes, words), 0);
    pp_prefixes_count(prefixes, &some);
}

static void counts_are_those_found_by_sorting(void **state) {
    (void)state;
    static char text[WORDS * WORD_BYTES];
    for (unsigned longest = 1; longest <= PP_PREFIX_LONGEST; longest++)
        for (unsigned letters = 1; letters <= 26; letters += 5) {
            struct pp_prefixes prefixes;
            fill(text, sizeof text, letters, longest);
            assert_int_equal(pp_prefixes_open(&prefixes, longest), 0);
            for (size_t i = 0; i < WORDS; i += WORDS / 10)
                count(&prefixes, text, i, WORDS / 10);
            assert_counted(&prefixes, text);
            pp_prefixes_close(&prefixes);
        }
}

static void parts_in_any_order_come_to_the_same(void **state) {
    (void)state;
    static char text[WORDS * WORD_BYTES];
    const size_t ends[] = {0, 0, 7, 1000, 1001, WORDS};
    for (unsigned longest = 1; longest <= PP_PREFIX_LONGEST; longest++)
        for (int backwards = 0; backwards <= 1; backwards++) {
            struct pp_prefixes whole, parts[5];
            fill(text, sizeof text, 4, 7);
            assert_int_equal(pp_prefixes_open(&whole, longest), 0);
            for (size_t i = 0; i < 5; i++) {
                assert_int_equal(pp_prefixes_open(&parts[i], longest), 0);
                count(&parts[i], text, ends[i], ends[i + 1] - ends[i]);
            }
            for (size_t i = 0; i < 5; i++) {
                struct pp_error error = {0};
                struct pp_part part = pp_prefixes_part(&parts[backwards ? 4 - i : i]);
                assert_int_equal(pp_prefixes_merge(&whole, &part, &error), 0);
            }
            assert_counted(&whole, text);
            for (size_t i = 0; i < 5; i++)
                pp_prefixes_close(&parts[i]);
            pp_prefixes_close(&whole);
        }
}

static void words_for_which_there_is_no_memory_change_nothing(void **state) {
    (void)state;
    static char text[WORDS * WORD_BYTES];
    struct pp_prefixes prefixes;
    fill(text, sizeof text, 26, 1);
    assert_int_equal(pp_prefixes_open(&prefixes, 6), 0);
    count(&prefixes, text, 0, WORDS);
    assert_int_equal(pp_prefixes_reserve(&prefixes, SIZE_MAX / 64), -ENOMEM);
    assert_counted(&prefixes, text);
    pp_prefixes_close(&prefixes);
}

/* ---- the task ---- */

struct args {
    int64_t words, delta, word_bytes, prefix;
};

static struct fixture fixture_of(struct args args) {
    struct fixture f = fixture_new(pp_task_find("prefix"), "/tmp", 0);
    *(struct args *)f.args = args;
    assert_int_equal(fixture_start(&f), 0);
    return f;
}

static uint64_t run_item(struct fixture *f, uint64_t index, const void *input) {
    const struct pp_item item = {.index = index, .seed = pp_mix2(5, index), .input = input};
    f->output = (struct pp_output){0};
    assert_int_equal(f->task->run(f->state, f->args, &item, &f->output, &f->error), 0);
    return f->output.digest;
}

static int verify_item(struct fixture *f, uint64_t index) {
    const struct pp_item item = {.index = index, .seed = pp_mix2(5, index)};
    return f->task->verify(f->state, f->args, &item, &f->output, &f->error);
}

static void do_item(struct fixture *f, uint64_t index) {
    run_item(f, index, NULL);
    assert_int_equal(verify_item(f, index), 0);
}

static struct pp_part part_of(struct fixture *f) {
    struct pp_part part;
    assert_int_equal(f->task->gather(f->state, f->args, &part, &f->error), 0);
    return part;
}

enum { ITEMS = 9 };

/* Item i is done by worker i modulo `workers`; what they come to. */
static uint64_t whole_of(struct args args, unsigned workers) {
    struct fixture whole_owner = fixture_of(args);
    void *whole = fixture_zeroed(whole_owner.task->whole_size);
    uint64_t digest = 0;
    for (unsigned w = 0; w < workers; w++) {
        struct fixture f = fixture_of(args);
        for (uint64_t i = w; i < ITEMS; i += workers)
            do_item(&f, i);
        struct pp_part part = part_of(&f);
        assert_int_equal(f.task->merge(whole, f.args, &part, &f.error), 0);
        fixture_free(&f, true);
    }
    assert_int_equal(whole_owner.task->conclude(whole, whole_owner.args, ITEMS, &digest, &whole_owner.error), 0);
    whole_owner.task->whole_fini(whole);
    free(whole);
    fixture_free(&whole_owner, true);
    return digest;
}

static void any_number_of_workers_has_the_same_answer(void **state) {
    (void)state;
    for (int64_t prefix = 1; prefix <= PP_PREFIX_LONGEST; prefix++) {
        const struct args args = {.words = 300, .delta = 299, .word_bytes = 8, .prefix = prefix};
        uint64_t digest = whole_of(args, 1);
        assert_int_not_equal(digest, 0);
        for (unsigned workers = 2; workers <= 2 * ITEMS; workers += 3)
            assert_int_equal(whole_of(args, workers), digest);
    }
}

static void documents_are_uneven_and_their_own(void **state) {
    (void)state;
    const struct args args = {.words = 100, .delta = 40, .word_bytes = 10, .prefix = 3};
    struct fixture f = fixture_of(args);
    uint64_t digests[3];
    char text[140 * 10 + 1];
    for (uint64_t i = 0; i < 3; i++) {
        const struct pp_item item = {.index = i, .seed = pp_mix2(5, i)};
        digests[i] = run_item(&f, i, NULL);
        memset(text, 0, sizeof text);
        f.task->input(f.shared, f.args, &item, text);
        assert_int_equal(strlen(text), i % 2 ? 60 * 10 : 140 * 10);
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz"), strlen(text));
        assert_int_equal(run_item(&f, i, text), digests[i]); /* written by somebody else */
        assert_int_equal(verify_item(&f, i), 0);
    }
    assert_true(digests[0] != digests[2]);
    assert_int_equal(f.task->input_bytes(f.shared, f.args), 140 * 10);
    fixture_free(&f, true);
}

static void a_wrong_digest_is_seen(void **state) {
    (void)state;
    struct fixture f = fixture_of((struct args){.words = 100, .delta = 50, .word_bytes = 20, .prefix = 5});
    do_item(&f, 0);
    f.output.digest ^= 1;
    assert_int_equal(verify_item(&f, 0), -EBADMSG);
    do_item(&f, 1);
    assert_int_equal(verify_item(&f, 2), -EBADMSG); /* of another document */
    fixture_free(&f, true);
}

static void a_counter_that_is_off_is_seen_by_the_next_task(void **state) {
    (void)state;
    struct fixture f = fixture_of((struct args){.words = 100, .delta = 50, .word_bytes = 20, .prefix = 3});
    do_item(&f, 0);
    uint64_t *counters = (uint64_t *)(uintptr_t)part_of(&f).bytes + 4;
    counters[7]++;
    run_item(&f, 1, NULL);
    assert_int_equal(verify_item(&f, 1), -EBADMSG);
    assert_non_null(strstr(f.error.text, "prefixes of one letter"));
    fixture_free(&f, true);
}

/* ---- parts ---- */

/* One part of two documents, with words in the hash table too, to be damaged. */
struct parcel {
    struct fixture f;
    struct pp_part part;
    uint64_t *numbers; /* of its bytes: magic, longest, words, hashed, 18,278 counters, pairs of key and count */
    void *whole;
};

enum { WORDS_AT = 2, HASHED_AT = 3, ONE_AT = 4, TWO_AT = ONE_AT + 26, THREE_AT = TWO_AT + 676, ENTRIES_AT = 4 + 18278 };

static struct parcel parcel_new(void) {
    struct parcel p = {.f = fixture_of((struct args){.words = 200, .delta = 100, .word_bytes = 6, .prefix = 4})};
    do_item(&p.f, 0);
    do_item(&p.f, 1);
    p.part = part_of(&p.f);
    p.numbers = (uint64_t *)(uintptr_t)p.part.bytes;
    p.whole = fixture_zeroed(p.f.task->whole_size);
    return p;
}

static void parcel_free(struct parcel *p) {
    p->f.task->whole_fini(p->whole);
    free(p->whole);
    fixture_free(&p->f, true);
}

static int merge(struct parcel *p) {
    p->f.error = (struct pp_error){0};
    return p->f.task->merge(p->whole, p->f.args, &p->part, &p->f.error);
}

static int conclude(struct parcel *p, uint64_t items, uint64_t *digest) {
    p->f.error = (struct pp_error){0};
    return p->f.task->conclude(p->whole, p->f.args, items, digest, &p->f.error);
}

static void damaged_parts_are_refused_and_change_nothing(void **state) {
    (void)state;
    struct parcel p = parcel_new();
    const size_t places[] = {0, 1, WORDS_AT, HASHED_AT, ONE_AT, TWO_AT + 675, THREE_AT, ENTRIES_AT - 1, ENTRIES_AT + 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        p.numbers[places[i]]++;
        assert_int_equal(merge(&p), -EBADMSG);
        assert_int_not_equal(p.f.error.code, 0);
        p.numbers[places[i]]--;
    }
    const uint64_t keys[] = {0, 1, 26, 17576, 2 * 456976, UINT64_MAX};
    uint64_t key = p.numbers[ENTRIES_AT];
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        p.numbers[ENTRIES_AT] = keys[i];
        assert_int_equal(merge(&p), -EBADMSG);
    }
    p.numbers[ENTRIES_AT] = key;
    uint64_t digest, clean;
    assert_int_equal(merge(&p), 0);
    assert_int_equal(conclude(&p, 2, &digest), 0);
    parcel_free(&p);
    p = parcel_new();
    assert_int_equal(merge(&p), 0);
    assert_int_equal(conclude(&p, 2, &clean), 0);
    assert_int_equal(digest, clean);
    parcel_free(&p);
}

static void a_part_of_another_size_is_refused(void **state) {
    (void)state;
    struct parcel p = parcel_new();
    const size_t whole = p.part.count,
                 counts[] = {0, 1, 31, 32, ENTRIES_AT * 8 - 1, ENTRIES_AT * 8, whole - 16, whole - 1};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        p.part.count = counts[i];
        assert_int_equal(merge(&p), -EBADMSG);
    }
    p.part = (struct pp_part){0};
    assert_int_equal(merge(&p), -EBADMSG);
    parcel_free(&p);
}

static void parts_of_other_prefixes_are_refused(void **state) {
    (void)state;
    struct parcel p = parcel_new();
    ((struct args *)p.f.args)->prefix = 5;
    assert_int_equal(merge(&p), -EBADMSG);
    parcel_free(&p);
}

/* ---- wholes ---- */

static void a_whole_of_more_or_fewer_documents_is_wrong(void **state) {
    (void)state;
    struct parcel p = parcel_new();
    uint64_t digest;
    assert_int_equal(merge(&p), 0);
    assert_int_equal(conclude(&p, 3, &digest), -EBADMSG);
    assert_non_null(strstr(p.f.error.text, "400 words were counted, but 3 documents have 700"));
    assert_int_equal(conclude(&p, 1, &digest), -EBADMSG);
    assert_int_equal(conclude(&p, 2, &digest), 0);
    parcel_free(&p);
}

/* The first counter from `at` on that is not zero. */
static uint64_t *used(const struct parcel *p, size_t at) {
    while (p->numbers[at] == 0)
        at++;
    return &p->numbers[at];
}

/* What moves a count from one prefix to another of the same length leaves all sums as they were. */
static void counts_that_do_not_add_up_are_wrong(void **state) {
    (void)state;
    const size_t starts[] = {ONE_AT, TWO_AT, THREE_AT};
    for (size_t i = 0; i < 4; i++) {
        struct parcel p = parcel_new();
        uint64_t digest;
        if (i < 3) {
            --*used(&p, starts[i]);
            ++*used(&p, starts[i] + 20);
        } else {
            p.numbers[ENTRIES_AT] =
                p.numbers[ENTRIES_AT] < 456976 + 1000 ? 2 * 456976 - 1 : 456976; /* "zzzz", "aaaa" */
        }
        assert_int_equal(merge(&p), 0);
        assert_int_equal(conclude(&p, 2, &digest), -EBADMSG);
        assert_non_null(strstr(p.f.error.text, "do not add up"));
        parcel_free(&p);
    }
}

/* ---- arguments ---- */

static void arguments_that_do_not_go_together_are_refused(void **state) {
    (void)state;
    const struct pp_task *task = pp_task_find("prefix");
    struct pp_error error = {0};
    assert_int_equal(task->check(&(struct args){10, 9, 3, 3}, &error), 0);
    assert_int_equal(task->check(&(struct args){10, 10, 3, 3}, &error), -EINVAL);
    assert_string_equal(error.where, "/1");
    assert_int_equal(task->check(&(struct args){10, 0, 2, 3}, &error), -EINVAL);
    assert_string_equal(error.where, "/3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_found_by_sorting),
        cmocka_unit_test(parts_in_any_order_come_to_the_same),
        cmocka_unit_test(words_for_which_there_is_no_memory_change_nothing),
        cmocka_unit_test(any_number_of_workers_has_the_same_answer),
        cmocka_unit_test(documents_are_uneven_and_their_own),
        cmocka_unit_test(a_wrong_digest_is_seen),
        cmocka_unit_test(a_counter_that_is_off_is_seen_by_the_next_task),
        cmocka_unit_test(damaged_parts_are_refused_and_change_nothing),
        cmocka_unit_test(a_part_of_another_size_is_refused),
        cmocka_unit_test(parts_of_other_prefixes_are_refused),
        cmocka_unit_test(a_whole_of_more_or_fewer_documents_is_wrong),
        cmocka_unit_test(counts_that_do_not_add_up_are_wrong),
        cmocka_unit_test(arguments_that_do_not_go_together_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
