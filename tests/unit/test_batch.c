/* The loop that runs tasks: one by one or many together, failures, wrong answers, timeouts, and what it tells of its
 * progress. */
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

#include "exec/batch.h"
#include "fake_job.h"

enum { NOBODY = INT32_MAX };

/* What goes wrong with which item. */
struct plan {
    uint64_t fails_at, wrong_at, slow_at;
    long slow_ms;
    const struct pp_progress *progress; /* looked at while tasks run */
    uint64_t *ran;                      /* counts calls */
    bool wordless;                      /* fails without saying why */
};

static int run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
               struct pp_error *error) {
    const struct plan *plan = args;
    (void)state;
    if (plan->ran)
        ++*plan->ran;
    if (plan->progress)
        assert_int_equal(atomic_load(&plan->progress->item), item->index + 1);
    if (item->index == plan->slow_at)
        fake_sleep_ms(plan->slow_ms);
    if (item->index == plan->fails_at)
        return plan->wordless ? -EIO : pp_error_set(error, -EIO, "no luck with %d", (int)item->index);
    output->digest = fake_digest(item) + (item->index == plan->wrong_at);
    return 0;
}

static const struct pp_task any_task = {.name = "any", .run = run, .verify = fake_verify};
static const struct pp_task value_task = {
    .name = "value", .caps = PP_TASK_VALUE_ONLY, .run = run, .verify = fake_verify};

static struct plan nothing_wrong(void) {
    return (struct plan){.fails_at = NOBODY, .wrong_at = NOBODY, .slow_at = NOBODY};
}

enum { SEED = 11 };

static struct pp_batch open_batch(const struct pp_task *task, const struct plan *plan) {
    struct pp_batch batch = {.task = task, .args = plan, .seed = SEED, .resolution_ns = 1};
    struct pp_env env = {.tmp_dir = "/tmp"};
    struct pp_error error = {0};
    assert_int_equal(pp_batch_open(&batch, NULL, &env, &error), 0);
    return batch;
}

/* A clock this coarse cannot time any task alone, and the first chunk has shown how short tasks are. */
static void make_together(struct pp_batch *batch) {
    batch->resolution_ns = PP_NS_PER_S;
    batch->task_ns = 1.0;
}

static uint64_t check_of(uint64_t first, uint64_t count) {
    return fake_check(SEED, first + count) - fake_check(SEED, first);
}

/* However many different times the machine lets them take. */
static void run_whole(struct pp_batch *batch, uint64_t first, uint64_t count, struct pp_tally *tally) {
    for (uint64_t ran = 0; ran < count; tally->times.used = 0)
        ran += pp_batch_run(batch, first + ran, count - ran, tally);
}

/* ---- right answers ---- */

static void counts_and_check_do_not_depend_on_the_mode(void **state) {
    (void)state;
    const uint64_t counts[] = {1, 2, 255, 256, 257, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (int together = 0; together < 2; together++) {
            struct plan plan = nothing_wrong();
            struct pp_batch batch = open_batch(&value_task, &plan);
            if (together)
                make_together(&batch);
            struct pp_tally tally = {0};
            run_whole(&batch, 5, counts[i], &tally);
            assert_int_equal(tally.done, counts[i]);
            assert_int_equal(tally.failed + tally.wrong, 0);
            assert_int_equal(tally.check, check_of(5, counts[i]));
            assert_true(tally.too_short || !together);
            assert_int_equal(tally.why.code, 0);
            assert_true(tally.task_ns > 0 && tally.task_ns <= tally.wall_ns);
            pp_batch_close(&batch);
        }
}

static void tallies_add_up(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    struct pp_batch batch = open_batch(&any_task, &plan);
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 10, &tally);
    struct pp_tally before = tally;
    pp_batch_run(&batch, 10, 20, &tally);
    assert_int_equal(tally.done, 30);
    assert_int_equal(tally.check, check_of(0, 30));
    assert_true(tally.task_ns > before.task_ns && tally.wall_ns > before.wall_ns);
    pp_batch_close(&batch);
}

