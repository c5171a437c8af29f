/* How many tasks are handed over at a time: sizes at the edges, and whole passes simulated with workers that report
 * and get orders the way the dispatcher's do. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "exec/chunk.h"
#include "pptest/rng.h"

static struct pp_chunk_policy known(unsigned workers, double task_ns, uint64_t last) {
    return (struct pp_chunk_policy){.workers = workers, .task_ns = task_ns, .last = last};
}

/* ---- sizes ---- */

static void size_is_always_from_one_to_what_is_left(void **state) {
    (void)state;
    const double task_ns[] = {0.0, 1e-9, 1.0, 30.0, 1e3, 2e5, 5e6, 1e12, 1.8e19};
    const unsigned workers[] = {1, 2, 3, 64, 1024, UINT32_MAX};
    const uint64_t lefts[] = {1, 2, 3, 100, 1000000, UINT64_C(1) << 53, UINT64_MAX - 1, UINT64_MAX};
    const uint64_t fixed[] = {0, 1, 5, 1000000, UINT64_MAX};
    for (size_t t = 0; t < sizeof task_ns / sizeof *task_ns; t++)
        for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
            for (size_t l = 0; l < sizeof lefts / sizeof *lefts; l++)
                for (size_t f = 0; f < sizeof fixed / sizeof *fixed; f++) {
                    struct pp_chunk_policy policy = known(workers[w], task_ns[t], 1000);
                    policy.fixed = fixed[f];
                    uint64_t size = pp_chunk_size(&policy, lefts[l]);
                    assert_true(size >= 1 && size <= lefts[l]);
                    unsigned depth = pp_chunk_depth(&policy, lefts[l]);
                    assert_in_range(depth, 1, PP_CHUNK_DEPTH_MAX);
                }
}

static void first_chunk_is_one_task(void **state) {
    (void)state;
    struct pp_chunk_policy policy = known(2, 0.0, 0);
    assert_int_equal(pp_chunk_size(&policy, 1000000), 1);
    assert_int_equal(pp_chunk_depth(&policy, 1000000), 1);
}

static void tiny_tasks_get_large_chunks(void **state) {
    (void)state;
    struct pp_chunk_policy policy = known(2, 20.0, 100000);
    uint64_t size = pp_chunk_size(&policy, 10000000);
    assert_in_range(size, 1000, 100000); /* 20 µs to 2 ms of work */
}

static void long_tasks_go_one_at_a_time_and_none_waits(void **state) {
    (void)state;
    struct pp_chunk_policy policy = known(2, 10e6, 1);
    assert_int_equal(pp_chunk_size(&policy, 1000), 1);
    assert_int_equal(pp_chunk_depth(&policy, 1000), 1);
}

static void middling_tasks_go_one_at_a_time_with_one_waiting(void **state) {
    (void)state;
    struct pp_chunk_policy policy = known(2, 1e6, 1);
    assert_int_equal(pp_chunk_size(&policy, 1000), 1);
    assert_int_equal(pp_chunk_depth(&policy, 1000), 2);
}

static void chunks_shrink_to_one_at_the_end(void **state) {
    (void)state;
    struct pp_chunk_policy policy = known(4, 20.0, 100000);
    uint64_t before = UINT64_MAX, left = 1000000;
    while (left > 0) {
        uint64_t size = pp_chunk_size(&policy, left);
        assert_true(size <= before);
        before = size;
        left -= size;
    }
    assert_int_equal(before, 1);
    assert_int_equal(pp_chunk_depth(&policy, 1), 1);
    assert_int_equal(pp_chunk_depth(&policy, 0), 1);
}

static void a_share_is_never_more_than_half_of_what_is_left(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 1024; workers++) {
        struct pp_chunk_policy policy = known(workers, 1.0, 1000000);
        for (uint64_t left = 1; left < 100000; left = left * 3 + 1) {
            uint64_t size = pp_chunk_size(&policy, left);
            assert_true(size == 1 || size * workers * 2 <= left);
        }
    }
}

