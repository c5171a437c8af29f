/* Tasks in flight in an event loop, from end to end: equal work however many there are, waits for moments and
 * descriptors, tasks that end badly or too late, stops, and a loop that is held. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process_world.h"

static int run_as(struct fake_job *fake, const char *executor, const struct pp_task *task, uint64_t count,
                  unsigned workers) {
    uint64_t timeout_ns = fake->job.timeout_ns;
    fake_job_set(fake, task, count, workers);
    fake->executor = executor;
    fake->job.timeout_ns = timeout_ns;
    return fake_job_run(fake, PP_START_FORK, NULL);
}

/* ---- tasks in steps ---- */

enum how { WELL, FAILS, FAILS_SILENTLY, LIES, NEVER_ENDS, WAITS_FOR_NOTHING, WAITS_FOR_A_FILE, STOPS };

struct flight {
    uint64_t step, until_ns;
    int fds[2];
    struct fake_board *board;
};

static bool is_zeroed(const struct flight *flight) {
    static const struct flight none;
    return memcmp(flight, &none, sizeof none) == 0;
}

/* What the victim does at its second step. */
static int misbehave(const struct fake_args *args, struct pp_wait *wait, struct pp_error *error) {
    *wait = (struct pp_wait){.until_ns = UINT64_MAX, .fd = -1};
    switch ((enum how)args->spare) {
    case FAILS:
        return pp_error_set(error, -EIO, "this one never works");
    case FAILS_SILENTLY:
        return -EIO;
    case NEVER_ENDS:
        wait->until_ns = UINT64_MAX - 1;
        return 1;
    case WAITS_FOR_A_FILE:
        wait->fd = open("Makefile", O_RDONLY | O_CLOEXEC);
        wait->events = POLLIN;
        return 1;
    case STOPS:
        kill(getpid(), SIGINT);
        wait->until_ns = UINT64_MAX - 1;
        return 1;
    default:
        return 1;
    }
}

/* Waits three times for 0 to 300 µs. */
static int step_napping(void *state, void *flight, const void *args, const struct pp_item *item,
                        const struct pp_step *to, struct pp_error *error) {
    struct pp_wait *wait = to->wait;
    struct pp_output *output = to->output;
    const struct fake_args *fake = args;
    struct flight *own = flight;
    (void)state;
    if (own->step == 0 && !is_zeroed(own))
        return pp_error_set(error, -EINVAL, "the flight was used before");
    if (own->step > 0 && pp_clock_ns() < own->until_ns)
        return pp_error_set(error, -EINVAL, "it is too early");
    own->board = fake->board;
    if (own->step++ == 1 && item->index == fake->victim && fake->spare != WELL && fake->spare != LIES)
        return misbehave(fake, wait, error);
    if (own->step <= 3) {
        own->until_ns = pp_clock_ns() + item->seed % 300000;
        *wait = (struct pp_wait){.until_ns = own->until_ns, .fd = -1};
        return 1;
    }
    fake_answer(fake, item, output);
    output->digest += fake->spare == LIES && item->index == fake->victim;
    return 0;
}

static void abandon_counting(void *state, void *flight) {
    const struct flight *own = flight;
    (void)state;
    atomic_fetch_add(&own->board->ends, 1);
}

static const struct pp_task napping = {.name = "napping",
                                       .flight_size = sizeof(struct flight),
                                       .run = run_well,
                                       .step = step_napping,
                                       .abandon = abandon_counting,
                                       .verify = fake_verify};

static void same_work_however_many_are_in_flight(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const unsigned workers[] = {1, 2, 7, 64, 3000};
    const size_t counts = sizeof workers / sizeof *workers;
    fake->args.victim = UINT64_MAX;
    for (size_t w = 0; w < counts; w++)
        for (int blocking = 0; blocking <= 1; blocking++) {
            assert_int_equal(run_as(fake, blocking ? "async-blocking" : "async", &napping, 1000, workers[w]), 0);
            assert_whole(fake, 0);
            assert_true(fake->sample.task_ns > 0);
            assert_true(fake->sample.task_ns <= fake->sample.work_ns * workers[w]);
        }
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(atomic_load(&fake->args.board->runs[i]), 2 * counts);
    assert_int_equal(atomic_load(&fake->args.board->ends), 0);
}

