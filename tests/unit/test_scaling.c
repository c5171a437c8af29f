/* Scaling models against SciPy (reference/scaling.py), and on synthetic data with known parameters. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "reference/scaling_values.h"
#include "scaling_fit.h"
#include "stats/nnls.h"

static double normal(struct pp_rng *rng) {
    double radius = sqrt(-2.0 * log(1.0 - pp_rng_real(rng)));
    return radius * cos(6.283185307179586 * pp_rng_real(rng));
}

/* What to measure, and how well. */
struct truth {
    struct pp_scaling_model model;
    double error;
};

static struct truth usl(double sigma, double kappa, double error) {
    return (struct truth){
        {.kind = PP_SCALING_USL, .fitted = true, .gamma = {100.0, 0}, .sigma = {sigma, 0}, .kappa = {kappa, 0}}, error};
}

static struct truth roof(double cores, double error) {
    return (struct truth){{.kind = PP_SCALING_ROOF, .fitted = true, .gamma = {100.0, 0}, .roof = {100.0 * cores, 0}},
                          error};
}

static const double counts[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32};

/* Points at the first `count` of `counts`, with log-normal noise of the stated error; rng NULL: without. */
static void measure(const struct truth *truth, struct pp_rng *rng, struct pp_scaling_point *points, size_t count) {
    for (size_t i = 0; i < count; i++) {
        double noise = rng == NULL ? 0.0 : truth->error * normal(rng);
        points[i] = (struct pp_scaling_point){counts[i], pp_scaling_predict(&truth->model, counts[i]) * exp(noise),
                                              truth->error};
    }
}

/* ---- against SciPy ---- */

static void check_fit(const struct pp_scaling_model *got, const struct reference_fit *want) {
    assert_true(within(got->gamma.value, want->value[0], 1e-7) && within(got->gamma.error, want->error[0], 1e-7));
    assert_true(within(got->sigma.value, want->value[1], 1e-6) && within(got->sigma.error, want->error[1], 1e-6));
    if (got->kind == PP_SCALING_USL)
        assert_true(within(got->kappa.value, want->value[2], 1e-6) && within(got->kappa.error, want->error[2], 1e-6));
    assert_true(within(got->chi_square, want->squares, 1e-6) && within(got->aicc, want->aicc, 1e-6));
}

static struct pp_scaling fit_reference(const struct reference_data *data) {
    struct pp_scaling_point points[REFERENCE_POINTS];
    for (size_t i = 0; i < REFERENCE_POINTS; i++)
        points[i] = (struct pp_scaling_point){data->workers[i], data->throughput[i], data->error[i]};
    return fit(points, REFERENCE_POINTS);
}

static void fits_are_those_of_scipy(void **state) {
    (void)state;
    for (size_t d = 0; d < COUNT(reference_data); d++) {
        struct pp_scaling got = fit_reference(&reference_data[d]);
        check_fit(&got.models[PP_SCALING_AMDAHL], &reference_data[d].amdahl);
        check_fit(&got.models[PP_SCALING_USL], &reference_data[d].usl);
    }
}

/* A fit to X instead of N / X weighs the same residuals a little differently: half a standard error apart at most. */
static void nonlinear_fit_agrees_within_its_error(void **state) {
    (void)state;
    for (size_t d = 0; d < COUNT(reference_data) - 1; d++) { /* the last has a roof */
        struct pp_scaling scaling = fit_reference(&reference_data[d]);
        const struct pp_scaling_model *got = &scaling.models[PP_SCALING_USL];
        const double *want = reference_data[d].nonlinear, *error = reference_data[d].nonlinear_error;
        assert_true(fabs(got->gamma.value - want[0]) < 0.5 * error[0]);
        assert_true(fabs(got->sigma.value - want[1]) < 0.5 * error[1]);
        assert_true(fabs(got->kappa.value - want[2]) < 0.5 * error[2]);
    }
}

/* The reference tries 20,001 corners, so it comes close from above. */
static void roof_is_no_worse_than_the_best_of_a_grid(void **state) {
    (void)state;
    for (size_t d = 0; d < COUNT(reference_data); d++) {
        const struct reference_data *want = &reference_data[d];
        struct pp_scaling scaling = fit_reference(want);
        const struct pp_scaling_model *got = &scaling.models[PP_SCALING_ROOF];
        assert_true(within(got->gamma.value, want->gamma, 1e-3) && within(got->roof.value, want->roof, 1e-3));
        assert_true(got->chi_square <= want->roof_squares * (1.0 + 1e-9));
        assert_true(within(got->chi_square, want->roof_squares, 1e-3));
    }
}

/* ---- known parameters ---- */

