/* Worker processes that are lost with what they have gathered of a stateful task, and the way on which they hand it
 * back. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <cmocka.h>

#include "exec/parts.h"
#include "hoard.h"

static int run_dying(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake))
        kill(getpid(), SIGKILL);
    return hoard_run(state, args, item, output, error);
}

static uint64_t runs_of_all(const struct fake_job *fake) {
    uint64_t runs = 0;
    for (uint64_t i = 0; i < fake->job.count; i++)
        runs += atomic_exchange(&fake->args.board->runs[i], 0);
    return runs;
}

/* What it had done is done again, once, and nothing of it counts twice. */
static void what_a_lost_worker_gathered_is_gathered_again(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const enum pp_start_method methods[] = {PP_START_FORK, PP_START_FORKSERVER};
    const uint64_t chunks[] = {0, 1, 10, 1000};
    struct pp_task task = hoarding;
    task.run = run_dying;
    for (unsigned i = 0; i < 2 * 3 * 4; i++) {
        fake_job_set(fake, &task, 300, 1 + i / 2 % 3);
        fake->job.chunk_size = chunks[i / 6];
        prepare_accidents(fake, 150, 1, 0);
        assert_int_equal(fake_job_run(fake, methods[i % 2], NULL), 0);
        assert_hoarded(fake);
        assert_int_equal(fake->sample.workers_lost, 1);
        uint64_t runs = runs_of_all(fake), unreported = runs - (300 + fake->sample.lost - 1);
        assert_true(unreported <= 150);
    }
}

static void the_loss_of_what_was_gathered_is_told(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_dying;
    fake_job_set(fake, &task, 100, 1);
    fake->job.chunk_size = 1;
    prepare_accidents(fake, 60, 1, 0);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_true(fake->sample.lost > 1 && fake->sample.lost <= 61);
    char text[256];
    snprintf(
        text, sizeof text,
        "worker 0 was lost with what it had gathered from %d tasks, which were run again: its worker was killed by "
        "signal 9 (Killed)",
        (int)fake->sample.lost - 1);
    assert_string_equal(fake->sample.why.text, text);
}

/* The tasks' times are counted once as well. */
static void times_of_lost_tasks_do_not_count(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_histogram *times = calloc(1, sizeof *times);
    struct pp_task task = hoarding;
    task.run = run_dying;
    for (unsigned workers = 1; workers <= 3; workers++) {
        fake_job_set(fake, &task, 400, workers);
        pp_histogram_clear(times);
        fake->job.times = times;
        fake->job.chunk_size = 5;
        prepare_accidents(fake, 333, 1, 0);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_hoarded(fake);
        assert_int_equal(times->count, 400);
        assert_true(fake->sample.task_ns <= fake->sample.busy_ns);
        assert_true(fake->sample.busy_ns <= workers * fake->sample.work_ns);
    }
    free(times);
}

static void a_task_lost_twice_fails_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_dying;
    for (unsigned workers = 1; workers <= 3; workers++) {
        fake_job_set(fake, &task, 100, workers);
        prepare_accidents(fake, 50, UINT64_MAX, 0);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 1);
        assert_int_equal(fake->sample.workers_lost, 2);
    }
}

static int run_stuck(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim)
        fake_sleep_ms(60000);
    return hoard_run(state, args, item, output, error);
}

static void a_task_past_its_timeout_fails_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_stuck;
    for (unsigned workers = 1; workers <= 2; workers++) {
        fake_job_set(fake, &task, 100, workers);
        fake->args.victim = 50;
        fake->job.timeout_ns = PP_NS_PER_S / 5;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 1);
        assert_int_equal(fake->sample.workers_lost, 0);
    }
}

/* ---- lost between tasks, and while handing back ---- */

static int run_then_die_soon(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                             struct pp_error *error) {
    const struct fake_args *fake = args;
    const struct itimerval soon = {.it_value = {.tv_usec = 30000}};
    if (item->index == 0 && fake_accident(fake))
        setitimer(ITIMER_REAL, &soon, NULL);
    else if (item->index == 1)
        fake_sleep_ms(150);
    return hoard_run(state, args, item, output, error);
}