static void ten_thousand_are_in_flight_at_once(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    struct pp_error error = {0};
    fake->args.victim = UINT64_MAX;
    assert_int_equal(pp_executor_async.admit(10000, &error), 0);
    assert_int_equal(run_as(fake, "async", &napping, 30000, 10000), 0);
    assert_whole(fake, 0);
    assert_true(fake->sample.task_ns > 100 * fake->sample.work_ns);
}

static int step_for_20_ms(void *state, void *flight, const void *args, const struct pp_item *item,
                          const struct pp_step *to, struct pp_error *error) {
    struct pp_wait *wait = to->wait;
    struct pp_output *output = to->output;
    struct flight *own = flight;
    (void)state;
    if (own->step++ > 0)
        return pp_clock_ns() < own->until_ns ? pp_error_set(error, -EINVAL, "it is too early")
                                             : fake_answer(args, item, output);
    own->until_ns = pp_clock_ns() + 20000000;
    *wait = (struct pp_wait){.until_ns = own->until_ns, .fd = -1};
    return 1;
}

static const struct pp_task steady = {
    .name = "steady", .flight_size = sizeof(struct flight), .step = step_for_20_ms, .verify = fake_verify};

/* Neither early, which the task would say, nor to the next millisecond, which is 0.5 ms later on the average. */
static void waits_are_exact(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(run_as(fake, "async", &steady, 60, 3), 0);
    assert_whole(fake, 0);
    assert_true(fake->sample.shortest_ns >= 20000000);
    assert_true(fake->sample.shortest_ns < 20400000);
    assert_true(fake->sample.work_ns >= 20 * UINT64_C(20000000));
}

/* ---- descriptors ---- */

/* A pipe of its own: when it can be written to, a byte; when that is there, the end. Half of them wait in vain at
 * first. */
static int step_piping(void *state, void *flight, const void *args, const struct pp_item *item,
                       const struct pp_step *to, struct pp_error *error) {
    struct pp_wait *wait = to->wait;
    struct pp_output *output = to->output;
    struct flight *own = flight;
    char byte = 0;
    (void)state;
    switch (own->step++) {
    case 0:
        if (pipe2(own->fds, O_CLOEXEC) != 0)
            return pp_error_set(error, -errno, "no pipe");
        own->until_ns = pp_clock_ns() + 1000000;
        *wait = item->index % 2 ? (struct pp_wait){UINT64_MAX, own->fds[1], POLLOUT}
                                : (struct pp_wait){own->until_ns, own->fds[0], POLLIN};
        return 1;
    case 1:
        if (item->index % 2 == 0 && pp_clock_ns() < own->until_ns)
            return pp_error_set(error, -EINVAL, "it is too early");
        if (write(own->fds[1], "x", 1) != 1)
            return pp_error_set(error, -errno, "cannot write");
        *wait = (struct pp_wait){UINT64_MAX - 1, own->fds[0], POLLIN};
        return 1;
    default:
        if (read(own->fds[0], &byte, 1) != 1 || byte != 'x')
            return pp_error_set(error, -EBADMSG, "the byte is not there");
        close(own->fds[0]);
        close(own->fds[1]);
        return fake_answer(args, item, output);
    }
}

static const struct pp_task piping = {
    .name = "piping", .flight_size = sizeof(struct flight), .step = step_piping, .verify = fake_verify};

static void many_wait_for_descriptors(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 1; workers <= 64; workers *= 8) {
        assert_int_equal(run_as(fake, "async", &piping, 400, workers), 0);
        assert_whole(fake, 0);
    }
}

