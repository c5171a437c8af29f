/* Where the workers' time goes: single ledgers, and whether the parts of real passes add up to the whole. */
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

#include "process_world.h"

/* ---- single ledgers ---- */

static void a_worker_that_never_got_work_had_nothing_left_from_the_start(void **state) {
    (void)state;
    struct pp_ledger ledger = {0};
    struct pp_ledger_sum sum = {0};
    pp_ledger_open(&ledger, 900);
    pp_ledger_add(&ledger, 1000, 5000, &sum);
    assert_int_equal(sum.tail_ns, 4000);
    assert_int_equal(sum.transfer_ns + sum.waiting_ns, 0);
}

static void spells_add_up(void **state) {
    (void)state;
    struct pp_ledger ledger = {0};
    struct pp_ledger_sum sum = {.waiting_ns = 1, .transfer_ns = 2, .tail_ns = 3};
    pp_ledger_open(&ledger, 500); /* ready before the work began at 1000 */
    pp_ledger_spell(&ledger, 1100, 2100, 950);
    pp_ledger_spell(&ledger, 2500, 4000, 1400);
    pp_ledger_add(&ledger, 1000, 5000, &sum);
    assert_int_equal(sum.waiting_ns, 1 + 100 + 400);
    assert_int_equal(sum.transfer_ns, 2 + 50 + 100);
    assert_int_equal(sum.tail_ns, 3 + 1000);
}

static void handing_back_is_transfer_and_the_time_before_it_tail(void **state) {
    (void)state;
    struct pp_ledger ledger = {0}, idle = {0};
    struct pp_ledger_sum sum = {0};
    pp_ledger_open(&ledger, 500);
    pp_ledger_spell(&ledger, 1100, 2100, 950);
    pp_ledger_hand_back(&ledger, 2700, 3000);
    pp_ledger_add(&ledger, 1000, 5000, &sum);
    assert_int_equal(sum.waiting_ns, 100);
    assert_int_equal(sum.transfer_ns, 50 + 300);
    assert_int_equal(sum.tail_ns, 600 + 2000);
    pp_ledger_open(&idle, 500);
    pp_ledger_hand_back(&idle, 2700, 3000);
    pp_ledger_add(&idle, 1000, 5000, &sum);
    assert_int_equal(sum.tail_ns, 600 + 2000 + 4000);
}

/* The parent may stop its clock before the worker has written down that it was done. */
static void no_part_is_negative(void **state) {
    (void)state;
    struct pp_ledger ledger = {0};
    struct pp_ledger_sum sum = {0};
    pp_ledger_open(&ledger, 2000);
    pp_ledger_spell(&ledger, 900, 2100, 1300);
    pp_ledger_spell(&ledger, 2100, 2200, 40);
    pp_ledger_add(&ledger, 1000, 2150, &sum);
    assert_int_equal(sum.waiting_ns + sum.tail_ns, 0);
    assert_int_equal(sum.transfer_ns, 60 - 50);
}

/* ---- whole passes ---- */

static int run_busily(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)state;
    (void)error;
    uint64_t end_ns = pp_clock_ns() + 300000;
    while (pp_clock_ns() < end_ns)
        continue;
    return fake_answer(args, item, output);
}

/* Some buckets apart from one to the next, so that the times of a chunk are many runs. */
static int run_unevenly(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    (void)state;
    (void)error;
    uint64_t end_ns = pp_clock_ns() + (item->index % 2 ? 12000 : 4000);
    while (pp_clock_ns() < end_ns)
        continue;
    return fake_answer(args, item, output);
}

static const struct pp_task busy = {.name = "busy", .run = run_busily, .verify = fake_verify};
static const struct pp_task uneven = {.name = "uneven", .run = run_unevenly, .verify = fake_verify};

static struct pp_histogram histogram;

/* Those whose workers are measured one by one; the first has processes, the others threads. */
static const char *const executors[] = {"process", "thread", "openmp"};
enum { EXECUTORS = sizeof executors / sizeof *executors };

