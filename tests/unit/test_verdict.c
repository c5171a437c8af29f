/* The verdict: its words to the last one, what it offers instead, and whether it can be trusted. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "synthetic.h"

/* Builds with sanitizers are slow, and judge memory rather than coverage. */
#ifdef PP_NO_SIMD
enum { DRAWS = 20 };
#else
enum { DRAWS = 250 };
#endif

static struct synthetic made;

static int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    return 0;
}

/* Cases of those workers with exactly those totals in each of the rounds. */
static void set(const int *workers, const double *totals_s, size_t rounds) {
    synthetic_set(&made, workers);
    synthetic_fill(&made, totals_s, rounds, 0.0, NULL);
}

static void assert_verdict(const char *text) {
    synthetic_analyse(&made);
    assert_string_equal(made.result.verdict.text, text);
}

/* ---- its words ---- */

static void the_fastest_is_used_when_nothing_comes_near(void **state) {
    (void)state;
    set((const int[]){0, 1, 2, 4, -1}, (const double[]){4, 4, 2, 3}, 6);
    assert_verdict("use 2 workers (95 %: 2): the fastest; stops at: memory bandwidth or caches");
    const struct pp_verdict *verdict = &made.result.verdict;
    assert_true(verdict->known && verdict->workers == 2 && verdict->limiter == PP_LIMITER_MEMORY);
    assert_string_equal(verdict->name, "parallel_2");
    assert_string_equal(verdict->executor, "process");
    assert_string_equal(verdict->reason, "2 workers do 50 tasks/s for 4 CPU s a pass");
    assert_true(verdict->interval.low == 2 && verdict->interval.high == 2);
}

static void fewer_workers_are_used_when_they_are_nearly_as_fast(void **state) {
    (void)state;
    set((const int[]){0, 1, 4, 8, -1}, (const double[]){4, 4, 1.04, 1}, 6);
    assert_verdict(
        "use 4 workers (95 %: 4): within 5 % of the best (8), 48 % less CPU; stops at: memory bandwidth or caches");
    assert_string_equal(made.result.verdict.reason,
                        "4 workers do 96.15 tasks/s for 4.16 CPU s a pass; the fastest, 8, 100 for 8");
}

/* The medians, 1 and 1.02, and the rounds, of which it wins four of seven, do not agree on the one with 4 workers. */
static void the_fastest_by_medians_is_not_called_so_where_another_wins_most_rounds(void **state) {
    (void)state;
    const double chosen[] = {1, 1, 1, 1, 2, 2, 2}, other[] = {1.02, 1.02, 1.02, 0.97, 1.9, 1.9, 1.9};
    set((const int[]){2, 4, -1}, (const double[]){1, 1}, 7);
    for (size_t round = 0; round < 7; round++) {
        made.passes[0][round].total_s = chosen[round];
        made.passes[1][round].total_s = other[round];
        made.passes[1][round].cpu_user_s = made.passes[1][round].cpu_system_s = 0.01; /* an alternative: the cheapest */
    }
    synthetic_analyse(&made);
    assert_int_equal(made.result.verdict.workers, 2);
    assert_non_null(strstr(made.result.verdict.text, "): as fast as the fastest; "));
}

static void none_are_used_when_they_bring_nothing(void **state) {
    (void)state;
    set((const int[]){0, 1, 2, -1}, (const double[]){1, 1.2, 1.1}, 6);
    assert_verdict(
        "use 0 workers (plain calls; 95 %: 0): the fastest; more workers: limited by memory bandwidth or caches");
    assert_string_equal(made.result.verdict.executor, "sequential");
    assert_string_equal(made.result.verdict.reason, "0 workers do 100 tasks/s for 1 CPU s a pass");
}

static void one_worker_is_one_worker(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){1, 2}, 6);
    assert_verdict("use 1 worker (95 %: 1): the fastest; stops at: memory bandwidth or caches");
    assert_string_equal(made.result.verdict.reason, "1 worker does 100 tasks/s for 1 CPU s a pass");
}

static void the_last_measured_being_the_best_asks_for_more(void **state) {
    (void)state;
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 2, 1}, 6);
    assert_verdict("use 4 workers (95 %: 4): the fastest; nothing stopped it yet: measure more workers");
    assert_int_equal(made.result.verdict.limiter, PP_LIMITER_NONE);
}