/* All wait for the same one, which is never ready. */
static int step_sharing(void *state, void *flight, const void *args, const struct pp_item *item,
                        const struct pp_step *to, struct pp_error *error) {
    struct pp_wait *wait = to->wait;
    struct pp_output *output = to->output;
    const struct fake_args *fake = args;
    struct flight *own = flight;
    (void)state;
    (void)error;
    own->board = fake->board;
    if (own->step++ > 0)
        return fake_answer(fake, item, output);
    *wait = (struct pp_wait){pp_clock_ns() + 5000000, (int)fake->spare, POLLIN};
    return 1;
}

static const struct pp_task sharing = {.name = "sharing",
                                       .flight_size = sizeof(struct flight),
                                       .step = step_sharing,
                                       .abandon = abandon_counting,
                                       .verify = fake_verify};

static void a_descriptor_is_waited_for_by_one(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    fake->args.spare = (uint64_t)fds[0];
    assert_int_equal(run_as(fake, "async", &sharing, 3, 3), 0);
    close(fds[0]);
    close(fds[1]);
    assert_int_equal(fake->sample.done, 1);
    assert_int_equal(fake->sample.failed, 2);
    assert_int_equal(fake->sample.why.code, -EBUSY);
    assert_non_null(strstr(fake->sample.why.text, "is waited for by another task already"));
    assert_int_equal(atomic_load(&fake->args.board->ends), 2);
}

/* ---- tasks that end badly ---- */

static void failures_are_counted(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct {
        enum how how;
        int code;
        const char *words;
        unsigned given_up;
    } rows[] = {{FAILS, -EIO, "task 50: this one never works", 0},
                {FAILS_SILENTLY, -EIO, "task 50: ", 0},
                {LIES, -EBADMSG, "task 50: wrong answer: another digest", 0},
                {WAITS_FOR_NOTHING, -EINVAL, "task 50: it waits for nothing that could ever happen", 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        atomic_store(&fake->args.board->ends, 0);
        fake->args.victim = 50;
        fake->args.spare = rows[i].how;
        assert_int_equal(run_as(fake, "async", &napping, 100, 9), 0);
        assert_int_equal(fake->sample.done, 99);
        assert_int_equal(fake->sample.failed, 1);
        assert_int_equal(fake->sample.wrong, rows[i].how == LIES);
        assert_int_equal(fake->sample.why.code, rows[i].code);
        assert_non_null(strstr(fake->sample.why.text, rows[i].words));
        assert_int_equal(atomic_load(&fake->args.board->ends), rows[i].given_up);
    }
}

static void a_file_on_a_disk_cannot_be_waited_for(void **state) {
    struct world *world = *state;
    struct fake_job *fake = &world->fake;
    fake->args.victim = 5;
    fake->args.spare = WAITS_FOR_A_FILE;
    assert_int_equal(run_as(fake, "async", &napping, 10, 3), 0);
    world->files++; /* the task's, which nobody closes */
    assert_int_equal(fake->sample.failed, 1);
    assert_int_equal(fake->sample.why.code, -EPERM);
    assert_non_null(strstr(fake->sample.why.text, "cannot be waited for"));
}

static void a_task_past_its_timeout_is_given_up(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->args.victim = 50;
    fake->args.spare = NEVER_ENDS;
    fake->job.timeout_ns = 300000000;
    assert_int_equal(run_as(fake, "async", &napping, 100, 9), 0);
    assert_whole(fake, 1);
    assert_int_equal(fake->sample.why.code, -ETIMEDOUT);
    assert_non_null(strstr(fake->sample.why.text, "past the task_timeout of 0.3 s"));
    assert_int_equal(atomic_load(&fake->args.board->ends), 1);
    assert_true(fake->sample.work_ns >= 300000000);
    seconds_at_most(fake, 5.0);
}

/* ---- being asked to stop ---- */

static int stop_in_the_middle(struct fake_job *fake) {
    int status = run_as(fake, "async", &napping, 100, 9);
    const struct pp_sample *sample = &fake->sample;
    return status == -EINTR && pp_stop_signal == SIGINT && !sample->complete && sample->failed == 0 &&
           sample->done < 100 && atomic_load(&fake->args.board->ends) >= 1;
}

/* The one that is left never ends, so that the loop waits when the signal comes. */
static void a_stop_wakes_the_loop_and_gives_up_what_is_in_flight(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->args.spare = STOPS;
    for (uint64_t victim = 49; victim < 100; victim += 50) {
        fake->args.victim = victim;
        assert_int_equal(in_child(stop_in_the_middle, fake), 1);
    }
}

static int stop_before(struct fake_job *fake) {
    pp_stop_signal = SIGTERM;
    return run_as(fake, "async", &napping, 100, 3) == -EINTR && fake->sample.done == 0;
}

static void a_stop_before_the_first_task(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(stop_before, fake), 1);
}

