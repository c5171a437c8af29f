/* Data that are moved between the parent and its workers: whole, in every way, and whatever happens on the way. */
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

#include <cmocka.h>

#include "exec/data.h"
#include "process_world.h"

/* ---- streams ---- */

enum { ROOM = 3 << 20 };

struct ends {
    unsigned char *sent, *got;
    int fds[2];
};

static struct ends ends_new(void) {
    struct ends ends = {.sent = test_malloc(ROOM), .got = test_calloc(1, ROOM)};
    assert_int_equal(pipe2(ends.fds, O_CLOEXEC | O_NONBLOCK), 0);
    pp_rng_fill_bytes(1, ends.sent, ROOM);
    return ends;
}

static void ends_close(struct ends *ends) {
    close(ends->fds[0]);
    if (ends->fds[1] >= 0)
        close(ends->fds[1]);
    test_free(ends->sent);
    test_free(ends->got);
}

static void a_stream_arrives_whole(void **state) {
    (void)state;
    const size_t counts[] = {1, 7, 127, 128, 129, 65536, (1 << 20) + 3, ROOM};
    struct ends ends = ends_new();
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct pp_stream out, in;
        pp_stream_begin(&out, ends.sent, counts[i]);
        pp_stream_begin(&in, ends.got, counts[i]);
        int writing = -EAGAIN, reading = 1;
        while (reading > 0 || reading == -EAGAIN) {
            writing = writing == -EAGAIN ? pp_stream_write(&out, ends.fds[1]) : writing;
            reading = pp_stream_read(&in, ends.fds[0]);
        }
        assert_int_equal(writing, 0);
        assert_int_equal(reading, 0);
        assert_true(pp_stream_sound(&in));
        assert_memory_equal(ends.got, ends.sent, counts[i]);
    }
    ends_close(&ends);
}

static void a_changed_byte_is_noticed_wherever_it_is(void **state) {
    (void)state;
    enum { COUNT = 300, ALL = COUNT + 8 };
    struct ends ends = ends_new();
    for (size_t at = 0; at < ALL; at++) {
        struct pp_stream out, in;
        unsigned char bytes[ALL];
        pp_stream_begin(&out, ends.sent, COUNT);
        pp_stream_begin(&in, ends.got, COUNT);
        assert_int_equal(pp_stream_write(&out, ends.fds[1]), 0);
        assert_int_equal(read(ends.fds[0], bytes, ALL), ALL);
        bytes[at] ^= 1;
        assert_int_equal(write(ends.fds[1], bytes, ALL), ALL);
        assert_int_equal(pp_stream_read(&in, ends.fds[0]), 0);
        assert_false(pp_stream_sound(&in));
    }
    ends_close(&ends);
}

static void a_stream_that_is_cut_is_noticed(void **state) {
    (void)state;
    struct ends ends = ends_new();
    struct pp_stream in;
    pp_stream_begin(&in, ends.got, 100);
    assert_int_equal(write(ends.fds[1], ends.sent, 40), 40);
    assert_int_equal(pp_stream_read(&in, ends.fds[0]), 1);
    assert_int_equal(pp_stream_read(&in, ends.fds[0]), -EAGAIN);
    close(ends.fds[1]);
    ends.fds[1] = -1;
    assert_int_equal(pp_stream_read(&in, ends.fds[0]), -EPIPE);
    assert_false(pp_stream_sound(&in));
    ends_close(&ends);
}

/* ---- a task with data: large ones, so that a pipe never holds all of them ---- */

enum { INPUT_BYTES = 2500001, RESULT_BYTES = 3000017, MIDDLE = 2 << 20 };

static size_t input_bytes(const void *shared, const void *args) {
    (void)shared;
    (void)args;
    return INPUT_BYTES;
}

static size_t result_bytes(const void *shared, const void *args) {
    (void)shared;
    (void)args;
    return RESULT_BYTES;
}

