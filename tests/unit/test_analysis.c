/* From passes to summaries, warnings and what is printed of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/column.h"
#include "analysis/summary.h"
#include "report/report.h"
#include "synthetic.h"

static struct synthetic made;

static int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    return 0;
}

static void set(const int *workers, const double *totals_s, size_t rounds) {
    synthetic_set(&made, workers);
    synthetic_fill(&made, totals_s, rounds, 0.0, NULL);
}

static void assert_near(double found, double expected) { assert_true(fabs(found - expected) < 1e-12); }

/* ---- summaries ---- */

static void repeated_passes_count_in_nothing(void **state) {
    (void)state;
    set((const int[]){0, 2, -1}, (const double[]){2, 1}, 6);
    for (size_t i = 0; i < 2; i++) {
        struct pp_pass *pass = synthetic_add(&made, i, 6, 1e6);
        pass->repeated = true;
        pass->disturbed = 1;
        pass->init_s = pass->task_avg_s = pass->task_cpu_s = pass->cpu_user_s = pass->peak_pss = pass->energy_j = 1e9;
        pass->breakdown = (struct pp_breakdown){1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9};
        pass->switches_voluntary = pass->faults_major = 1000000000;
    }
    synthetic_analyse(&made);
    const struct pp_case_result *two = &made.cases[1];
    assert_true(two->counted == 6 && two->repeats == 1 && two->disturbed == 0 && two->total.count == 6);
    assert_true(two->total.max == 1 && two->init.max == 0 && two->cost.cpu_s == 2 && two->task_cpu_s == 0.02);
    assert_true(two->breakdown.cpu == 2 && two->breakdown.tail == 0 && two->cost.switches_voluntary == 0);
    assert_true(isnan(two->memory.peak_pss) && isnan(two->cost.energy_j));
    assert_true(two->speedup.value == 2 && two->tasks_per_second == 100 && two->efficiency == 1);
    assert_int_equal(made.result.warning_count, 0);
}

static void one_slow_pass_does_not_move_the_throughput(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){0, -1});
    for (size_t round = 0; round < 5; round++)
        synthetic_add(&made, 0, round, round == 2 ? 1e3 : 2);
    synthetic_analyse(&made);
    assert_true(made.cases[0].tasks_per_second == SYNTHETIC_TASKS / 2.0);
}

static void speedups_are_those_of_equal_rounds(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){0, 2, -1});
    /* The machine becomes slower from round to round; rounds 1 and 6 are missing on one side each. */
    const double slow[] = {1, 2, 4, 8, 16, 32, 64, 128};
    for (size_t round = 0; round < 8; round++) {
        if (round == 4)
            synthetic_add(&made, 0, round, 1e3)->repeated = true;
        if (round != 1)
            synthetic_add(&made, 0, round, 3 * slow[round]);
        if (round == 3)
            synthetic_add(&made, 1, round, 1e-3)->repeated = true;
        if (round != 6)
            synthetic_add(&made, 1, round, slow[round]);
    }
    synthetic_analyse(&made);
    assert_near(made.cases[1].speedup.value, 3.0);
    assert_near(made.cases[1].speedup.ci95.low, 3.0);
    assert_near(made.cases[1].speedup.ci95.high, 3.0);
    assert_near(made.cases[1].efficiency, 1.5);
    double base[20], other[20];
    assert_int_equal(pp_column_pairs(&made.cases[0], &made.cases[1], pp_pass_total, base, other), 6);
    assert_true(base[1] == 12 && other[1] == 4 && base[5] == 3 * 128 && other[5] == 128);
}

static void no_speedup_without_an_equal_round(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){0, 2, -1});
    synthetic_add(&made, 0, 0, 2);
    synthetic_add(&made, 1, 1, 1);
    synthetic_analyse(&made);
    assert_true(isnan(made.cases[1].speedup.value) && isnan(made.cases[1].efficiency));
}

static void no_speedup_where_tasks_failed(void **state) {
    (void)state;
    for (size_t failed = 0; failed < 2; failed++) {
        set((const int[]){0, 2, -1}, (const double[]){2, 1}, 6);
        made.cases[failed].failed = 1;
        synthetic_analyse(&made);
        assert_false(made.cases[failed].verified);
        assert_true(isnan(made.cases[1].speedup.value) && !pp_interval_known(made.cases[1].speedup.ci95));
    }
}