/* ---- what is measured ---- */

static double share_blocked(const struct fake_job *fake) {
    assert_true(fake->sample.has_loop);
    return (double)fake->sample.loop_blocked_ns / (double)fake->sample.work_ns;
}

static void a_held_loop_is_seen(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(run_as(fake, "async-blocking", &asleep, 20, 4), 0);
    assert_whole(fake, 0);
    assert_true(share_blocked(fake) > 0.85 && share_blocked(fake) <= 1.0); /* nobody waits for the last one */
    assert_true(fake->sample.task_ns <= fake->sample.work_ns);
    assert_int_equal(run_as(fake, "async-blocking", &asleep, 20, 1), 0); /* others there are none */
    assert_int_equal(fake->sample.loop_blocked_ns, 0);
    assert_int_equal(run_as(fake, "async", &steady, 20, 4), 0);
    assert_true(share_blocked(fake) < 0.5);
}

/* One computes for 20 ms in a step while others would be due after 1 ms. */
static int step_holding(void *state, void *flight, const void *args, const struct pp_item *item,
                        const struct pp_step *to, struct pp_error *error) {
    struct pp_wait *wait = to->wait;
    struct pp_output *output = to->output;
    struct flight *own = flight;
    (void)state;
    (void)error;
    if (own->step++ > 0) {
        if (item->index == 0)
            fake_sleep_ms(20);
        return fake_answer(args, item, output);
    }
    *wait = (struct pp_wait){pp_clock_ns() + (item->index == 0 ? 0 : 11000000), -1, 0};
    return 1;
}

static const struct pp_task holding = {
    .name = "holding", .flight_size = sizeof(struct flight), .step = step_holding, .verify = fake_verify};

static void only_what_others_had_to_wait_counts(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(run_as(fake, "async", &holding, 4, 4), 0);
    assert_whole(fake, 0);
    /* From the moment when the others were due, about 11 ms after they began. */
    assert_true(fake->sample.loop_blocked_ns >= 5000000);
    assert_true(fake->sample.loop_blocked_ns <= fake->sample.work_ns - 10000000);
}

static void the_parts_add_up(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    static struct pp_histogram times;
    fake->args.victim = UINT64_MAX;
    for (int blocking = 0; blocking <= 1; blocking++) {
        pp_histogram_clear(&times);
        fake_job_set(fake, blocking ? &asleep : &napping, 100, 16);
        fake->executor = blocking ? "async-blocking" : "async";
        fake->job.times = &times;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        const struct pp_sample *sample = &fake->sample;
        double whole = 16.0 * (double)sample->work_ns;
        double parts = (double)(sample->busy_ns + sample->ledger.waiting_ns + sample->ledger.tail_ns);
        assert_true(parts <= whole && parts > 0.98 * whole);
        assert_true(sample->busy_ns >= sample->task_ns);
        assert_int_equal(times.count, 100);
        assert_true(sample->cpu_ns > 0 && sample->cpu_ns <= sample->work_ns);
        assert_true(sample->cpu_wall_ns == sample->task_ns);
    }
}