static void an_idle_worker_is_lost_with_what_it_gathered(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_then_die_soon;
    fake_job_set(fake, &task, 2, 2);
    fake->job.chunk_size = 1;
    prepare_accidents(fake, 0, 1, 0);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_hoarded(fake);
    assert_int_equal(fake->sample.workers_lost, 1);
    assert_int_equal(fake->sample.lost, 1);
    assert_int_equal(runs_of_all(fake), 3);
}

static int gather_dying(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    if (fake_accident(args))
        kill(getpid(), SIGKILL);
    return hoard_gather(state, args, part, error);
}

static void a_worker_may_be_lost_while_it_hands_back(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_dying;
    for (unsigned workers = 1; workers <= 4; workers++)
        for (uint64_t accidents = 1; accidents <= 2; accidents++) {
            fake_job_set(fake, &task, 200, workers);
            prepare_accidents(fake, 0, accidents, 0);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_hoarded(fake);
            assert_int_equal(fake->sample.workers_lost, accidents);
            seconds_at_most(fake, 5.0);
        }
}

static void workers_that_never_hand_back_are_given_up(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.gather = gather_dying;
    for (uint64_t count = 1; count <= 100; count += 99)
        for (unsigned workers = 1; workers <= 3; workers++) {
            fake_job_set(fake, &task, count, workers);
            prepare_accidents(fake, 0, UINT64_MAX, 0);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), -ECHILD);
            assert_non_null(strstr(fake->error.text, "gathered"));
            assert_non_null(strstr(fake->error.text, "killed by signal 9"));
            assert_false(fake->sample.complete);
            seconds_at_most(fake, 10.0);
        }
}

/* ---- large parts ---- */

enum { LARGE_BYTES = 32 << 20 };

struct large_hoard {
    struct hoard hoard;
    unsigned char rest[LARGE_BYTES];
};

static int gather_large(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    struct large_hoard *large = state;
    const struct fake_args *fake = args;
    const struct itimerval soon = {.it_value = {.tv_usec = (suseconds_t)fake->spare}};
    (void)error;
    memset(large->rest, 'x', sizeof large->rest);
    if (fake_accident(fake))
        setitimer(ITIMER_REAL, &soon, NULL);
    *part = (struct pp_part){.bytes = large, .count = sizeof *large};
    return 0;
}

static int merge_large(void *whole, const void *args, const struct pp_part *part, struct pp_error *error) {
    const struct large_hoard *large = part->bytes;
    if (part->count != sizeof *large)
        return pp_error_set(error, -EBADMSG, "%zu bytes", part->count);
    for (size_t i = 0; i < sizeof large->rest; i++)
        if (large->rest[i] != 'x')
            return pp_error_set(error, -EBADMSG, "byte %zu", i);
    return hoard_merge(whole, args, &(struct pp_part){large, sizeof large->hoard}, error);
}

static const struct pp_task large = {.name = "large",
                                     .state_size = sizeof(struct large_hoard),
                                     .run = hoard_run,
                                     .verify = fake_verify,
                                     .whole_size = sizeof(struct hoard_whole),
                                     .gather = gather_large,
                                     .merge = merge_large,
                                     .conclude = hoard_conclude,
                                     .whole_fini = hoard_fini};

/* Killed after so many microseconds: before it writes, while it writes, or when it is done. */
static void a_worker_may_be_lost_while_it_writes(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t after_us = 1; after_us < 30000; after_us = after_us * 2 + 500) {
        fake_job_set(fake, &large, 100, 2);
        prepare_accidents(fake, 0, 1, after_us);
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_hoarded(fake);
    }
}

static int open_shared(void) { return memfd_create("parts", MFD_CLOEXEC); }