static void task_times_come_from_the_histogram(void **state) {
    (void)state;
    static struct pp_histogram times;
    set((const int[]){1, 2, -1}, (const double[]){2, 1}, 2);
    pp_histogram_clear(&times);
    pp_histogram_add(&times, pp_histogram_bucket(10), 90);
    pp_histogram_add(&times, pp_histogram_bucket(50), 10);
    made.cases[1].histogram = &times;
    synthetic_analyse(&made);
    const struct pp_case_result *two = &made.cases[1];
    assert_true(two->task.count == 100 && fabs(two->task.p50_s - 10e-9) < 1e-15 &&
                fabs(two->task.p99_s - 50e-9) < 1e-15);
    assert_true(two->bucket_count == 2 && two->buckets[0].low_ns == 10 && two->buckets[0].count == 90);
    assert_true(two->buckets[1].low_ns == 50 && two->buckets[1].count == 10);
    assert_true(made.cases[0].bucket_count == 0 && made.cases[0].task.count == 0 && isnan(made.cases[0].task.p99_s));
}

static void costs_are_medians_and_memory_is_the_largest(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){2, -1});
    for (size_t i = 0; i < 5; i++) {
        struct pp_pass *pass = synthetic_add(&made, 0, i, 1);
        pass->cpu_user_s = (double)(i * i);
        pass->cpu_system_s = 1;
        pass->peak_pss = i == 2 ? 5e6 : i == 3 ? NAN : 1e6;
        pass->energy_j = i < 3 ? NAN : 7;
        pass->faults_major = i;
        pass->breakdown.tail = (double)i;
    }
    synthetic_analyse(&made);
    const struct pp_case_result *two = &made.cases[0];
    assert_true(two->cost.cpu_s == 5 && two->cost.cpu_user_s == 4 && two->cost.tasks_per_cpu_s == 20);
    assert_true(two->memory.peak_pss == 5e6 && two->cost.energy_j == 7 && two->cost.faults_major == 2);
    assert_true(two->breakdown.tail == 2);
}

static void analysing_again_takes_in_more_passes(void **state) {
    (void)state;
    set((const int[]){0, 2, -1}, (const double[]){2, 1}, 3);
    synthetic_analyse(&made);
    for (size_t round = 3; round < 6; round++) {
        synthetic_add(&made, 0, round, 2);
        synthetic_add(&made, 1, round, 1);
    }
    assert_int_equal(pp_analysis_summarise(&made.result, &made.arena), 0);
    assert_true(made.cases[1].counted == 6 && made.cases[1].total.count == 6);
    assert_true(pp_interval_known(made.cases[1].total.ci95));
}

/* ---- numbers of the whole result ---- */

static void the_rule_of_thumb_is_cpus_by_share(void **state) {
    (void)state;
    set((const int[]){0, 2, -1}, (const double[]){4, 2}, 6);
    made.result.machine.cpus.usable = 6;
    for (size_t i = 0; i < 6; i++)
        made.passes[0][i].breakdown =
            (struct pp_breakdown){.cpu = 1, .runnable = 0.5, .blocked = 3}; /* want of a CPU is not the task's */
    synthetic_analyse(&made);
    assert_near(made.result.rule_of_thumb, 24.0);
    made.result.lean = true;
    synthetic_analyse(&made);
    assert_true(isnan(made.result.rule_of_thumb));
}

static void the_noise_floor_is_that_of_the_noisiest_case(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){0, 2, -1});
    const double shifts[] = {0.99, 0.98, 1.0, 1.01, 1.02}; /* median absolute deviation 1 % */
    for (size_t round = 0; round < 5; round++) {
        synthetic_add(&made, 0, round, 2 * shifts[round]);
        synthetic_add(&made, 1, round, 1);
    }
    synthetic_analyse(&made);
    assert_near(made.result.noise_floor, 1.96 * sqrt(2.0) * 1.2533 * 1.4826 * 0.01 / sqrt(5.0));
    set((const int[]){0, 2, -1}, (const double[]){2, 1}, 2);
    synthetic_analyse(&made);
    assert_true(isnan(made.result.noise_floor));
}