static void what_was_not_measured_is_not_named(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){1, 2}, 6);
    for (size_t i = 0; i < 6; i++)
        made.passes[1][i].breakdown = (struct pp_breakdown){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    assert_verdict("use 1 worker (95 %: 1): the fastest; 2 workers bring no more, for no reason that was measured");
}

static void noise_widens_the_interval(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){1, 2, 4, -1});
    const double shifts[] = {0.94, 1.06, 0.97, 1.03, 0.96, 1.04};
    for (size_t round = 0; round < 6; round++) {
        synthetic_add(&made, 0, round, 4.0);
        synthetic_add(&made, 1, round, 1.0 / 0.955 * shifts[round]);
        synthetic_add(&made, 2, round, shifts[5 - round]);
    }
    assert_verdict("use 2 workers (95 %: 2–4): within 5 % of the best (4), 48 % less CPU; 4 workers bring no more, for "
                   "no reason that was measured");
}

/* The list of a config may be in any order. */
static void the_order_of_the_cases_does_not_matter(void **state) {
    (void)state;
    set((const int[]){8, 0, 4, 1, -1}, (const double[]){1, 4, 1.04, 4}, 6);
    assert_verdict(
        "use 4 workers (95 %: 4): within 5 % of the best (8), 48 % less CPU; stops at: memory bandwidth or caches");
}

/* ---- too little to say ---- */

static void one_worker_count_is_not_enough(void **state) {
    (void)state;
    set((const int[]){2, -1}, (const double[]){1}, 6);
    assert_verdict("no verdict: one worker count was measured; at least two are needed to compare");
    assert_false(made.result.verdict.known);
    assert_false(pp_interval_known(made.result.verdict.interval));
    assert_string_equal(made.result.verdict.reason,
                        "one worker count was measured; at least two are needed to compare");
}

static void one_pass_is_not_enough(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){2, 1}, 1);
    assert_verdict("no verdict: one pass says nothing about how much passes differ; set \"iterations\" to 6 or more");
    assert_false(made.result.verdict.known);
    made.result.precision = 0.03; /* it may not have iterations, too */
    assert_verdict("no verdict: one pass says nothing about how much passes differ; set a larger \"max_time\", or make "
                   "the tasks fewer");
}

static void few_passes_give_no_interval(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){2, 1}, 5);
    assert_verdict(
        "use 2 workers (no interval: 5 passes, 6 are needed): the fastest; nothing stopped it yet: measure more "
        "workers");
    assert_true(made.result.verdict.known);
    assert_false(pp_interval_known(made.result.verdict.interval));
}

static void cases_that_failed_are_left_out(void **state) {
    (void)state;
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 2, 1}, 6);
    made.cases[2].failed = 1;
    assert_verdict("use 2 workers (95 %: 2): the fastest; nothing stopped it yet: measure more workers");
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 2, 1}, 6);
    made.cases[1].failed = made.cases[2].failed = 3;
    assert_verdict("no verdict: fewer than two worker counts did all their work; nothing can be compared");
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 2, 1}, 6);
    made.cases[0].failed = made.cases[1].failed = made.cases[2].failed = 100;
    assert_verdict("no verdict: fewer than two worker counts did all their work; nothing can be compared");
}

static void cases_without_a_pass_are_left_out(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){1, 2, 4, -1});
    for (size_t round = 0; round < 6; round++) {
        synthetic_add(&made, 0, round, 2);
        synthetic_add(&made, 1, round, 1);
    }
    assert_verdict("use 2 workers (95 %: 2): the fastest; nothing stopped it yet: measure more workers");
    synthetic_set(&made, (const int[]){-1});
    synthetic_analyse(&made);
    assert_false(made.result.verdict.known);
}

/* The run was stopped before they were run again. */
static void repeated_passes_have_no_say(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){2, 1}, 7);
    for (size_t round = 0; round < 7; round++)
        if (round != 3) {
            made.passes[1][round].repeated = true;
            made.passes[1][round].total_s = 100;
        }
    assert_verdict("no verdict: one pass says nothing about how much passes differ; set \"iterations\" to 6 or more");
    made.passes[1][4].repeated = false;
    made.passes[1][4].total_s = 1;
    assert_verdict(
        "use 2 workers (no interval: 2 passes, 6 are needed): the fastest; nothing stopped it yet: measure more "
        "workers");
}