static void write_input(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    (void)shared;
    (void)args;
    pp_rng_fill_bytes(item->seed, bytes, INPUT_BYTES);
}

/* What is to be moved, in args.spare. */
enum { MOVES_INPUT = 1, MOVES_RESULT = 2 };

static int run_moving(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    bool wants_input = fake->spare & MOVES_INPUT, wants_result = fake->spare & MOVES_RESULT;
    if ((item->input != NULL) != wants_input || (output->result != NULL) != wants_result)
        return pp_error_set(error, -EINVAL, "data that should not be there, or none that should");
    unsigned char first[64];
    pp_rng_fill_bytes(item->seed, first, sizeof first);
    if (item->input && memcmp(item->input, first, sizeof first) != 0)
        return pp_error_set(error, -EBADMSG, "the input of another task");
    if (output->result)
        memset(output->result, (int)(item->index & 0xff), RESULT_BYTES);
    return fake_answer(fake, item, output);
}

static const struct pp_task moving = {.name = "moving",
                                      .run = run_moving,
                                      .verify = fake_verify,
                                      .input_bytes = input_bytes,
                                      .result_bytes = result_bytes,
                                      .input = write_input};

static void moving_set(struct fake_job *fake, const struct pp_task *task, uint64_t count, unsigned workers) {
    fake_job_set(fake, task, count, workers);
    fake->job.transfer = (struct pp_transfer){PP_INPUT_PIPE, PP_RESULT_PIPE};
    fake->args.spare = MOVES_INPUT | MOVES_RESULT;
}

static void data_are_moved_in_every_way_by_workers_of_every_start(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const enum pp_start_method methods[] = {PP_START_FORK, PP_START_FORKSERVER};
    for (int way = 0; way < 9; way++)
        for (unsigned workers = 1; workers <= 3; workers++) {
            moving_set(fake, &moving, 7, workers);
            fake->job.transfer = (struct pp_transfer){way / 3, way % 3};
            fake->args.spare = (way / 3 ? MOVES_INPUT : 0) | (way % 3 ? MOVES_RESULT : 0);
            assert_int_equal(fake_job_run(fake, methods[(unsigned)way % 2], NULL), 0);
            assert_whole(fake, 0);
            assert_int_equal(fake->sample.workers_lost, 0);
        }
}

static void more_workers_than_tasks_wait_in_vain_and_end(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    moving_set(fake, &moving, 3, 8);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
}

static int run_failing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim)
        return pp_error_set(error, -EIO, "as it should");
    return run_moving(state, args, item, output, error);
}

static void a_task_that_fails_sends_nothing_and_holds_nobody_up(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = moving;
    task.run = run_failing;
    moving_set(fake, &task, 10, 2);
    fake->args.victim = 4;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 1);
    assert_string_equal(fake->sample.why.text, "task 4: as it should");
}

static void moving_is_counted_as_transfer(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    moving_set(fake, &moving, 20, 1);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    const struct pp_ledger_sum *ledger = &fake->sample.ledger;
    uint64_t parts_ns = fake->sample.busy_ns + ledger->transfer_ns + ledger->waiting_ns + ledger->tail_ns;
    assert_true(parts_ns > fake->sample.work_ns / 100 * 95 && parts_ns <= fake->sample.work_ns / 100 * 102);
    /* No memory is written at more than 50 GB/s by one process: 5.5 MB for each task. */
    assert_true(ledger->transfer_ns > 20 * (uint64_t)(INPUT_BYTES + RESULT_BYTES) / 50);
}

/* ---- on the way ---- */

/* The one pipe of a megabyte that is open in that mode. */
static int find_pipe(int mode) {
    for (int fd = 3; fd < 64; fd++)
        if (fcntl(fd, F_GETPIPE_SZ) >= 1 << 20 && (fcntl(fd, F_GETFL) & O_ACCMODE) == mode)
            return fd;
    return -1;
}