static void only_value_tasks_are_timed_together(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    struct pp_batch any = open_batch(&any_task, &plan), timed = open_batch(&value_task, &plan);
    struct pp_tally any_tally = {0}, timed_tally = {0};
    any.timeout_ns = 0;
    make_together(&any); /* its clock is as coarse, which is said, but each is timed */
    pp_batch_run(&any, 0, 10, &any_tally);
    assert_true(any_tally.too_short);
    timed.timeout_ns = PP_NS_PER_S; /* a timeout needs each task's own time */
    pp_batch_run(&timed, 0, 10, &timed_tally);
    assert_int_equal(timed_tally.done, 10);
    pp_batch_close(&any);
    pp_batch_close(&timed);
}

static void the_first_chunk_shows_how_short_tasks_are(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    struct pp_batch batch = open_batch(&value_task, &plan);
    batch.resolution_ns = PP_NS_PER_S;
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 1, &tally);
    assert_true(tally.too_short);
    assert_true(batch.task_ns > 0.0 && batch.task_ns < 1e9);
    pp_batch_close(&batch);
}

static void a_task_without_verify_is_done(void **state) {
    (void)state;
    const struct pp_task trusting = {.name = "trusting", .run = run};
    struct plan plan = nothing_wrong();
    plan.wrong_at = 1;
    struct pp_batch batch = open_batch(&trusting, &plan);
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 3, &tally);
    assert_int_equal(tally.done, 3);
    assert_int_not_equal(tally.check, check_of(0, 3));
    pp_batch_close(&batch);
}

/* ---- failures ---- */

static void run_with_failures(const struct plan *plan, bool together, struct pp_tally *tally) {
    struct pp_batch batch = open_batch(&value_task, plan);
    if (together)
        make_together(&batch);
    pp_batch_run(&batch, 0, 600, tally);
    pp_batch_close(&batch);
}

static void a_failure_in_the_middle_stops_nothing(void **state) {
    (void)state;
    const uint64_t places[] = {0, 1, 255, 256, 300, 599};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int together = 0; together < 2; together++) {
            uint64_t ran = 0;
            struct plan plan = nothing_wrong();
            plan.fails_at = places[i];
            plan.ran = &ran;
            struct pp_tally tally = {0};
            run_with_failures(&plan, together, &tally);
            assert_int_equal(ran, 600);
            assert_int_equal(tally.done, 599);
            assert_int_equal(tally.failed, 1);
            assert_int_equal(tally.wrong, 0);
            assert_int_equal(tally.check, check_of(0, 600) - check_of(places[i], 1));
            assert_int_equal(tally.why.code, -EIO);
            char words[64];
            snprintf(words, sizeof words, "task %d: no luck with %d", (int)places[i], (int)places[i]);
            assert_string_equal(tally.why.text, words);
        }
}

static void a_wrong_answer_is_failed_and_wrong(void **state) {
    (void)state;
    const uint64_t places[] = {0, 255, 256, 599};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int together = 0; together < 2; together++) {
            struct plan plan = nothing_wrong();
            plan.wrong_at = places[i];
            struct pp_tally tally = {0};
            run_with_failures(&plan, together, &tally);
            assert_int_equal(tally.done, 599);
            assert_int_equal(tally.failed, 1);
            assert_int_equal(tally.wrong, 1);
            assert_int_equal(tally.check, check_of(0, 600) - check_of(places[i], 1));
            assert_int_equal(tally.why.code, -EBADMSG);
            assert_non_null(strstr(tally.why.text, "wrong answer: another digest"));
        }
}

static void the_first_failure_is_the_one_told(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    plan.fails_at = 20;
    plan.wrong_at = 10;
    struct pp_tally tally = {0};
    run_with_failures(&plan, false, &tally);
    assert_int_equal(tally.failed, 2);
    assert_int_equal(tally.wrong, 1);
    assert_non_null(strstr(tally.why.text, "task 10: wrong answer"));
    assert_int_equal(tally.reasons.used, 2);
    assert_int_equal(tally.reasons.items[0].task, 10);
    assert_string_equal(tally.reasons.items[0].words, "wrong answer: another digest");
    assert_int_equal(tally.reasons.items[1].task, 20);
    assert_string_equal(tally.reasons.items[1].words, "no luck with 20");
    pp_tally_reset(&tally);
    assert_int_equal(tally.reasons.used, 0);
}