/* One that this build has: another of them in place of a missing one. */
static const char *executor_at(size_t i) {
    return is_there(executors[i % EXECUTORS]) ? executors[i % EXECUTORS] : executors[0];
}

static int run_counting_times(struct fake_job *fake, const struct pp_task *task, uint64_t count, unsigned workers,
                              uint64_t chunk) {
    pp_histogram_clear(&histogram);
    fake_job_set(fake, task, count, workers);
    fake->job.chunk_size = chunk;
    fake->job.times = &histogram;
    return fake_job_run(fake, PP_START_FORK, NULL);
}

static uint64_t times_counted(void) { return histogram.count; }

/* The parts are measured in different processes; none is taken as what is left of the whole. A worker that loses its
 * CPU between two readings of the clock may be some microseconds off, which is more than one per cent of a short pass.
 */
static void assert_adds_up(const struct fake_job *fake) {
    const struct pp_sample *sample = &fake->sample;
    double whole_ns = (double)sample->work_ns * (fake->job.workers ? fake->job.workers : 1);
    double parts_ns =
        (double)(sample->busy_ns + sample->ledger.waiting_ns + sample->ledger.transfer_ns + sample->ledger.tail_ns);
    if (fabs(parts_ns - whole_ns) > 0.01 * whole_ns + 20e3)
        fail_msg("%s, %u workers: %.0f of %.0f ns", fake->job.task->name, fake->job.workers, parts_ns, whole_ns);
}

static void the_parts_of_a_pass_add_up_to_the_whole(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    const struct pp_task *const tasks[] = {&busy, &asleep, &well, &uneven};
    const uint64_t counts[] = {200, 30, 400000, 3000};
    const unsigned workers[] = {0, 1, 2, 5, 16};
    for (size_t t = 0; t < sizeof tasks / sizeof *tasks; t++)
        for (size_t w = 0; w < EXECUTORS * sizeof workers / sizeof *workers; w++) {
            fake->executor = executor_at(w);
            assert_int_equal(run_counting_times(fake, tasks[t], counts[t], workers[w / EXECUTORS], 0), 0);
            assert_whole(fake, 0);
            assert_adds_up(fake);
            assert_int_equal(times_counted(), counts[t]);
        }
}

/* Three long tasks for two workers: one has nothing to do for a third of the time, unless the other was held up so long
 * that it took two of them: then once more. */
static void an_idle_end_is_seen(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (size_t e = 0; e < EXECUTORS; e++) {
        uint64_t longest_ns = 0;
        fake->executor = executor_at(e);
        for (int attempt = 0; attempt < 20 && longest_ns < 4000000; attempt++) {
            assert_int_equal(run_counting_times(fake, &asleep, 3, 2, 0), 0);
            assert_adds_up(fake);
            if (fake->sample.ledger.tail_ns > longest_ns)
                longest_ns = fake->sample.ledger.tail_ns;
        }
        assert_true(longest_ns >= 4000000);
    }
}

static void sleeping_takes_no_cpu_and_computing_does(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned i = 0; i < 3 * EXECUTORS; i++) {
        unsigned workers = i / EXECUTORS;
        fake->executor = executor_at(i);
        assert_int_equal(run_counting_times(fake, &asleep, 20, workers, 0), 0);
        assert_int_equal(fake->sample.cpu_wall_ns, fake->sample.task_ns); /* long tasks are measured each */
        assert_true(fake->sample.cpu_ns < fake->sample.cpu_wall_ns / 5);
        assert_int_equal(run_counting_times(fake, &busy, 20, workers, 0), 0);
        assert_true(fake->sample.cpu_ns > fake->sample.cpu_wall_ns / 10); /* little on a busy machine */
        uint64_t used_ns = fake->sample.usage.user_ns + fake->sample.usage.system_ns;
        assert_true(used_ns >= fake->sample.cpu_ns / 2);
    }
}