/* A result that was read from a file may hold anything. */
static void totals_that_are_no_times_give_no_verdict(void **state) {
    (void)state;
    const double totals_s[] = {0.0, -1.0, NAN};
    for (size_t i = 0; i < 3; i++) {
        set((const int[]){1, 2, -1}, (const double[]){totals_s[i], totals_s[i]}, 6);
        assert_verdict("no verdict: fewer than two worker counts did all their work; nothing can be compared");
        synthetic_release(&made);
    }
}

/* ---- what one might want instead ---- */

static const struct pp_alternative *alternative(const char *kind) {
    for (size_t i = 0; i < made.result.verdict.alternative_count; i++)
        if (strcmp(made.result.verdict.alternatives[i].kind, kind) == 0)
            return &made.result.verdict.alternatives[i];
    return NULL;
}

static void the_fastest_and_the_cheapest_are_offered(void **state) {
    (void)state;
    set((const int[]){0, 1, 4, 8, -1}, (const double[]){4, 4.4, 1.04, 1}, 6);
    synthetic_analyse(&made);
    assert_int_equal(made.result.verdict.alternative_count, 2);
    const struct pp_alternative *fastest = alternative("fastest"), *cheapest = alternative("cheapest");
    assert_true(fastest->workers == 8 && !fastest->extrapolated);
    assert_string_equal(fastest->name, "parallel_8");
    assert_string_equal(fastest->reason, "4.0 % faster, 95 %: 4.0 to 4.0 %; 8 CPU s a pass instead of 4.16");
    assert_true(cheapest->workers == 0 && !cheapest->extrapolated);
    assert_string_equal(cheapest->reason, "4 CPU s a pass instead of 4.16; 285 % slower, 95 %: 285 to 285 %");
}

/* Seven rounds of the cases with 2 and 4 workers, and what a pass of each costs. */
static void set_rounds(const double *two_s, const double *four_s, double two_cpu_s, double four_cpu_s) {
    set((const int[]){2, 4, -1}, (const double[]){1, 1}, 7);
    for (size_t round = 0; round < 7; round++) {
        made.passes[0][round].total_s = two_s[round];
        made.passes[1][round].total_s = four_s[round];
        made.passes[0][round].cpu_user_s = two_cpu_s;
        made.passes[1][round].cpu_user_s = four_cpu_s;
        made.passes[0][round].cpu_system_s = made.passes[1][round].cpu_system_s = 0.0;
    }
    synthetic_analyse(&made);
}

/* By the medians, 1 and 1.02 s, 4 workers are 2 % faster; in most rounds 1 %. */
static void how_far_an_alternative_is_is_told_in_pairs_of_rounds(void **state) {
    (void)state;
    const double four[] = {0.9, 0.9, 0.9, 1, 2, 2, 2}, two[] = {0.909, 0.909, 0.909, 1.02, 2.02, 2.02, 2.02};
    set_rounds(two, four, 4, 8);
    assert_int_equal(made.result.verdict.workers, 2);
    assert_string_equal(alternative("fastest")->reason,
                        "1.0 % faster, 95 %: 1.0 to 2.0 %; 8 CPU s a pass instead of 4");
    set_rounds(four, two, 4, 3);
    assert_int_equal(made.result.verdict.workers, 2);
    assert_string_equal(alternative("cheapest")->reason,
                        "3 CPU s a pass instead of 4; 1.0 % slower, 95 %: 1.0 to 2.0 %");
}

static void no_fastest_is_offered_that_is_slower_in_most_rounds(void **state) {
    (void)state;
    const double four[] = {1, 1, 1, 1, 2, 2, 2}, two[] = {1.02, 1.02, 1.02, 0.97, 1.9, 1.9, 1.9};
    set_rounds(two, four, 4, 8);
    assert_int_equal(made.result.verdict.workers, 2);
    assert_int_equal(made.result.verdict.alternative_count, 0);
}

static void what_costs_nearly_as_much_is_not_called_the_cheapest(void **state) {
    (void)state;
    const double two[] = {1, 1, 1, 1, 1, 1, 1}, four[] = {2, 2, 2, 2, 2, 2, 2};
    set_rounds(two, four, 0.1744, 0.1736);
    assert_null(alternative("cheapest"));
    set_rounds(two, four, 0.1744, 0.1724);
    assert_string_equal(alternative("cheapest")->reason,
                        "0.172 CPU s a pass instead of 0.174; 100 % slower, 95 %: 100 to 100 %");
    set_rounds((const double[]){1, 1, 1, 1, 1, 1, 1}, (const double[]){.99, .99, .99, .99, .99, .99, .99}, 0.174,
               0.1741);
    assert_string_equal(alternative("fastest")->reason,
                        "1.0 % faster, 95 %: 1.0 to 1.0 %; the same 0.174 CPU s a pass");
}