static void a_failure_without_words_is_still_an_error(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    plan.fails_at = 3;
    plan.wordless = true;
    struct pp_tally tally = {0};
    run_with_failures(&plan, false, &tally);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.why.code, -EIO);
    assert_string_equal(tally.why.text, "task 3: no reason given");
    assert_string_equal(tally.reasons.items[0].words, "no reason given");
}

/* The time of tasks whose answers were wrong is not part of the mean over those that were right. */
static void task_time_is_of_the_done_ones(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    plan.wrong_at = plan.slow_at = 1;
    plan.slow_ms = 50;
    struct pp_batch batch = open_batch(&any_task, &plan);
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 3, &tally);
    assert_int_equal(tally.done, 2);
    assert_true(tally.task_ns < 25000000);
    assert_true(tally.wall_ns >= 50000000);
    pp_batch_close(&batch);
}

static void a_task_past_its_timeout_is_failed(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    plan.slow_at = 2;
    plan.slow_ms = 60;
    struct pp_batch batch = open_batch(&any_task, &plan);
    batch.timeout_ns = 50000000;
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 4, &tally);
    assert_int_equal(tally.done, 3);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.wrong, 0);
    assert_int_equal(tally.why.code, -ETIMEDOUT);
    assert_non_null(strstr(tally.why.text, "task 2: ran for "));
    assert_non_null(strstr(tally.why.text, "task_timeout of 0.05 s"));
    assert_string_equal(tally.reasons.items[0].words, "ran past the task_timeout of 0.05 s");
    assert_true(tally.task_ns < 50000000);
    pp_batch_close(&batch);
}

static void all_may_fail(void **state) {
    (void)state;
    struct plan plan = nothing_wrong();
    plan.fails_at = 0;
    struct pp_batch batch = open_batch(&any_task, &plan);
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 1, &tally);
    assert_int_equal(tally.failed, 1);
    assert_int_equal(tally.done, 0);
    assert_int_equal(tally.check, 0);
    assert_true(batch.task_ns <= 0.0); /* nothing is known of how long tasks take */
    pp_batch_close(&batch);
}

/* ---- progress ---- */

static void progress_names_the_item_being_run(void **state) {
    (void)state;
    for (int together = 0; together < 2; together++) {
        struct pp_progress progress = {0};
        struct plan plan = nothing_wrong();
        plan.progress = &progress;
        struct pp_batch batch = open_batch(&value_task, &plan);
        batch.progress = &progress;
        if (together)
            make_together(&batch);
        struct pp_tally tally = {0};
        pp_batch_run(&batch, 40, 300, &tally);
        assert_int_equal(tally.done, 300);
        assert_int_equal(atomic_load(&progress.item), 0);
        assert_int_equal(atomic_load(&progress.started_ns), 0); /* no timeout: nobody asks */
        pp_batch_close(&batch);
    }
}

static void progress_tells_that_a_task_with_a_timeout_has_ended(void **state) {
    (void)state;
    struct pp_progress progress = {0};
    struct plan plan = nothing_wrong();
    struct pp_batch batch = open_batch(&any_task, &plan);
    batch.progress = &progress;
    batch.timeout_ns = PP_NS_PER_S;
    struct pp_tally tally = {0};
    pp_batch_run(&batch, 0, 1, &tally);
    assert_true(atomic_load(&progress.started_ns) == UINT64_MAX); /* ended: nothing to be overdue */
    pp_batch_close(&batch);
}

static void cells_of_two_workers_share_no_cache_line(void **state) {
    (void)state;
    assert_int_equal(sizeof(struct pp_progress) % 64, 0);
    assert_int_equal(_Alignof(struct pp_progress), 64);
}

/* ---- states ---- */

struct big_state {
    unsigned char bytes[1000];
};

struct witness {
    int inits, finis;
    bool was_zero, was_aligned;
    int refuse;
};