/* A chunk whose times do not fit into one frame is reported in parts. */
static void more_times_than_a_frame_holds(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned i = 0; i < 3 * EXECUTORS; i++) {
        unsigned workers = i / EXECUTORS;
        fake->executor = executor_at(i);
        assert_int_equal(run_counting_times(fake, &uneven, 4 * PP_TIMES_MAX, workers, 1000000), 0);
        assert_whole(fake, 0);
        assert_int_equal(times_counted(), 4 * PP_TIMES_MAX);
        assert_true(fake->sample.shortest_ns >= 4000 && fake->sample.shortest_ns < 12000);
        assert_true(fake->sample.longest_ns >= 12000);
    }
}

static void a_lean_pass_measures_the_four_times_alone(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned i = 0; i < 3 * EXECUTORS; i++) {
        unsigned workers = i / EXECUTORS;
        fake->executor = executor_at(i);
        fake_job_set(fake, &busy, 20, workers);
        fake->job.lean = true;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        const struct pp_sample *sample = &fake->sample;
        assert_int_equal(sample->cpu_ns + sample->cpu_wall_ns + sample->shortest_ns + sample->longest_ns, 0);
        assert_int_equal(sample->ledger.waiting_ns + sample->ledger.tail_ns, 0);
    }
}

/* ---- the observer ---- */

struct seen {
    size_t ready, worked;
    uint64_t runs_when_ready, runs_when_worked;
    const struct fake_board *board;
};

static uint64_t runs_so_far(const struct seen *seen) {
    uint64_t runs = 0;
    for (size_t i = 0; i < FAKE_BOARD_ITEMS; i++)
        runs += atomic_load(&seen->board->runs[i]);
    return runs;
}

static void look(struct seen *seen, const pid_t *pids, size_t count) {
    for (size_t i = 0; i < count; i++)
        assert_int_equal(kill(pids[i], 0), 0);
    fake_sleep_ms(30);
    (void)seen;
}

static void on_ready(void *owner, const struct pp_crew *crew) {
    struct seen *seen = owner;
    seen->ready += crew->count;
    seen->runs_when_ready = runs_so_far(seen);
    look(seen, crew->ids, crew->count);
}

static void on_worked(void *owner, const struct pp_crew *crew) {
    struct seen *seen = owner;
    seen->worked += crew->count;
    seen->runs_when_worked = runs_so_far(seen);
    look(seen, crew->ids, crew->count);
}

/* It takes 60 ms, of which none may be found in the pass. */
static void the_observer_looks_while_no_clock_runs(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 3; workers++) {
        struct seen seen = {.board = fake->args.board};
        const struct pp_observer observer = {.owner = &seen, .ready = on_ready, .worked = on_worked};
        uint64_t before = runs_so_far(&seen);
        fake_job_set(fake, &well, 100, workers);
        fake->job.observer = &observer;
        assert_int_equal(fake_job_run(fake, PP_START_FORK, NULL), 0);
        assert_whole(fake, 0);
        assert_int_equal(seen.ready, workers ? workers : 1);
        assert_int_equal(seen.worked, seen.ready);
        assert_int_equal(seen.runs_when_ready, before);
        assert_int_equal(seen.runs_when_worked, before + 100);
        assert_true(fake->spent_ns - fake->sample.total_ns >= 60000000);
        assert_adds_up(fake);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_never_got_work_had_nothing_left_from_the_start),
        cmocka_unit_test(spells_add_up),
        cmocka_unit_test(handing_back_is_transfer_and_the_time_before_it_tail),
        cmocka_unit_test(no_part_is_negative),
        CLEAN(the_parts_of_a_pass_add_up_to_the_whole),
        CLEAN(an_idle_end_is_seen),
        CLEAN(sleeping_takes_no_cpu_and_computing_does),
        CLEAN(more_times_than_a_frame_holds),
        CLEAN(a_lean_pass_measures_the_four_times_alone),
        CLEAN(the_observer_looks_while_no_clock_runs),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
