/* The choice of the cheapest case that is nearly as good as the best, and its interval. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "stats/choice.h"
#include "stats/quantile.h"

enum { CASES = 12, ROUNDS = 30 };

/* Builds with sanitizers are slow, and judge memory rather than coverage. */
#ifdef PP_NO_SIMD
enum { DRAWS = 50 };
#else
enum { DRAWS = 1000 };
#endif

static struct pp_choice choose(const double *totals_s, size_t cases, size_t rounds, size_t resamples) {
    static _Alignas(max_align_t) unsigned char scratch[64 * 1024];
    struct pp_choice_input input = {.totals_s = totals_s,
                                    .cases = cases,
                                    .rounds = rounds,
                                    .within = PP_CHOICE_WITHIN,
                                    .seed = 1,
                                    .resamples = resamples};
    struct pp_choice choice;
    assert_true(pp_choice_scratch(cases, rounds) <= sizeof scratch);
    assert_int_equal(pp_choose(&input, scratch, &choice), 0);
    return choice;
}

/* Curves of throughput over workers, of which the right choice is known. */
static double roof(double workers) { return fmin(workers, 8); }
static double amdahl(double workers) { return workers / (1 + 0.05 * (workers - 1)); }
static double usl(double workers) { return workers / (1 + 0.03 * (workers - 1) + 0.004 * workers * (workers - 1)); }
static double flat(double workers) { return workers > 0 ? 1 : 0; }
/* One case is just good enough, or just not, below a plateau of equally good ones. */
static double just_above(double workers) { return workers < 8 ? 0.9 * workers : workers < 9 ? 7.604 : 8; }
static double just_below(double workers) { return workers < 8 ? 0.9 * workers : workers < 9 ? 7.596 : 8; }
static double slow_rise(double workers) { return 1 - 0.049 / workers; }

static double (*const curves[])(double workers) = {roof, amdahl, usl, flat, just_above, just_below, slow_rise};
enum { CURVES = sizeof curves / sizeof curves[0] };

struct setting {
    double (*throughput)(double workers);
    const double *workers;
    size_t cases, passes;
    double noise; /* standard deviation of log(total) */
};