static void cpu_time_that_was_not_measured_is_not_told(void **state) {
    (void)state;
    const double two[] = {1.01, 1.01, 1.01, 1.01, 1.01, 1.01, 1.01}, four[] = {1, 1, 1, 1, 1, 1, 1};
    set_rounds(two, four, NAN, NAN);
    assert_string_equal(made.result.verdict.reason, "2 workers do 99.01 tasks/s; the fastest, 4, 100");
    assert_string_equal(alternative("fastest")->reason, "1.0 % faster, 95 %: 1.0 to 1.0 %");
}

static void what_is_chosen_is_not_offered_again(void **state) {
    (void)state;
    set((const int[]){1, 2, -1}, (const double[]){1, 2}, 6);
    synthetic_analyse(&made);
    assert_int_equal(made.result.verdict.alternative_count, 0);
}

/* 1 GB for all, and half a GB for each worker. */
static void set_memory(double limit_gb) {
    set((const int[]){0, 1, 2, 4, -1}, (const double[]){4, 4, 2, 3}, 6);
    const double peaks_gb[] = {1.0, 1.5, 2.0, 3.0};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 6; k++)
            made.passes[i][k].peak_pss = 1e9 * peaks_gb[i];
    made.result.machine.memory.usable = (uint64_t)(1e9 * limit_gb);
    synthetic_analyse(&made);
}

static void what_fits_into_memory_may_be_extrapolated(void **state) {
    (void)state;
    set_memory(8.2);
    const struct pp_alternative *fits = alternative("fits in memory");
    assert_non_null(fits);
    assert_true(fits->workers == 14 && fits->extrapolated && !fits->name);
    assert_string_equal(fits->reason, "the most that fit into 8.2 GB, at 500 MB for each and 1000 MB for all");
}

static void what_fits_into_memory_may_have_been_measured(void **state) {
    (void)state;
    set_memory(3.2);
    const struct pp_alternative *fits = alternative("fits in memory");
    assert_non_null(fits);
    assert_true(fits->workers == 4 && !fits->extrapolated);
    assert_string_equal(fits->name, "parallel_4");
}

static void what_fits_into_memory_is_not_said_of_the_chosen_one(void **state) {
    (void)state;
    set_memory(2.2);
    assert_int_equal(made.result.verdict.workers, 2);
    assert_null(alternative("fits in memory"));
}

static void memory_is_no_question_where_there_is_plenty(void **state) {
    (void)state;
    set_memory(40.0);
    assert_null(alternative("fits in memory"));
    set_memory(0.0); /* not known */
    assert_null(alternative("fits in memory"));
}

/* ---- can it be trusted? A thousand draws in all; each takes 10,000 resamples. ---- */

static double amdahl(double workers) { return workers / (1 + 0.05 * (workers - 1)); }
static double usl(double workers) { return workers / (1 + 0.03 * (workers - 1) + 0.008 * workers * (workers - 1)); }
static double roof(double workers) { return fmin(workers, 6); }
static double flat(double workers) { return workers >= 1; }

static const int counts[] = {0, 1, 2, 3, 4, 6, 8, 12, 16, -1};
enum { COUNTS = sizeof counts / sizeof counts[0] - 1 };

static size_t truth(const double *totals_s) {
    double best_s = INFINITY;
    for (size_t i = 0; i < COUNTS; i++)
        best_s = fmin(best_s, totals_s[i]);
    size_t right = 0;
    while (totals_s[right] * (1 - 0.05) > best_s)
        right++;
    return right;
}

static bool was_measured(unsigned workers) {
    for (size_t i = 0; i < COUNTS; i++)
        if ((unsigned)counts[i] == workers)
            return true;
    return false;
}