static void models_are_of_those_that_did_all_their_work(void **state) {
    (void)state;
    double totals_s[8];
    const int workers[] = {0, 1, 2, 3, 4, 6, 8, 12, -1};
    for (size_t i = 0; i < 8; i++)
        totals_s[i] = (1 + 0.1 * (fmax(workers[i], 1) - 1)) / fmax(workers[i], 1);
    synthetic_set(&made, workers);
    struct pp_rng rng = {3};
    synthetic_fill(&made, totals_s, 10, 0.005, &rng);
    for (size_t i = 0; i < 10; i++)
        made.passes[7][i].total_s *= 3;
    made.cases[7].failed = 1;
    synthetic_analyse(&made);
    assert_int_equal(made.result.model_count, 3);
    assert_string_equal(made.result.model_remark, "");
    for (size_t i = 0; i < 3; i++)
        if (made.result.models[i].chosen) {
            assert_string_equal(made.result.models[i].name, "amdahl");
            assert_true(fabs(made.result.models[i].sigma - 0.1) < 0.005);
            assert_true(fabs(made.result.models[i].gamma - 100) < 2);
            assert_true(isnan(made.result.models[i].kappa) && isnan(made.result.models[i].roof));
        }
}

static void few_points_get_a_remark(void **state) {
    (void)state;
    set((const int[]){0, 1, 2, -1}, (const double[]){2, 2, 1}, 6);
    synthetic_analyse(&made);
    assert_string_equal(made.result.model_remark, "none: fewer than three worker counts");
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 2, 1}, 6);
    synthetic_analyse(&made);
    assert_string_equal(made.result.model_remark, "fewer than six worker counts: not to be extrapolated");
    set((const int[]){1, 2, 4, -1}, (const double[]){4, 1, 0.5}, 6);
    synthetic_analyse(&made);
    assert_string_equal(made.result.model_remark,
                        "none: 2 workers do more for each than 1 (superlinear: caches, or a disturbed pass)");
}

/* ---- warnings ---- */

static void assert_warnings(const char *const *texts) {
    synthetic_analyse(&made);
    size_t count = 0;
    for (; texts[count]; count++) {
        assert_true(count < made.result.warning_count);
        assert_string_equal(made.result.warnings[count], texts[count]);
    }
    assert_int_equal(made.result.warning_count, count);
}

static void every_doubt_is_a_warning(void **state) {
    (void)state;
    static const char *before[] = {"one from before"};
    set((const int[]){0, 1, 2, 4, -1}, (const double[]){2, 2, 0.0009, 1}, 6);
    made.result.warnings = before;
    made.result.warning_count = 1;
    made.passes[0][1].total_s = 4;
    made.passes[1][2].disturbed = made.passes[1][3].disturbed = 1;
    made.cases[1].failed = 7;
    for (size_t i = 0; i < 6; i++)
        made.passes[3][i].breakdown.other = -0.0404;
    assert_warnings((const char *const[]){
        "one from before",
        "sequential: the passes differ widely (2.00 s to 4.00 s); more of them, or a quieter machine, would help",
        "parallel_1: 2 of 6 passes were disturbed",
        "parallel_1: 7 tasks failed; its times are not compared with others",
        "parallel_2: a pass takes less than 1 ms; a larger task_count would tell more",
        "parallel_4: 1.0 % of the workers' time is not accounted for", NULL});
}

static void times_of_many_tasks_together_are_a_warning(void **state) {
    (void)state;
    set((const int[]){0, 1, 2, -1}, (const double[]){2, 2, 1}, 6);
    made.cases[1].timed_together = made.cases[2].timed_together = true;
    assert_warnings((const char *const[]){
        "tasks are too short for the clock to time one by one: they are timed many together", NULL});
}

static void small_doubts_are_none(void **state) {
    (void)state;
    set((const int[]){0, 4, -1}, (const double[]){1, 0.001}, 6);
    for (size_t i = 0; i < 6; i++)
        made.passes[1][i].breakdown.other = 0.00004 * 0.99;
    made.passes[0][0].total_s = 1.15;
    assert_warnings((const char *const[]){NULL});
    synthetic_set(&made, (const int[]){0, 2, -1});
    assert_warnings((const char *const[]){NULL});
}

