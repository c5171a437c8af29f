/* Scaling models on published data, against published fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scaling_fit.h"

/* Sun SPARCcenter 2000 with 16 processors, SPEC SDM91 of October 1994: users, scripts per hour. From Gunther 2007,
 * "Guerrilla Capacity Planning", as data set specsdm91 of the R package usl (Moeding). */
static const double specsdm91[][2] = {{1, 64.9},     {18, 995.9},   {36, 1652.4}, {72, 1853.2},
                                      {108, 1828.9}, {144, 1775.0}, {216, 1702.2}};

/* Ray tracing (BRL-CAD) on an SGI Origin 2000 with 64 processors: processors, operations per second. From the same
 * book, as data set raytracer of the same package. */
static const double raytracer[][2] = {{1, 20},   {4, 78},   {8, 130},  {12, 170}, {16, 190}, {20, 200},
                                      {24, 210}, {28, 230}, {32, 260}, {48, 280}, {64, 310}};

/* The package minimises squares of X itself, as if all points had the same absolute error. */
static struct pp_scaling fit_published(const double (*data)[2], size_t count, double absolute_error) {
    struct pp_scaling_point points[MOST];
    for (size_t i = 0; i < count; i++)
        points[i] = (struct pp_scaling_point){data[i][0], data[i][1], absolute_error / data[i][1]};
    return fit(points, count);
}

/* Published: sigma 0.02773 (standard error 0.0091), kappa 0.0001044 (0.0000199), gamma 90.0 (14.2), peak 97 (the
 * package's own tests). Minimising N / X with weights gives the same within 10 % for sigma and gamma, 2 % for kappa and
 * the peak: less than a third of those standard errors. */
static void specsdm91_agrees_with_the_published_fit(void **state) {
    (void)state;
    struct pp_scaling scaling = fit_published(specsdm91, COUNT(specsdm91), 80.0);
    const struct pp_scaling_model *usl_fit = &scaling.models[PP_SCALING_USL];
    assert_true(within(usl_fit->gamma.value, 90.0, 0.1) && within(usl_fit->sigma.value, 0.02773, 0.1));
    assert_true(within(usl_fit->kappa.value, 0.0001044, 0.02) && within(usl_fit->peak, 96.5, 0.02));
}

/* The peak, near 93 here, is no count that was measured, and the best measured one is 72: the model would rather have
 * 108, which is slower. It also misses these data by more than 5 %, so it is not chosen. */
static void peak_of_specsdm91_is_no_recommendation(void **state) {
    (void)state;
    struct pp_scaling scaling = fit_published(specsdm91, COUNT(specsdm91), 0.0);
    const struct pp_scaling_model *usl_fit = &scaling.models[PP_SCALING_USL];
    size_t best = 0;
    for (size_t i = 0; i < COUNT(specsdm91); i++)
        best = specsdm91[i][1] > specsdm91[best][1] ? i : best;
    assert_true(within(specsdm91[best][0], 72.0, 0.0));
    assert_true(usl_fit->peak > 90.0);
    assert_true(pp_scaling_predict(usl_fit, 108.0) > pp_scaling_predict(usl_fit, 72.0));
    assert_int_equal(scaling.reason, PP_SCALING_NO_FIT);
}

/* Published: sigma 0.0578 (95 %: 0.034 … 0.082), kappa 0.0000, gamma 21.85 (17.9 … 25.8) (the package's own tests): no
 * coherency, hence Amdahl's law. Here sigma and gamma agree within 2 %. */
static void raytracer_agrees_with_the_published_fit(void **state) {
    (void)state;
    struct pp_scaling scaling = fit_published(raytracer, COUNT(raytracer), 10.0);
    const struct pp_scaling_model *usl_fit = &scaling.models[PP_SCALING_USL];
    assert_int_equal(scaling.chosen, PP_SCALING_AMDAHL);
    assert_true(within(usl_fit->gamma.value, 21.85, 0.02) && within(usl_fit->sigma.value, 0.0578, 0.02));
    assert_true(usl_fit->kappa.value < 1e-5 && usl_fit->at_bound);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specsdm91_agrees_with_the_published_fit),
        cmocka_unit_test(peak_of_specsdm91_is_no_recommendation),
        cmocka_unit_test(raytracer_agrees_with_the_published_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