static void exact_data_give_exact_parameters(void **state) {
    (void)state;
    struct pp_scaling_point points[MOST];
    struct truth truth = usl(0.05, 0.001, 0.01);
    measure(&truth, NULL, points, COUNT(counts));
    struct pp_scaling got = fit(points, COUNT(counts));
    const struct pp_scaling_model *model = &got.models[PP_SCALING_USL];
    assert_int_equal(got.chosen, PP_SCALING_USL);
    assert_true(within(model->gamma.value, 100.0, 1e-9) && within(model->sigma.value, 0.05, 1e-9));
    assert_true(within(model->kappa.value, 0.001, 1e-9) && within(model->peak, sqrt(950.0), 1e-9));
    assert_true(within(model->ceiling, 2000.0, 1e-9) && !model->at_bound);
    assert_true(fabs(pp_scaling_residual(model, &points[3])) < 1e-9);
}

/* Of 1,000 draws with an error of 1 % a point, how many hold the truth within 2 standard errors; expected 95.4 %, and
 * the errors are widened when residuals are large by chance. */
static void parameters_lie_within_two_standard_errors(void **state) {
    (void)state;
    enum { DRAWS = 1000 };
    const struct truth truth = usl(0.05, 0.001, 0.01);
    struct pp_rng rng = {5};
    int gamma = 0, sigma = 0, kappa = 0;
    double sigma_error = 0.0, kappa_error = 0.0;
    for (int draw = 0; draw < DRAWS; draw++) {
        struct pp_scaling_point points[MOST];
        measure(&truth, &rng, points, COUNT(counts));
        struct pp_scaling scaling = fit(points, COUNT(counts));
        const struct pp_scaling_model *got = &scaling.models[PP_SCALING_USL];
        gamma += fabs(got->gamma.value - 100.0) < 2.0 * got->gamma.error;
        sigma += fabs(got->sigma.value - 0.05) < 2.0 * got->sigma.error;
        kappa += fabs(got->kappa.value - 0.001) < 2.0 * got->kappa.error;
        sigma_error += got->sigma.error / DRAWS;
        kappa_error += got->kappa.error / DRAWS;
    }
    if (getenv("PPTEST_TABLE") != NULL)
        printf("within 2 s.e.: gamma %d, sigma %d, kappa %d of %d; s.e. of sigma %.5f, kappa %.6f\n", gamma, sigma,
               kappa, DRAWS, sigma_error, kappa_error);
    assert_in_range(gamma, 940, 990);
    assert_in_range(sigma, 940, 990);
    assert_in_range(kappa, 940, 990);
    assert_true(sigma_error < 0.003 && kappa_error < 0.0001); /* 6 % of sigma, 10 % of kappa */
}

/* How often the model that made the data is chosen, of 500 draws with an error of 1 % a point. */
static int times_chosen(struct truth truth, enum pp_scaling_kind kind) {
    enum { DRAWS = 500 };
    struct pp_rng rng = {6};
    int chosen = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
        struct pp_scaling_point points[MOST];
        measure(&truth, &rng, points, COUNT(counts));
        chosen += fit(points, COUNT(counts)).chosen == (int)kind;
    }
    if (getenv("PPTEST_TABLE") != NULL)
        printf("chosen rightly: kind %d in %.1f %%\n", (int)kind, 100.0 * chosen / DRAWS);
    return 100 * chosen / DRAWS;
}

static void model_that_made_the_data_is_chosen(void **state) {
    (void)state;
    assert_in_range(times_chosen(usl(0.05, 0.001, 0.01), PP_SCALING_USL), 95, 100);
    assert_in_range(times_chosen(usl(0.1, 0.0, 0.01), PP_SCALING_AMDAHL), 90, 100);
    assert_in_range(times_chosen(roof(6.5, 0.01), PP_SCALING_ROOF), 95, 100);
}

static void linear_data_have_no_contention_and_no_roof(void **state) {
    (void)state;
    for (double gamma = 0.1; gamma < 1e6; gamma *= 1.7)
        for (size_t count = 3; count <= COUNT(counts); count++) {
            struct pp_scaling_point points[MOST];
            for (size_t i = 0; i < count; i++)
                points[i] = (struct pp_scaling_point){counts[i], gamma * counts[i], 0.01};
            struct pp_scaling got = fit(points, count);
            assert_int_equal(got.chosen, PP_SCALING_ROOF);
            const struct pp_scaling_model *amdahl = &got.models[PP_SCALING_AMDAHL],
                                          *limit = &got.models[PP_SCALING_ROOF];
            assert_true(limit->at_bound && isnan(limit->roof.error));
            assert_true(within(limit->roof.value, gamma * counts[count - 1], 1e-9));
            assert_true(amdahl->at_bound && amdahl->sigma.value <= 0.0 && isnan(amdahl->sigma.error));
            assert_true(isinf(amdahl->ceiling) && isinf(amdahl->peak));
            assert_int_equal(got.superlinear, count);
        }
}