static int verify_and_stray(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                            struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake))
        assert_int_equal(write(find_pipe(O_WRONLY), "stray", 5), 5);
    return fake_verify(state, args, item, output, error);
}

static bool pipes_grow(void) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    bool grows = fcntl(fds[0], F_SETPIPE_SZ, 1 << 20) >= 1 << 20;
    close(fds[0]);
    close(fds[1]);
    return grows;
}

static void a_result_that_arrives_damaged_fails_its_task_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    if (!pipes_grow())
        skip();
    struct pp_task task = moving;
    task.verify = verify_and_stray;
    moving_set(fake, &task, 10, 1);
    fake->job.transfer.input = PP_INPUT_INHERIT;
    prepare_accidents(fake, 3, UINT64_MAX, MOVES_RESULT);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 1);
    assert_non_null(strstr(fake->sample.why.text, "task 3: its result arrived damaged"));
    assert_int_equal(fake->sample.workers_lost, 0);
}

static void write_input_after_a_stray(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    const struct fake_args *fake = args;
    write_input(shared, args, item, bytes);
    if (item->index == fake->victim && fake_accident(fake))
        assert_int_equal(write(find_pipe(O_WRONLY), "stray", 5), 5);
}

static void an_input_that_arrives_damaged_fails_its_task_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    if (!pipes_grow())
        skip();
    struct pp_task task = moving;
    task.input = write_input_after_a_stray;
    moving_set(fake, &task, 10, 1);
    fake->job.transfer.result = PP_RESULT_DIGEST;
    prepare_accidents(fake, 3, UINT64_MAX, MOVES_INPUT);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 1);
    assert_non_null(strstr(fake->sample.why.text, "task 3: its input of 2500001 bytes arrived damaged"));
    assert_int_equal(fake->sample.workers_lost, 1); /* a fresh one has a fresh pipe */
}

static void forbid(const void *bytes) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = ((uintptr_t)bytes + MIDDLE) / page * page;
    signal(SIGSEGV, SIG_DFL); /* sanitizers and cmocka have their own */
    mprotect((void *)at, page, PROT_NONE);
}

/* The worker ends in the middle of what it sends. */
static int verify_and_forbid_result(void *state, const void *args, const struct pp_item *item,
                                    const struct pp_output *output, struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake))
        forbid(output->result);
    return fake_verify(state, args, item, output, error);
}

static void a_worker_lost_while_it_sends_was_busy_with_its_task(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = moving;
    task.verify = verify_and_forbid_result;
    for (unsigned workers = 1; workers <= 3; workers++)
        for (uint64_t accidents = 1; accidents <= 2; accidents++) {
            moving_set(fake, &task, 12, workers);
            prepare_accidents(fake, 5, accidents, MOVES_INPUT | MOVES_RESULT);
            assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
            assert_whole(fake, accidents - 1);
            assert_int_equal(fake->sample.lost, accidents);
            assert_int_equal(fake->sample.workers_lost, accidents);
            assert_non_null(strstr(fake->sample.why.text, "task 5 was run again"));
            seconds_at_most(fake, 10.0);
        }
}

static int run_and_forbid_input(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                                struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim && fake_accident(fake))
        forbid(item->input);
    return run_moving(state, args, item, output, error);
}

static void a_worker_lost_while_it_is_sent_to_was_busy_with_its_task(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = moving;
    task.run = run_and_forbid_input;
    moving_set(fake, &task, 12, 1);
    prepare_accidents(fake, 4, 1, MOVES_INPUT | MOVES_RESULT);
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
    assert_int_equal(fake->sample.lost, 1);
    assert_non_null(strstr(fake->sample.why.text, "task 5 was run again"));
}

static void write_input_and_stop(const void *shared, const void *args, const struct pp_item *item, void *bytes) {
    const struct fake_args *fake = args;
    write_input(shared, args, item, bytes);
    if (item->index == fake->victim)
        raise(SIGTERM);
}