static void assert_trustworthy(double (*throughput)(double workers), double noise) {
    struct pp_rng rng = {11};
    double totals_s[COUNTS];
    for (size_t i = 0; i < COUNTS; i++)
        totals_s[i] = 10.0 / throughput(fmax(counts[i], 1));
    double right = counts[truth(totals_s)];
    int held = 0;
    for (int i = 0; i < DRAWS; i++) {
        synthetic_set(&made, counts);
        synthetic_fill(&made, totals_s, 10, noise, &rng);
        synthetic_analyse(&made);
        const struct pp_verdict *verdict = &made.result.verdict;
        assert_true(verdict->known && was_measured(verdict->workers));
        held += verdict->interval.low <= right && right <= verdict->interval.high;
        synthetic_release(&made);
    }
    double allowed = DRAWS >= 250 ? 0.0 : 3 * sqrt(DRAWS * 0.95 * 0.05);
    if (held < 0.95 * DRAWS - allowed)
        fail_msg("%d of %d verdicts hold %g workers (noise %g)", held, (int)DRAWS, right, noise);
}

static void what_follows_amdahls_law_is_seen_through_noise(void **state) {
    (void)state;
    assert_trustworthy(amdahl, 0.02);
}

static void a_curve_with_a_peak_is_seen_through_noise(void **state) {
    (void)state;
    assert_trustworthy(usl, 0.03);
}

static void a_roof_is_seen_through_noise(void **state) {
    (void)state;
    assert_trustworthy(roof, 0.01);
}

static void no_gain_at_all_is_seen_through_noise(void **state) {
    (void)state;
    assert_trustworthy(flat, 0.03);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_fastest_is_used_when_nothing_comes_near, tear_down),
        cmocka_unit_test_teardown(fewer_workers_are_used_when_they_are_nearly_as_fast, tear_down),
        cmocka_unit_test_teardown(the_fastest_by_medians_is_not_called_so_where_another_wins_most_rounds, tear_down),
        cmocka_unit_test_teardown(none_are_used_when_they_bring_nothing, tear_down),
        cmocka_unit_test_teardown(one_worker_is_one_worker, tear_down),
        cmocka_unit_test_teardown(the_last_measured_being_the_best_asks_for_more, tear_down),
        cmocka_unit_test_teardown(what_was_not_measured_is_not_named, tear_down),
        cmocka_unit_test_teardown(noise_widens_the_interval, tear_down),
        cmocka_unit_test_teardown(the_order_of_the_cases_does_not_matter, tear_down),
        cmocka_unit_test_teardown(one_worker_count_is_not_enough, tear_down),
        cmocka_unit_test_teardown(one_pass_is_not_enough, tear_down),
        cmocka_unit_test_teardown(few_passes_give_no_interval, tear_down),
        cmocka_unit_test_teardown(cases_that_failed_are_left_out, tear_down),
        cmocka_unit_test_teardown(cases_without_a_pass_are_left_out, tear_down),
        cmocka_unit_test_teardown(repeated_passes_have_no_say, tear_down),
        cmocka_unit_test_teardown(totals_that_are_no_times_give_no_verdict, tear_down),
        cmocka_unit_test_teardown(the_fastest_and_the_cheapest_are_offered, tear_down),
        cmocka_unit_test_teardown(how_far_an_alternative_is_is_told_in_pairs_of_rounds, tear_down),
        cmocka_unit_test_teardown(no_fastest_is_offered_that_is_slower_in_most_rounds, tear_down),
        cmocka_unit_test_teardown(what_costs_nearly_as_much_is_not_called_the_cheapest, tear_down),
        cmocka_unit_test_teardown(cpu_time_that_was_not_measured_is_not_told, tear_down),
        cmocka_unit_test_teardown(what_is_chosen_is_not_offered_again, tear_down),
        cmocka_unit_test_teardown(what_fits_into_memory_may_be_extrapolated, tear_down),
        cmocka_unit_test_teardown(what_fits_into_memory_may_have_been_measured, tear_down),
        cmocka_unit_test_teardown(what_fits_into_memory_is_not_said_of_the_chosen_one, tear_down),
        cmocka_unit_test_teardown(memory_is_no_question_where_there_is_plenty, tear_down),
        cmocka_unit_test_teardown(what_follows_amdahls_law_is_seen_through_noise, tear_down),
        cmocka_unit_test_teardown(a_curve_with_a_peak_is_seen_through_noise, tear_down),
        cmocka_unit_test_teardown(a_roof_is_seen_through_noise, tear_down),
        cmocka_unit_test_teardown(no_gain_at_all_is_seen_through_noise, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