static const double every[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const double spaced[] = {0, 1, 2, 4, 6, 8, 12, 16}; /* 0 is as fast as 1 */

static double total_of(const struct setting *setting, size_t c) {
    return 1 / setting->throughput(fmax(setting->workers[c], 1));
}

static size_t truth(const struct setting *setting) {
    double best_s = INFINITY;
    for (size_t c = 0; c < setting->cases; c++)
        best_s = fmin(best_s, total_of(setting, c));
    size_t chosen = 0;
    while (total_of(setting, chosen) * (1 - PP_CHOICE_WITHIN) > best_s)
        chosen++;
    return chosen;
}

static double normal(struct pp_rng *rng) {
    double radius = sqrt(-2 * log(1 - pp_rng_real(rng)));
    return radius * cos(2 * M_PI * pp_rng_real(rng));
}

/* Log-normal noise, and one pass in twenty that something held up. */
static void draw(const struct setting *setting, struct pp_rng *rng, double *totals_s) {
    for (size_t c = 0; c < setting->cases; c++)
        for (size_t pass = 0; pass < setting->passes; pass++) {
            double total_s = total_of(setting, c) * exp(setting->noise * normal(rng));
            if (pp_rng_real(rng) < 0.05)
                total_s *= 1.5 + pp_rng_real(rng);
            totals_s[c * setting->passes + pass] = total_s;
        }
}

struct tally {
    int held;
    double width; /* mean, in cases */
};

static struct tally tally(const struct setting *setting, int draws) {
    double totals_s[CASES * ROUNDS];
    struct pp_rng rng = {7};
    struct tally sum = {0};
    size_t right = truth(setting);
    for (int i = 0; i < draws; i++) {
        draw(setting, &rng, totals_s);
        struct pp_choice choice = choose(totals_s, setting->cases, setting->passes, 200);
        assert_true(choice.known && choice.low <= choice.chosen && choice.chosen <= choice.high);
        sum.held += choice.low <= right && right <= choice.high;
        sum.width += (double)(choice.high - choice.low + 1) / draws;
    }
    return sum;
}

static void assert_covered(const struct setting *setting) {
    /* Few draws may fall short by chance: by three standard deviations. */
    double allowed = DRAWS >= 1000 ? 0 : 3 * sqrt(DRAWS * 0.95 * 0.05);
    struct tally found = tally(setting, DRAWS);
    if (found.held < 0.95 * DRAWS - allowed)
        fail_msg("%d of %d intervals hold case %zu (passes %zu, noise %g)", found.held, (int)DRAWS, truth(setting),
                 setting->passes, setting->noise);
}

static void the_interval_holds_the_true_choice_95_times_in_100(void **state) {
    (void)state;
    const size_t passes[] = {6, 10, 20};
    for (size_t curve = 0; curve < CURVES; curve++)
        for (size_t i = 0; i < 3; i++) {
            assert_covered(&(struct setting){curves[curve], spaced, 8, passes[i], 0.01});
            assert_covered(&(struct setting){curves[curve], i == 0 ? every : spaced, i == 0 ? 12 : 8, passes[i], 0.05});
        }
}

static void more_rounds_narrow_the_interval(void **state) {
    (void)state;
    for (size_t curve = 0; curve < CURVES; curve++) {
        struct setting setting = {curves[curve], every, 12, 6, 0.05};
        struct tally few = tally(&setting, 50);
        setting.passes = 30;
        struct tally many = tally(&setting, 50);
        assert_true(many.width < 0.8 * few.width);
    }
}

static void a_clear_choice_has_an_interval_of_one(void **state) {
    (void)state;
    struct setting setting = {roof, spaced, 8, 20, 0.01};
    assert_true(tally(&setting, 50).width < 1.05);
}

static void the_cheapest_within_five_percent_is_chosen(void **state) {
    (void)state;
    const double totals_s[] = {2.0, 1.06, 1.05, 1.04, 1.0};
    struct pp_choice choice = choose(totals_s, 5, 1, 100);
    assert_int_equal(choice.best, 4);
    assert_int_equal(choice.chosen, 2); /* 1 / 1.05 = 0.952, 1 / 1.06 = 0.943 */
    assert_false(choice.known);
}

static void the_cheaper_of_equals_is_best(void **state) {
    (void)state;
    const double totals_s[] = {2.0, 1.0, 1.0};
    struct pp_choice choice = choose(totals_s, 3, 1, 100);
    assert_int_equal(choice.best, 1);
    assert_int_equal(choice.chosen, 1);
}

static void of_an_even_number_the_two_middle_passes_count(void **state) {
    (void)state;
    const double totals_s[] = {1.2, 1.0, 1.04, 1.0};
    struct pp_choice choice = choose(totals_s, 2, 2, 100);
    assert_int_equal(choice.best, 1);
    assert_int_equal(choice.chosen, 1); /* 1.02 / 1.1 = 0.927 */
}

/* Two cases, of which one is right without doubt; `passes` of the first are there. */
static struct pp_choice two_cases(size_t passes) {
    double totals_s[2 * 10];
    for (size_t i = 0; i < 10; i++) {
        totals_s[i] = i < passes ? 2.0 + 0.01 * (double)i : NAN;
        totals_s[10 + i] = 1.0 + 0.01 * (double)i;
    }
    return choose(totals_s, 2, 10, 1000);
}

static void five_passes_give_a_choice_but_no_interval(void **state) {
    (void)state;
    struct pp_choice few = two_cases(5), enough = two_cases(6);
    assert_int_equal(few.chosen, 1);
    assert_false(few.known);
    assert_true(enough.known && enough.low == 1 && enough.high == 1 && enough.share >= 1);
}

static void cases_without_a_pass_are_never_chosen(void **state) {
    (void)state;
    double totals_s[4 * 6];
    for (int i = 0; i < 24; i++)
        totals_s[i] = i < 6 ? NAN : i < 12 ? 3.0 + i * 0.001 : i < 18 ? 1.0 + i * 0.001 : INFINITY;
    struct pp_choice choice = choose(totals_s, 4, 6, 100);
    assert_true(choice.known && choice.best == 2 && choice.chosen == 2 && choice.low == 2 && choice.high == 2);
}

/* Of four cases 0, 1 and 3 may be chosen, 1 and 3 being of a kind: others between them do not widen their interval. */
static void the_interval_may_be_about_some_of_the_cases(void **state) {
    (void)state;
    const double shifts[] = {0.94, 1.06, 0.97, 1.03, 0.96, 1.04};
    const bool all_but_first[] = {false, true, true, true}, two[] = {false, true, false, true};
    double totals_s[24];
    for (size_t i = 0; i < 6; i++) {
        totals_s[i] = 1.09 * shifts[i];
        totals_s[6 + i] = shifts[5 - i] / 0.955;
        totals_s[12 + i] = 9.0;
        totals_s[18 + i] = shifts[i];
    }
    _Alignas(max_align_t) unsigned char scratch[4096];
    struct pp_choice_input input = {
        .totals_s = totals_s, .cases = 4, .rounds = 6, .within = PP_CHOICE_WITHIN, .seed = 1, .resamples = 1000};
    struct pp_choice choice;
    assert_int_equal(pp_choose(&input, scratch, &choice), 0);
    assert_true(choice.known && choice.chosen == 1 && choice.low == 0 && choice.high == 3);
    const bool *const peers[] = {all_but_first, two};
    for (size_t i = 0; i < 2; i++) {
        input.peers = peers[i];
        assert_int_equal(pp_choose(&input, scratch, &choice), 0);
        assert_true(choice.known && choice.chosen == 1 && choice.low == 1 && choice.high == 3);
    }
    input.resamples = 0;
    assert_int_equal(pp_choose(&input, scratch, &choice), 0);
    assert_true(!choice.known && choice.chosen == 1 && choice.best == 3);
}

static void nothing_measured_is_an_error(void **state) {
    (void)state;
    double totals_s[] = {NAN, 0, -1, INFINITY};
    _Alignas(max_align_t) unsigned char scratch[1024];
    struct pp_choice_input input = {
        .totals_s = totals_s, .cases = 2, .rounds = 2, .within = PP_CHOICE_WITHIN, .seed = 1, .resamples = 100};
    struct pp_choice choice = {.chosen = 77};
    assert_int_equal(pp_choose(&input, scratch, &choice), -ENODATA);
    assert_int_equal(choice.chosen, 77);
    input.cases = 0;
    assert_int_equal(pp_choose(&input, scratch, &choice), -ENODATA);
}

static void missing_passes_count_for_nothing(void **state) {
    (void)state;
    double whole[3 * 8], gaps[3 * 10];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 10; i++) {
            double total_s = 1.0 / (c + 1) + 0.002 * ((i * 7) % 10);
            gaps[c * 10 + i] = i < 8 ? total_s : 0;
            if (i < 8)
                whole[c * 8 + i] = total_s;
        }
    struct pp_choice a = choose(whole, 3, 8, 1000), b = choose(gaps, 3, 10, 1000);
    assert_true(a.known && b.known && a.best == b.best && a.chosen == b.chosen && a.low == b.low && a.high == b.high);
}