static int be_stopped(struct fake_job *fake) {
    struct pp_task task = moving;
    task.input = write_input_and_stop;
    moving_set(fake, &task, 1000000, 3);
    fake->args.victim = 20;
    bool stopped = fake_job_run(fake, PP_START_FORK, NULL) == -EINTR && !fake->sample.complete;
    return stopped && fake_no_children() ? 0 : 1;
}

static void a_stop_ends_it_at_once(void **state) {
    assert_int_equal(in_child(be_stopped, &((struct world *)*state)->fake), 0);
}

static int run_too_long(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    if (item->index == fake->victim)
        fake_sleep_ms(60000);
    return run_moving(state, args, item, output, error);
}

static void a_timeout_ends_the_task_and_no_other(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_task task = moving;
    task.run = run_too_long;
    moving_set(fake, &task, 10, 2);
    fake->job.timeout_ns = PP_NS_PER_S;
    fake->args.victim = 6;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 1);
    assert_non_null(strstr(fake->sample.why.text, "task 6: ended because it ran past"));
    seconds_at_most(fake, 20.0);
}

/* ---- the tasks that have data ---- */

static uint64_t check_of(struct fake_job *fake, const char *name, const int64_t *args, struct pp_transfer transfer) {
    const struct pp_task *task = pp_task_find(name);
    unsigned workers = fake->job.workers;
    fake_job_set(fake, task, 5, workers);
    fake->job.args = args;
    fake->job.transfer = transfer;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_int_equal(fake->sample.done, 5);
    return fake->sample.check;
}

static void no_task_answers_differently_for_its_data_being_moved(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct {
        const char *name;
        int64_t args[3];
    } rows[] = {{"sort", {1}},        {"sort", {50}},        {"sort", {200000}},      {"matrix", {1}},
                {"matrix", {60}},     {"tensor", {1, 2}},    {"tensor", {30, 2}},     {"tensor", {30, 3}},
                {"tensor", {30, 20}}, {"filter", {1, 4, 5}}, {"filter", {100, 4, 5}}, {"filter", {50, 9, 2}}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (pp_task_find(rows[i].name)->unavailable)
            continue;
        fake->job.workers = 0;
        uint64_t check = check_of(fake, rows[i].name, rows[i].args, (struct pp_transfer){0, 0});
        fake->job.workers = 2;
        for (int way = 0; way < 9; way++)
            assert_int_equal(check_of(fake, rows[i].name, rows[i].args, (struct pp_transfer){way / 3, way % 3}), check);
    }
}

static void what_sort_leaves_is_sorted_where_it_was_asked_to(void **state) {
    (void)state;
    const struct pp_task *sort = pp_task_find("sort");
    const int64_t counts[] = {1, 64, 65, 5000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const struct pp_env env = {.config_dir = ".", .tmp_dir = "/tmp"};
        const struct pp_item item = {.seed = 3};
        double *result = test_malloc((size_t)counts[i] * sizeof *result);
        struct pp_output output = {.result = result}, plain = {0};
        alignas(64) unsigned char memory[1024] = {0};
        struct pp_error error;
        assert_true(sort->state_size <= sizeof memory);
        assert_int_equal(sort->worker_init(memory, NULL, &counts[i], &env, &error), 0);
        assert_int_equal(sort->run(memory, &counts[i], &item, &output, &error), 0);
        assert_int_equal(sort->verify(memory, &counts[i], &item, &output, &error), 0);
        for (int64_t k = 1; k < counts[i]; k++)
            assert_true(result[k - 1] <= result[k]);
        assert_int_equal(sort->run(memory, &counts[i], &item, &plain, &error), 0);
        assert_int_equal(plain.digest, output.digest);
        sort->worker_fini(memory);
        test_free(result);
    }
}

/* ---- what is refused ---- */