static void fixed_size_is_honoured(void **state) {
    (void)state;
    struct pp_chunk_policy policy = {.fixed = 5, .workers = 2};
    assert_int_equal(pp_chunk_size(&policy, 100), 5);
    assert_int_equal(pp_chunk_size(&policy, 5), 5);
    assert_int_equal(pp_chunk_size(&policy, 3), 3);
    pp_chunk_learn(&policy, 5, 5);
    assert_int_equal(pp_chunk_size(&policy, 100), 5);
    pp_chunk_learn(&policy, 5, UINT64_MAX);
    assert_int_equal(pp_chunk_size(&policy, 100), 5);
    policy.fixed = UINT64_MAX;
    assert_int_equal(pp_chunk_size(&policy, 100), 100);
}

/* ---- learning ---- */

static void learning_takes_extremes(void **state) {
    (void)state;
    struct pp_chunk_policy policy = {.workers = 1};
    pp_chunk_learn(&policy, 0, 1000);
    assert_true(policy.task_ns <= 0.0);
    pp_chunk_learn(&policy, 1, 0); /* below the clock's step: the shortest that is believed is 1 ns */
    assert_true(policy.task_ns >= 1.0);
    assert_int_equal(policy.last, 1);
    pp_chunk_learn(&policy, 1, UINT64_MAX);
    assert_true(isfinite(policy.task_ns));
    assert_int_equal(pp_chunk_size(&policy, UINT64_MAX), 1);
}

static void a_chunk_of_any_size_may_be_learned(void **state) {
    (void)state;
    for (int bit = 0; bit < 64; bit++) {
        struct pp_chunk_policy policy = {.workers = 1};
        pp_chunk_learn(&policy, UINT64_C(1) << bit, 1);
        uint64_t size = pp_chunk_size(&policy, UINT64_MAX);
        assert_true(size >= 1);
        assert_in_range(pp_chunk_depth(&policy, UINT64_MAX), 1, PP_CHUNK_DEPTH_MAX);
    }
}

static void growth_is_bounded_by_what_was_measured(void **state) {
    (void)state;
    struct pp_chunk_policy policy = {.workers = 1};
    pp_chunk_learn(&policy, 1, 1);
    assert_in_range(pp_chunk_size(&policy, 1000000), 2, 100);
    pp_chunk_learn(&policy, 1000, 1000);
    assert_in_range(pp_chunk_size(&policy, 1000000), 1001, 100000);
}

static void larger_chunks_and_newer_ones_are_believed(void **state) {
    (void)state;
    struct pp_chunk_policy policy = {.workers = 1};
    pp_chunk_learn(&policy, 1, 1000000); /* a cold start */
    pp_chunk_learn(&policy, 100, 100 * 50);
    assert_true(fabs(policy.task_ns - 50.0) < 1e-9);
    for (int i = 0; i < 20; i++)
        pp_chunk_learn(&policy, 10, 10 * 90);
    assert_true(fabs(policy.task_ns - 90.0) < 1.0);
    assert_int_equal(policy.last, 100);
}

/* ---- whole passes, simulated ---- */

/* From a result written until an order that answers it is read: two processes woken. */
static const double latency_ns = 20e3;

/* A chunk is about this long (chunk.c); the end may be uneven by one chunk of it. */
static const double chunk_about_ns = 200e3;

enum spread { EQUAL, UNIFORM, EXPONENTIAL, TWO_KINDS, SPREADS };

static double draw(struct pp_rng *rng, enum spread spread, double mean_ns) {
    double random = pp_rng_real(rng);
    switch (spread) {
    case UNIFORM:
        return 2.0 * random * mean_ns;
    case EXPONENTIAL:
        return -log(1.0 - random) * mean_ns;
    case TWO_KINDS: /* one in twenty takes about ten times as long */
        return random < 0.05 ? 6.9 * mean_ns : 0.69 * mean_ns;
    default:
        return mean_ns;
    }
}