/* A round that was slow for all cases alike must not make them look different. */
static void what_a_round_shares_does_not_matter(void **state) {
    (void)state;
    double totals_s[2 * 10];
    for (int i = 0; i < 10; i++) {
        totals_s[10 + i] = 1 + 0.3 * i;
        totals_s[i] = 1.1 * totals_s[10 + i];
    }
    struct pp_choice choice = choose(totals_s, 2, 10, 1000);
    assert_true(choice.chosen == 1 && choice.low == 1 && choice.share >= 1);
}

/* The median of values[], each taken as often as its index is among the six base-6 digits of `draw`. */
static double median_of_draw(const double *values, int draw) {
    double drawn[6];
    for (int i = 0; i < 6; i++, draw /= 6)
        drawn[i] = values[draw % 6];
    return pp_median_select(drawn, 6);
}

static void the_share_is_that_of_all_possible_resamples(void **state) {
    (void)state;
    const double totals_s[] = {1.09, 0.9, 1.2, 1.02, 1.3, 0.95, 1, 1, 1, 1, 1, 1};
    int costlier = 0, all = 6 * 6 * 6 * 6 * 6 * 6;
    for (int i = 0; i < all; i++)
        costlier += median_of_draw(totals_s, i) * (1 - PP_CHOICE_WITHIN) > 1;
    struct pp_choice choice = choose(totals_s, 2, 6, 40000);
    assert_int_equal(choice.chosen, 1);
    assert_true(fabs(choice.share - (double)costlier / all) < 0.01);
}

static void equal_seeds_give_equal_choices(void **state) {
    (void)state;
    double totals_s[CASES * ROUNDS];
    struct pp_rng rng = {3};
    draw(&(struct setting){slow_rise, every, 12, 6, 0.05}, &rng, totals_s);
    struct pp_choice first = choose(totals_s, 12, 6, 1000), again = choose(totals_s, 12, 6, 1000);
    assert_memory_equal(&first.share, &again.share, sizeof first.share);
    assert_true(first.low == again.low && first.high == again.high && first.share > 0 && first.share < 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_holds_the_true_choice_95_times_in_100),
        cmocka_unit_test(more_rounds_narrow_the_interval),
        cmocka_unit_test(a_clear_choice_has_an_interval_of_one),
        cmocka_unit_test(the_cheapest_within_five_percent_is_chosen),
        cmocka_unit_test(the_cheaper_of_equals_is_best),
        cmocka_unit_test(of_an_even_number_the_two_middle_passes_count),
        cmocka_unit_test(five_passes_give_a_choice_but_no_interval),
        cmocka_unit_test(cases_without_a_pass_are_never_chosen),
        cmocka_unit_test(the_interval_may_be_about_some_of_the_cases),
        cmocka_unit_test(nothing_measured_is_an_error),
        cmocka_unit_test(missing_passes_count_for_nothing),
        cmocka_unit_test(what_a_round_shares_does_not_matter),
        cmocka_unit_test(the_share_is_that_of_all_possible_resamples),
        cmocka_unit_test(equal_seeds_give_equal_choices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