static int init_state(void *state, const void *shared, const void *args, const struct pp_env *env,
                      struct pp_error *error) {
    struct witness *witness = (struct witness *)shared;
    const struct big_state none = {{0}};
    (void)args;
    (void)env;
    witness->inits++;
    witness->was_zero = memcmp(state, &none, sizeof none) == 0;
    witness->was_aligned = (uintptr_t)state % 64 == 0;
    memcpy(state, &witness, sizeof witness);
    return witness->refuse ? pp_error_set(error, witness->refuse, "not today") : 0;
}

static void fini_state(void *state) {
    struct witness *witness;
    memcpy(&witness, state, sizeof witness);
    witness->finis++;
}

static const struct pp_task stateful = {.name = "stateful",
                                        .state_size = sizeof(struct big_state),
                                        .worker_init = init_state,
                                        .run = run,
                                        .worker_fini = fini_state};

static void a_state_comes_zeroed_and_aligned_and_goes(void **state) {
    (void)state;
    struct witness witness = {0};
    struct plan plan = nothing_wrong();
    struct pp_batch batch = {.task = &stateful, .args = &plan, .resolution_ns = 1};
    struct pp_env env = {.tmp_dir = "/tmp"};
    struct pp_error error = {0};
    assert_int_equal(pp_batch_open(&batch, &witness, &env, &error), 0);
    assert_true(witness.was_zero && witness.was_aligned);
    pp_batch_close(&batch);
    assert_int_equal(witness.inits, 1);
    assert_int_equal(witness.finis, 1);
}

static void a_state_that_cannot_be_made_leaves_nothing(void **state) {
    (void)state;
    struct witness witness = {.refuse = -ENODEV};
    struct plan plan = nothing_wrong();
    struct pp_batch batch = {.task = &stateful, .args = &plan, .resolution_ns = 1};
    struct pp_env env = {.tmp_dir = "/tmp"};
    struct pp_error error = {0};
    assert_int_equal(pp_batch_open(&batch, &witness, &env, &error), -ENODEV);
    assert_string_equal(error.text, "not today");
    assert_int_equal(witness.finis, 0);
    assert_null(batch.state);
}

/* The allocator answers NULL as elsewhere, instead of ending the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1"; }
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1"; }

static void a_state_that_is_too_large_is_an_error(void **state) {
    (void)state;
    const struct pp_task vast = {.name = "vast", .state_size = SIZE_MAX / 4, .run = run};
    struct plan plan = nothing_wrong();
    struct pp_batch batch = {.task = &vast, .args = &plan, .resolution_ns = 1};
    struct pp_env env = {.tmp_dir = "/tmp"};
    struct pp_error error = {0};
    assert_int_equal(pp_batch_open(&batch, NULL, &env, &error), -ENOMEM);
    assert_non_null(strstr(error.text, "no memory"));
    assert_null(batch.state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_check_do_not_depend_on_the_mode),
        cmocka_unit_test(tallies_add_up),
        cmocka_unit_test(only_value_tasks_are_timed_together),
        cmocka_unit_test(the_first_chunk_shows_how_short_tasks_are),
        cmocka_unit_test(a_task_without_verify_is_done),
        cmocka_unit_test(a_failure_in_the_middle_stops_nothing),
        cmocka_unit_test(a_wrong_answer_is_failed_and_wrong),
        cmocka_unit_test(the_first_failure_is_the_one_told),
        cmocka_unit_test(a_failure_without_words_is_still_an_error),
        cmocka_unit_test(task_time_is_of_the_done_ones),
        cmocka_unit_test(a_task_past_its_timeout_is_failed),
        cmocka_unit_test(all_may_fail),
        cmocka_unit_test(progress_names_the_item_being_run),
        cmocka_unit_test(progress_tells_that_a_task_with_a_timeout_has_ended),
        cmocka_unit_test(cells_of_two_workers_share_no_cache_line),
        cmocka_unit_test(a_state_comes_zeroed_and_aligned_and_goes),
        cmocka_unit_test(a_state_that_cannot_be_made_leaves_nothing),
        cmocka_unit_test(a_state_that_is_too_large_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