static void a_task_without_data_is_refused_with_those_that_have_some(void **state) {
    (void)state;
    const struct pp_case plan = {.workers = 2, .transfer.result = PP_RESULT_PIPE};
    struct pp_error error = {0};
    assert_int_equal(pp_executor_process.supports(pp_task_find("noop"), &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "transfer");
    assert_non_null(strstr(error.text, "\"noop\" has no data"));
    assert_non_null(strstr(error.text, "\"sort\""));
    assert_int_equal(pp_executor_process.supports(pp_task_find("sort"), &plan, &error), 0);
}

static void chunks_of_several_tasks_are_refused(void **state) {
    (void)state;
    struct pp_case plan = {.workers = 2, .chunk_size = 2, .transfer.input = PP_INPUT_SHARED};
    struct pp_error error = {0};
    assert_int_equal(pp_executor_process.supports(pp_task_find("sort"), &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "chunk_size");
    plan.chunk_size = 1;
    assert_int_equal(pp_executor_process.supports(pp_task_find("sort"), &plan, &error), 0);
}

static int admit_few_files(struct fake_job *fake) {
    (void)fake;
    const struct rlimit few = {150, 150};
    struct pp_case plan = {.workers = 100};
    struct pp_error error = {0};
    if (setrlimit(RLIMIT_NOFILE, &few) != 0 || pp_data_admit(&plan, &error) != 0)
        return 2;
    plan.transfer.result = PP_RESULT_SHARED; /* one descriptor for all workers */
    if (pp_data_admit(&plan, &error) != 0)
        return 3;
    plan.transfer.result = PP_RESULT_PIPE;
    return pp_data_admit(&plan, &error) == -EMFILE && strstr(error.text, "100 workers need 2") ? 0 : 4;
}

static void pipes_that_there_are_no_descriptors_for_are_told_before(void **state) {
    assert_int_equal(in_child(admit_few_files, &((struct world *)*state)->fake), 0);
}

static int run_without_files(struct fake_job *fake) {
    const struct rlimit few = {12, 12};
    moving_set(fake, &moving, 10, 4);
    int files = fake_open_files();
    if (setrlimit(RLIMIT_NOFILE, &few) != 0)
        return 2;
    int status = fake_job_run(fake, PP_START_FORK, NULL);
    return status == -EMFILE && strstr(fake->error.text, "ulimit -n") && fake_open_files() == files ? 0 : 3;
}

static void running_out_of_descriptors_leaves_none_behind(void **state) {
    assert_int_equal(in_child(run_without_files, &((struct world *)*state)->fake), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_arrives_whole),
        cmocka_unit_test(a_changed_byte_is_noticed_wherever_it_is),
        cmocka_unit_test(a_stream_that_is_cut_is_noticed),
        CLEAN(data_are_moved_in_every_way_by_workers_of_every_start),
        CLEAN(more_workers_than_tasks_wait_in_vain_and_end),
        CLEAN(a_task_that_fails_sends_nothing_and_holds_nobody_up),
        CLEAN(moving_is_counted_as_transfer),
        CLEAN(a_result_that_arrives_damaged_fails_its_task_alone),
        CLEAN(an_input_that_arrives_damaged_fails_its_task_alone),
        CLEAN(a_worker_lost_while_it_sends_was_busy_with_its_task),
        CLEAN(a_worker_lost_while_it_is_sent_to_was_busy_with_its_task),
        CLEAN(a_stop_ends_it_at_once),
        CLEAN(a_timeout_ends_the_task_and_no_other),
        CLEAN(no_task_answers_differently_for_its_data_being_moved),
        cmocka_unit_test(what_sort_leaves_is_sorted_where_it_was_asked_to),
        cmocka_unit_test(a_task_without_data_is_refused_with_those_that_have_some),
        cmocka_unit_test(chunks_of_several_tasks_are_refused),
        CLEAN(pipes_that_there_are_no_descriptors_for_are_told_before),
        CLEAN(running_out_of_descriptors_leaves_none_behind),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