static void a_part_arrives_as_it_was(void **state) {
    (void)state;
    const unsigned workers[] = {0, 1, 99999};
    int fd = open_shared();
    struct stat file;
    for (size_t i = 0; i < sizeof workers / sizeof *workers; i++) {
        struct pp_part part = {"what was gathered", 18}, got;
        struct pp_error error = {0};
        assert_int_equal(pp_parts_put(fd, workers[i], &part, &error), 0);
        assert_int_equal(pp_parts_get(fd, workers[i], 18, &got, &error), 0);
        assert_int_equal(got.count, 18);
        assert_string_equal(got.bytes, part.bytes);
        pp_parts_drop(fd, workers[i], &got);
        assert_int_equal(fstat(fd, &file), 0);
        assert_int_equal(file.st_blocks, 0); /* its memory is given back */
    }
    close(fd);
}

static void an_empty_part_is_one(void **state) {
    (void)state;
    struct pp_part part = {0}, got;
    struct pp_error error = {0};
    assert_int_equal(pp_parts_put(-1, 0, &part, &error), 0);
    assert_int_equal(pp_parts_get(-1, 0, 0, &got, &error), 0);
    assert_true(got.bytes == NULL && got.count == 0);
    pp_parts_drop(-1, 0, &got);
}

static void a_part_that_is_not_there_is_refused(void **state) {
    (void)state;
    int fd = open_shared();
    struct pp_part part = {"some", 4}, got;
    struct pp_error error = {0};
    assert_int_equal(pp_parts_put(fd, 2, &part, &error), 0);
    const size_t counts[] = {5, SIZE_MAX, (size_t)1 << 41};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        assert_int_equal(pp_parts_get(fd, 2, counts[i], &got, &error), -EBADMSG);
        assert_non_null(strstr(error.text, "is not there"));
    }
    close(fd);
}

static int write_beyond_the_limit(struct fake_job *fake) {
    struct pp_part part = {"some", 4};
    const struct rlimit limit = {1 << 20, 1 << 20};
    struct pp_error error = {0};
    (void)fake;
    setrlimit(RLIMIT_FSIZE, &limit);
    int status = pp_parts_put(open_shared(), 0, &part, &error);
    return !(status == -EFBIG && strstr(error.text, "ulimit -f"));
}

static void a_limit_on_the_size_of_files_is_an_error_like_others(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(write_beyond_the_limit, fake), 0);
}

/* ---- with data that are moved ---- */

static size_t eight_bytes(const void *shared, const void *args) {
    (void)shared;
    (void)args;
    return 8;
}

static void input_seed(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    (void)args;
    memcpy(bytes, &item->seed, 8);
}

static int run_with_input(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                          struct pp_error *error) {
    if (!item->input || memcmp(item->input, &item->seed, 8) != 0)
        return pp_error_set(error, -EBADMSG, "another input");
    return run_dying(state, args, item, output, error);
}

static void tasks_that_are_run_again_get_their_inputs(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = hoarding;
    task.run = run_with_input;
    task.input_bytes = eight_bytes;
    task.input = input_seed;
    for (int input = PP_INPUT_PIPE; input <= PP_INPUT_SHARED; input++)
        for (unsigned workers = 1; workers <= 3; workers++) {
            fake_job_set(fake, &task, 100, workers);
            fake->job.transfer.input = input;
            prepare_accidents(fake, 60, 1, 0);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_hoarded(fake);
            assert_int_equal(fake->sample.workers_lost, 1);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(what_a_lost_worker_gathered_is_gathered_again),
        CLEAN(the_loss_of_what_was_gathered_is_told),
        CLEAN(times_of_lost_tasks_do_not_count),
        CLEAN(a_task_lost_twice_fails_alone),
        CLEAN(a_task_past_its_timeout_fails_alone),
        CLEAN(an_idle_worker_is_lost_with_what_it_gathered),
        CLEAN(a_worker_may_be_lost_while_it_hands_back),
        CLEAN(workers_that_never_hand_back_are_given_up),
        CLEAN(a_worker_may_be_lost_while_it_writes),
        cmocka_unit_test(a_part_arrives_as_it_was),
        cmocka_unit_test(an_empty_part_is_one),
        cmocka_unit_test(a_part_that_is_not_there_is_refused),
        CLEAN(a_limit_on_the_size_of_files_is_an_error_like_others),
        CLEAN(tasks_that_are_run_again_get_their_inputs),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