static void a_lean_job_measures_times_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    fake->args.victim = UINT64_MAX;
    fake_job_set(fake, &napping, 100, 16);
    fake->executor = "async";
    fake->job.lean = true;
    assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
    assert_whole(fake, 0);
    assert_false(fake->sample.has_loop);
    assert_int_equal(fake->sample.ledger.waiting_ns + fake->sample.cpu_ns + fake->sample.longest_ns, 0);
}

/* ---- what it cannot do ---- */

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    const struct pp_case plain = {.executor = "async", .workers = 2};
    const struct pp_case moving = {.executor = "async", .workers = 2, .transfer.result = PP_RESULT_PIPE};
    const struct pp_case pinned = {.executor = "async", .workers = 2, .pin = PP_PIN_COMPACT};
    const struct pp_task alone = {.name = "alone", .caps = PP_TASK_ONE_THREAD, .run = run_well};
    struct pp_error error = {0};
    assert_int_equal(pp_executor_async.supports(&napping, &plain, &error), 0);
    assert_int_equal(pp_executor_async_blocking.supports(&well, &plain, &error), 0);
    assert_int_equal(pp_executor_async_blocking.supports(&alone, &plain, &error), 0);
    assert_int_equal(pp_executor_async.supports(&well, &plain, &error), -ENOTSUP);
    assert_string_equal(error.where, "executor");
    assert_non_null(strstr(error.text, "\"well\" cannot be done in steps"));
    assert_non_null(strstr(error.text, "use \"process\""));
    assert_int_equal(pp_executor_async.supports(&napping, &moving, &error), -ENOTSUP);
    assert_string_equal(error.where, "transfer");
    assert_int_equal(pp_executor_async_blocking.supports(&well, &pinned, &error), -ENOTSUP);
    assert_string_equal(error.where, "pin");
}

static int step_huge(void *state, void *flight, const void *args, const struct pp_item *item, const struct pp_step *to,
                     struct pp_error *error) {
    struct pp_output *output = to->output;
    (void)state;
    (void)flight;
    (void)error;
    return fake_answer(args, item, output);
}

static void too_many_for_the_memory_are_refused(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const size_t sizes[] = {SIZE_MAX / 3, (size_t)1 << 56};
    for (size_t i = 0; i < 2; i++) {
        const struct pp_task huge = {.name = "huge", .flight_size = sizes[i], .step = step_huge};
        assert_int_equal(run_as(fake, "async", &huge, 10, 2), -ENOMEM);
        assert_non_null(strstr(fake->error.text, "no memory for 2 tasks in flight"));
        assert_non_null(strstr(fake->error.text, "test fewer workers"));
    }
}

/* libuv opens a pipe with its first loop, and keeps it. */
static int open_the_first_loop(void **state) {
    if (set_up(state) != 0)
        return -1;
    struct fake_job *fake = &((struct world *)*state)->fake;
    int status = run_as(fake, "async", &steady, 1, 1);
    nothing_is_left(state);
    return status;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(same_work_however_many_are_in_flight),
        CLEAN(ten_thousand_are_in_flight_at_once),
        CLEAN(waits_are_exact),
        CLEAN(many_wait_for_descriptors),
        CLEAN(a_descriptor_is_waited_for_by_one),
        CLEAN(failures_are_counted),
        CLEAN(a_file_on_a_disk_cannot_be_waited_for),
        CLEAN(a_task_past_its_timeout_is_given_up),
        CLEAN(a_stop_wakes_the_loop_and_gives_up_what_is_in_flight),
        CLEAN(a_stop_before_the_first_task),
        CLEAN(a_held_loop_is_seen),
        CLEAN(only_what_others_had_to_wait_counts),
        CLEAN(the_parts_add_up),
        CLEAN(a_lean_job_measures_times_alone),
        cmocka_unit_test(what_does_not_fit_is_refused),
        CLEAN(too_many_for_the_memory_are_refused),
    };
    pp_stop_install();
    if (pp_executor_async.unavailable) {
        print_message("%s\n", pp_executor_async.unavailable);
        return 0;
    }
    return cmocka_run_group_tests(tests, open_the_first_loop, NULL);
}