struct sim_worker {
    double ends_ns[PP_CHUNK_DEPTH_MAX], wall_ns[PP_CHUNK_DEPTH_MAX]; /* of the chunks held, in order */
    uint64_t sizes[PP_CHUNK_DEPTH_MAX];
    unsigned held;
    double idle_ns; /* since when it has had nothing */
};

struct sim {
    struct pp_chunk_policy policy;
    struct pp_rng rng;
    enum spread spread;
    double mean_ns;
    uint64_t left, finished;
    struct sim_worker *workers;
    double busy_ns, longest_ns;    /* all tasks together; the longest one */
    double end_ns, worst_queue_ns; /* work that waited behind a running chunk while another worker had nothing */
};

static void sim_feed(struct sim *sim, struct sim_worker *worker, double now_ns) {
    unsigned depth = pp_chunk_depth(&sim->policy, sim->left);
    while (worker->held < depth && sim->left > 0) {
        uint64_t size = pp_chunk_size(&sim->policy, sim->left);
        assert_true(size >= 1 && size <= sim->left);
        double wall_ns = 0.0;
        for (uint64_t i = 0; i < size; i++) {
            double task_ns = draw(&sim->rng, sim->spread, sim->mean_ns);
            wall_ns += task_ns;
            sim->longest_ns = fmax(sim->longest_ns, task_ns);
        }
        double arrives_ns = now_ns + latency_ns;
        double begins_ns = worker->held ? fmax(worker->ends_ns[worker->held - 1], arrives_ns) : arrives_ns;
        worker->sizes[worker->held] = size;
        worker->wall_ns[worker->held] = wall_ns;
        worker->ends_ns[worker->held++] = begins_ns + wall_ns;
        sim->busy_ns += wall_ns;
        sim->left -= size;
    }
}

static struct sim_worker *sim_next(struct sim *sim) {
    struct sim_worker *first = NULL;
    for (unsigned i = 0; i < sim->policy.workers; i++) {
        struct sim_worker *worker = &sim->workers[i];
        if (worker->held > 0 && (!first || worker->ends_ns[0] < first->ends_ns[0]))
            first = worker;
    }
    return first;
}

/* A worker has run dry for good: what waits behind others' running chunks could have been its. */
static void sim_look_for_hoards(struct sim *sim) {
    for (unsigned i = 0; i < sim->policy.workers; i++) {
        double waiting_ns = 0.0;
        for (unsigned k = 1; k < sim->workers[i].held; k++)
            waiting_ns += sim->workers[i].wall_ns[k];
        sim->worst_queue_ns = fmax(sim->worst_queue_ns, waiting_ns);
    }
}

static void sim_step(struct sim *sim, struct sim_worker *worker) {
    double now_ns = worker->ends_ns[0];
    pp_chunk_learn(&sim->policy, worker->sizes[0], (uint64_t)worker->wall_ns[0]);
    sim->finished += worker->sizes[0];
    worker->held--;
    for (unsigned i = 0; i < worker->held; i++) {
        worker->ends_ns[i] = worker->ends_ns[i + 1];
        worker->wall_ns[i] = worker->wall_ns[i + 1];
        worker->sizes[i] = worker->sizes[i + 1];
    }
    sim_feed(sim, worker, now_ns);
    sim->end_ns = fmax(sim->end_ns, now_ns);
    if (worker->held == 0)
        sim_look_for_hoards(sim);
}

static void simulate(struct sim *sim, uint64_t count, unsigned workers) {
    sim->policy = (struct pp_chunk_policy){.workers = workers};
    sim->rng = (struct pp_rng){count ^ workers};
    sim->left = count;
    sim->workers = calloc(workers, sizeof *sim->workers);
    assert_non_null(sim->workers);
    for (unsigned i = 0; i < workers; i++)
        sim_feed(sim, &sim->workers[i], 0.0);
    for (struct sim_worker *worker; (worker = sim_next(sim));)
        sim_step(sim, worker);
    free(sim->workers);
    assert_int_equal(sim->finished, count);
}

