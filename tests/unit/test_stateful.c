/* Stateful tasks, whoever runs them: what workers have gathered comes to the same whole, takes its time, is verified,
 * and is not to be had after a failure. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hoard.h"

static const char *const executors[] = {"process", "thread", "openmp", "async-blocking"};
enum { EXECUTORS = sizeof executors / sizeof *executors };

static int run_on(struct fake_job *fake, const char *executor, const struct pp_task *task, uint64_t count,
                  unsigned workers) {
    fake_job_set(fake, task, count, workers);
    fake->executor = executor;
    return fake_job_run(fake, PP_START_FORK, NULL);
}

static void any_number_of_workers_comes_to_the_same_whole(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const unsigned workers[] = {0, 1, 2, 3, 7, 20};
    const uint64_t counts[] = {1, 2, 1000};
    for (size_t e = 0; e < EXECUTORS; e++)
        for (size_t w = 0; is_there(executors[e]) && w < sizeof workers / sizeof *workers; w++)
            for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
                assert_int_equal(run_on(fake, executors[e], &hoarding, counts[c], workers[w]), 0);
                assert_hoarded(fake);
            }
}

/* ---- wholes that are wrong, or are not to be had ---- */

static int gather_wrongly(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    struct hoard *hoard = state;
    if (hoard->times[5]) /* in the part of one worker */
        hoard->times[5]++;
    return hoard_gather(state, args, part, error);
}

static void a_wrong_whole_is_no_result(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_wrongly;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 3; workers++) {
            assert_int_equal(run_on(fake, executors[e], &task, 100, workers), -EBADMSG);
            assert_string_equal(fake->error.text,
                                "what all workers have gathered is wrong: item 5 was gathered 2 times");
            assert_false(fake->sample.complete);
        }
}

static int gather_too_little(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    int status = hoard_gather(state, args, part, error);
    part->count /= 2;
    return status;
}

static void a_part_that_cannot_be_one_is_no_result(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_too_little;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 3; workers++) {
            assert_int_equal(run_on(fake, executors[e], &task, 100, workers), -EBADMSG);
            assert_non_null(strstr(fake->error.text, "has gathered cannot be merged: 8192 bytes are no hoard"));
            assert_false(fake->sample.complete);
        }
}

static int gather_nothing(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    (void)state;
    (void)args;
    (void)part;
    (void)error;
    return -ENOMEM;
}

static void a_part_that_cannot_be_handed_back_is_no_result(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_nothing;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 3; workers++) {
            assert_int_equal(run_on(fake, executors[e], &task, 100, workers), -ENOMEM);
            assert_non_null(strstr(fake->error.text, "cannot hand back what it has gathered: "));
            assert_non_null(strstr(fake->error.text, strerror(ENOMEM)));
            assert_false(fake->sample.complete);
        }
}

static int run_failing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    int status = fake_fail(state, args, item, output, error);
    return status ? status : hoard_run(state, args, item, output, error);
}

/* Nobody can say what the whole should be: it is left out of the check value, and not verified. */
static void after_a_failure_the_whole_is_not_concluded(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_failing;
    fake->args.victim = 37;
    fake->args.spare = UINT64_MAX;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 3; workers++) {
            assert_int_equal(run_on(fake, executors[e], &task, 100, workers), 0);
            assert_whole(fake, 1);
        }
}

static int run_stopping(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake)) {
        kill((pid_t)fake->spare, SIGINT);
        fake_sleep_ms(50);
    }
    return hoard_run(state, args, item, output, error);
}

static int merge_never(void *whole, const void *args, const struct pp_part *part, struct pp_error *error) {
    (void)whole;
    (void)args;
    (void)part;
    return pp_error_set(error, -EIO, "merged after a stop");
}

/* In a child: a stop signal stays taken. All tasks may be done by then. */
static int stop_in_the_middle(struct fake_job *fake) {
    fake->args.spare = (uint64_t)getpid();
    int status = fake_job_run(fake, PP_START_FORK, NULL);
    return !(status == -EINTR && !fake->sample.complete && fake->error.code == 0);
}

static void a_stop_merges_nothing(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_stopping;
    task.merge = merge_never;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 2; workers++) {
            fake_job_set(fake, &task, 100, workers);
            fake->executor = executors[e];
            fake->job.chunk_size = 1;
            prepare_accidents(fake, 10, 1, 0);
            assert_int_equal(in_child(stop_in_the_middle, fake), 0);
        }
}

/* ---- where the time goes ---- */

enum { GATHER_MS = 4, MERGE_MS = 3, CONCLUDE_MS = 6 };

static int gather_slowly(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    fake_sleep_ms(GATHER_MS);
    return hoard_gather(state, args, part, error);
}

static int merge_slowly(void *whole, const void *args, const struct pp_part *part, struct pp_error *error) {
    fake_sleep_ms(MERGE_MS);
    return hoard_merge(whole, args, part, error);
}

static int conclude_slowly(void *whole, const void *args, uint64_t count, uint64_t *digest, struct pp_error *error) {
    fake_sleep_ms(CONCLUDE_MS);
    return hoard_conclude(whole, args, count, digest, error);
}

/* It is a part of the work, and the parts of the work still come to the whole of it. */
static void handing_back_is_part_of_the_work(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_slowly;
    task.merge = merge_slowly;
    task.conclude = conclude_slowly;
    for (size_t e = 0; e < EXECUTORS; e++)
        for (unsigned workers = 0; is_there(executors[e]) && workers <= 3; workers++) {
            unsigned hands = workers && strcmp(executors[e], "async-blocking") != 0 ? workers : 1;
            unsigned each = workers ? workers : 1;
            const uint64_t least_ns = (GATHER_MS + (uint64_t)hands * MERGE_MS + CONCLUDE_MS) * 1000000;
            assert_int_equal(run_on(fake, executors[e], &task, 1000, workers), 0);
            assert_hoarded(fake);
            const struct pp_sample *sample = &fake->sample;
            assert_true(sample->work_ns >= least_ns);
            assert_true(sample->init_ns + sample->work_ns <= sample->total_ns);
            double whole_ns = (double)sample->work_ns * each;
            double parts_ns = (double)(sample->busy_ns + sample->ledger.waiting_ns + sample->ledger.transfer_ns +
                                       sample->ledger.tail_ns);
            if (fabs(parts_ns - whole_ns) > 0.01 * whole_ns + 100e3)
                fail_msg("%s, %u workers: %.0f of %.0f ns", executors[e], workers, parts_ns, whole_ns);
            assert_true(sample->ledger.tail_ns >= CONCLUDE_MS * 1000000);
        }
}

/* libuv opens a pipe with its first loop, and keeps it. */
static int open_the_first_loop(void **state) {
    if (set_up(state) != 0)
        return -1;
    struct fake_job *fake = &((struct world *)*state)->fake;
    int status = is_there("async-blocking") ? run_on(fake, "async-blocking", &well, 1, 1) : 0;
    nothing_is_left(state);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(any_number_of_workers_comes_to_the_same_whole),
        CLEAN(a_wrong_whole_is_no_result),
        CLEAN(a_part_that_cannot_be_one_is_no_result),
        CLEAN(a_part_that_cannot_be_handed_back_is_no_result),
        CLEAN(after_a_failure_the_whole_is_not_concluded),
        CLEAN(a_stop_merges_nothing),
        CLEAN(handing_back_is_part_of_the_work),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, open_the_first_loop, NULL);
}