static void a_precision_that_was_not_reached_is_a_warning(void **state) {
    (void)state;
    set((const int[]){0, 1, -1}, (const double[]){2, 1}, 6);
    for (size_t i = 0; i < 6; i++)
        made.passes[0][i].total_s = 2 + 0.02 * (double)i;
    made.result.complete = true;
    made.result.precision = 0.02;
    assert_warnings((const char *const[]){"sequential: the 95 % interval does not lie within 2 % to either side, as "
                                          "asked: it reaches 2.44 %; a longer max_time would help",
                                          NULL});
    made.result.warning_count = 0;
    made.result.precision = 0.025;
    assert_warnings((const char *const[]){NULL});
    set((const int[]){0, -1}, (const double[]){2}, 5);
    made.result.complete = true;
    made.result.precision = 0.02;
    assert_warnings((const char *const[]){"sequential: the 95 % interval does not lie within 2 % to either side, as "
                                          "asked: six passes are needed to know how far; a longer max_time would help",
                                          NULL});
}

/* ---- what is printed ---- */

typedef void writer(const struct pp_result *result, FILE *out);

static void write_console(const struct pp_result *result, FILE *out) {
    pp_console_write(result, &PP_TERMINAL_NONE, out);
}

static void write_csv(const struct pp_result *result, FILE *out) {
    assert_int_equal(pp_reporter_csv.write(result, out), 0);
}

static void write_json(const struct pp_result *result, FILE *out) {
    assert_int_equal(pp_reporter_json.write(result, out), 0);
}

static void assert_no_nan(void) {
    writer *const writers[] = {write_console, write_csv, write_json};
    for (size_t i = 0; i < 3; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        writers[i](&made.result, out);
        assert_int_equal(fclose(out), 0);
        if (strstr(text, "nan") || strstr(text, "inf"))
            fail_msg("%s", text);
        free(text);
    }
}

/* As the runner leaves them where no more than times were measured. */
static void make_lean(void) {
    made.result.lean = true;
    for (size_t i = 0; i < made.result.case_count; i++)
        for (size_t k = 0; k < made.cases[i].pass_count; k++) {
            struct pp_pass *pass = &made.passes[i][k];
            pass->task_cpu_s = NAN;
            pass->breakdown = (struct pp_breakdown){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        }
}

static void what_is_not_known_is_never_printed_as_nan(void **state) {
    (void)state;
    for (size_t rounds = 0; rounds < 7; rounds++)
        for (size_t lean = 0; lean < 2; lean++) {
            set((const int[]){0, 1, 2, 4, -1}, (const double[]){4, 3.9, 2, 1.95}, rounds);
            if (lean)
                make_lean();
            made.cases[1].failed = rounds == 3;
            synthetic_analyse(&made);
            assert_no_nan();
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(repeated_passes_count_in_nothing, tear_down),
        cmocka_unit_test_teardown(one_slow_pass_does_not_move_the_throughput, tear_down),
        cmocka_unit_test_teardown(speedups_are_those_of_equal_rounds, tear_down),
        cmocka_unit_test_teardown(no_speedup_without_an_equal_round, tear_down),
        cmocka_unit_test_teardown(no_speedup_where_tasks_failed, tear_down),
        cmocka_unit_test_teardown(task_times_come_from_the_histogram, tear_down),
        cmocka_unit_test_teardown(costs_are_medians_and_memory_is_the_largest, tear_down),
        cmocka_unit_test_teardown(analysing_again_takes_in_more_passes, tear_down),
        cmocka_unit_test_teardown(the_rule_of_thumb_is_cpus_by_share, tear_down),
        cmocka_unit_test_teardown(the_noise_floor_is_that_of_the_noisiest_case, tear_down),
        cmocka_unit_test_teardown(models_are_of_those_that_did_all_their_work, tear_down),
        cmocka_unit_test_teardown(few_points_get_a_remark, tear_down),
        cmocka_unit_test_teardown(every_doubt_is_a_warning, tear_down),
        cmocka_unit_test_teardown(times_of_many_tasks_together_are_a_warning, tear_down),
        cmocka_unit_test_teardown(small_doubts_are_none, tear_down),
        cmocka_unit_test_teardown(a_precision_that_was_not_reached_is_a_warning, tear_down),
        cmocka_unit_test_teardown(what_is_not_known_is_never_printed_as_nan, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