static void passes_end_near_the_ideal(void **state) {
    (void)state;
    const unsigned workers[] = {1, 2, 3, 7, 64};
    const double means_ns[] = {5.0, 100.0, 3e3, 80e3, 1e6, 50e6};
    for (size_t w = 0; w < sizeof workers / sizeof *workers; w++)
        for (size_t m = 0; m < sizeof means_ns / sizeof *means_ns; m++)
            for (enum spread spread = EQUAL; spread < SPREADS; spread++) {
                double tasks = fmin(200000.0, 40e6 * workers[w] / means_ns[m]);
                uint64_t count = (uint64_t)fmax(tasks, 3.0 * workers[w]);
                struct sim sim = {.spread = spread, .mean_ns = means_ns[m]};
                simulate(&sim, count, workers[w]);
                double ideal_ns = sim.busy_ns / workers[w];
                /* Uneven by the longest task and two chunks; and the latency of the first few, small chunks. */
                double slack_ns = sim.longest_ns + 2.0 * chunk_about_ns + 10.0 * latency_ns;
                if (sim.end_ns > 1.02 * ideal_ns + slack_ns)
                    fail_msg("%u workers, %g ns, spread %d: %g ns, ideally %g ns", workers[w], means_ns[m], (int)spread,
                             sim.end_ns, ideal_ns);
                if (sim.worst_queue_ns > chunk_about_ns + sim.longest_ns)
                    fail_msg("%u workers, %g ns, spread %d: %g ns of work waited behind one worker", workers[w],
                             means_ns[m], (int)spread, sim.worst_queue_ns);
            }
}

static void a_thousand_workers_share_what_there_is(void **state) {
    (void)state;
    struct sim sim = {.spread = EXPONENTIAL, .mean_ns = 1000.0};
    simulate(&sim, 300000, 1024);
    assert_true(sim.end_ns < sim.busy_ns / 1024 + sim.longest_ns + 2.0 * chunk_about_ns + 20.0 * latency_ns);
    struct sim few = {.spread = EQUAL, .mean_ns = 1e6};
    simulate(&few, 1024, 1024); /* one each */
    assert_true(few.end_ns < 1e6 + 2.0 * latency_ns);
}

static void fewer_tasks_than_workers(void **state) {
    (void)state;
    for (uint64_t count = 1; count < 8; count++) {
        struct sim sim = {.spread = EQUAL, .mean_ns = 1e6};
        simulate(&sim, count, 8);
        assert_true(sim.end_ns < 1e6 + 2.0 * latency_ns);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_is_always_from_one_to_what_is_left),
        cmocka_unit_test(first_chunk_is_one_task),
        cmocka_unit_test(tiny_tasks_get_large_chunks),
        cmocka_unit_test(long_tasks_go_one_at_a_time_and_none_waits),
        cmocka_unit_test(middling_tasks_go_one_at_a_time_with_one_waiting),
        cmocka_unit_test(chunks_shrink_to_one_at_the_end),
        cmocka_unit_test(a_share_is_never_more_than_half_of_what_is_left),
        cmocka_unit_test(fixed_size_is_honoured),
        cmocka_unit_test(learning_takes_extremes),
        cmocka_unit_test(a_chunk_of_any_size_may_be_learned),
        cmocka_unit_test(growth_is_bounded_by_what_was_measured),
        cmocka_unit_test(larger_chunks_and_newer_ones_are_believed),
        cmocka_unit_test(passes_end_near_the_ideal),
        cmocka_unit_test(a_thousand_workers_share_what_there_is),
        cmocka_unit_test(fewer_tasks_than_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