/* A point above the corner pulls slope and roof up together: by the mean of all five logarithms. */
static void corner_may_lie_at_a_point(void **state) {
    (void)state;
    const struct pp_scaling_point points[] = {
        {1, 100, 0.02}, {2, 200, 0.02}, {3, 315, 0.02}, {4, 300, 0.02}, {6, 300, 0.02}};
    struct pp_scaling got = fit(points, COUNT(points));
    const struct pp_scaling_model *limit = &got.models[PP_SCALING_ROOF];
    assert_true(within(limit->gamma.value, 100.0 * pow(1.05, 0.2), 1e-9));
    assert_true(within(limit->roof.value, 300.0 * pow(1.05, 0.2), 1e-9));
    assert_false(limit->at_bound);
}

/* ---- refusals ---- */

static void superlinear_point_is_found(void **state) {
    (void)state;
    const struct truth truth = usl(0.01, 0.0, 0.01);
    struct pp_scaling_point points[MOST];
    measure(&truth, NULL, points, 7);
    points[3].throughput *= 1.3;
    struct pp_scaling got = fit(points, 7);
    assert_int_equal(got.superlinear, 3);
    assert_int_equal(got.chosen, -1);
    assert_int_equal(got.reason, PP_SCALING_SUPERLINEAR);
    points[3].throughput *= 1.02 / 1.3; /* still above linear scaling (by 1 %), but within the spread */
    got = fit(points, 7);
    assert_int_equal(got.superlinear, 7);
    assert_int_equal(got.reason, PP_SCALING_CHOSEN);
}

static void no_model_fits_a_zigzag(void **state) {
    (void)state;
    struct pp_scaling_point points[] = {{1, 100, 0.01}, {2, 120, 0.01}, {3, 280, 0.01}, {4, 150, 0.01},
                                        {6, 500, 0.01}, {8, 200, 0.01}, {12, 700, 0.01}};
    struct pp_scaling got = fit(points, COUNT(points));
    assert_int_equal(got.chosen, -1);
    assert_int_equal(got.reason, PP_SCALING_NO_FIT);
    for (size_t i = 0; i < COUNT(points); i++)
        points[i].error = 0.0;
    got = fit(points, COUNT(points));
    assert_int_equal(got.reason, PP_SCALING_NO_FIT);
    assert_true(!got.spread_known && isnan(got.models[PP_SCALING_USL].chi_square));
}

/* Throughput that falls with each worker: a free fit has a contention of 3. */
static void contention_is_at_most_all_of_the_work(void **state) {
    (void)state;
    struct pp_scaling_point points[6];
    for (size_t i = 0; i < COUNT(points); i++)
        points[i] = (struct pp_scaling_point){counts[i], 100.0 * counts[i] / (1.0 + 3.0 * (counts[i] - 1.0)), 0.01};
    struct pp_scaling got = fit(points, COUNT(points));
    const struct pp_scaling_model *amdahl = &got.models[PP_SCALING_AMDAHL], *usl = &got.models[PP_SCALING_USL];
    assert_true(amdahl->fitted && amdahl->at_bound && isnan(amdahl->sigma.error));
    assert_true(amdahl->sigma.value == 1.0 && within(amdahl->ceiling, amdahl->gamma.value, 1e-12));
    assert_true(amdahl->gamma.value > 100.0 / 3.0 && amdahl->gamma.value < 100.0);
    assert_true(usl->fitted && usl->sigma.value <= 1.0 && usl->kappa.value >= 0.0 && usl->peak == 1.0);
    assert_true(usl->chi_square <= amdahl->chi_square * (1.0 + 1e-9));
}

/* All work one at a time, and agreement on top: what the bound leaves to fit is found. */
static void at_the_bound_of_contention_coherency_is_still_fitted(void **state) {
    (void)state;
    struct pp_scaling_point points[MOST];
    const struct truth truth = usl(1.0, 0.01, 0.01);
    measure(&truth, NULL, points, COUNT(counts));
    const struct pp_scaling got = fit(points, COUNT(counts));
    const struct pp_scaling_model *model = &got.models[PP_SCALING_USL];
    assert_true(within(model->sigma.value, 1.0, 1e-9) && within(model->kappa.value, 0.01, 1e-9));
    assert_true(within(model->gamma.value, 100.0, 1e-9));
}

/* Passes that differ by several times agree with any curve. */
static void a_model_that_misses_by_a_quarter_is_not_chosen_however_wide_the_spread(void **state) {
    (void)state;
    struct pp_scaling_point points[] = {{1, 100, 0.9}, {2, 60, 0.9}, {3, 190, 0.9}, {4, 50, 0.9}, {6, 210, 0.9}};
    struct pp_scaling got = fit(points, COUNT(points));
    assert_int_equal(got.chosen, -1);
    assert_int_equal(got.reason, PP_SCALING_NO_FIT);
    points[1].throughput = 160; /* less is no matter where passes differ as much, but it is where they agree */
    points[3].throughput = 220;
    assert_true(fit(points, COUNT(points)).chosen >= 0);
    for (size_t i = 0; i < COUNT(points); i++)
        points[i].error = 0.01;
    assert_int_equal(fit(points, COUNT(points)).reason, PP_SCALING_NO_FIT);
}

static void few_points_leave_less_to_choose(void **state) {
    (void)state;
    const struct truth truth = usl(0.05, 0.01, 0.01);
    for (size_t count = 0; count <= PP_SCALING_POINTS; count++) {
        struct pp_scaling_point points[MOST];
        measure(&truth, NULL, points, count);
        struct pp_scaling got = fit(points, count);
        assert_int_equal(got.few_points, count < PP_SCALING_POINTS);
        assert_int_equal(got.models[PP_SCALING_AMDAHL].fitted, count >= 3);
        assert_int_equal(got.models[PP_SCALING_USL].fitted, count >= 4);
        assert_int_equal(isnan(got.models[PP_SCALING_AMDAHL].aicc) == 0, count >= 5);
        assert_int_equal(isnan(got.models[PP_SCALING_USL].aicc) == 0, count >= 6);
        assert_int_equal(got.reason, count < 3 ? PP_SCALING_TOO_FEW_POINTS : PP_SCALING_CHOSEN);
        assert_int_equal(got.chosen, count < 3 ? -1 : count < 6 ? PP_SCALING_AMDAHL : PP_SCALING_USL);
        assert_true(isnan(pp_scaling_predict(&got.models[PP_SCALING_USL], 2.0)) == (count < 4));
    }
}

static void points_out_of_order_or_range_are_refused(void **state) {
    (void)state;
    const struct pp_scaling_point bad[][2] = {
        {{2, 1, 0}, {1, 1, 0}},   {{1, 1, 0}, {1, 1, 0}},  {{0, 1, 0}, {1, 1, 0}},        {{1, 0, 0}, {2, 1, 0}},
        {{1, 1, 0}, {2, NAN, 0}}, {{1, 1, -1}, {2, 1, 0}}, {{1, 1, 0}, {INFINITY, 1, 0}}, {{1, 1, NAN}, {2, 1, 0}},
    };
    struct pp_scaling scaling;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(pp_scaling_fit(bad[i], 2, &scaling), -EINVAL);
}

static void rows_that_decide_nothing_are_refused(void **state) {
    (void)state;
    struct pp_nnls sums = {.right = {0.0}};
    struct pp_nnls_solution solution;
    assert_int_equal(pp_nnls_solve(&sums, 3, &solution), -EDOM);
    pp_nnls_add(&sums, (const double[]){1.0, 2.0, 0.0}, -1.0, 1.0); /* the first coefficient would be negative */
    assert_int_equal(pp_nnls_solve(&sums, 2, &solution), -EDOM);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_those_of_scipy),
        cmocka_unit_test(nonlinear_fit_agrees_within_its_error),
        cmocka_unit_test(roof_is_no_worse_than_the_best_of_a_grid),
        cmocka_unit_test(exact_data_give_exact_parameters),
        cmocka_unit_test(parameters_lie_within_two_standard_errors),
        cmocka_unit_test(model_that_made_the_data_is_chosen),
        cmocka_unit_test(linear_data_have_no_contention_and_no_roof),
        cmocka_unit_test(corner_may_lie_at_a_point),
        cmocka_unit_test(superlinear_point_is_found),
        cmocka_unit_test(no_model_fits_a_zigzag),
        cmocka_unit_test(contention_is_at_most_all_of_the_work),
        cmocka_unit_test(at_the_bound_of_contention_coherency_is_still_fitted),
        cmocka_unit_test(a_model_that_misses_by_a_quarter_is_not_chosen_however_wide_the_spread),
        cmocka_unit_test(few_points_leave_less_to_choose),
        cmocka_unit_test(points_out_of_order_or_range_are_refused),
        cmocka_unit_test(rows_that_decide_nothing_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
