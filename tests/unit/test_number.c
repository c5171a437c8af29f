/* Numbers as text. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "pptest/rng.h"

static void numbers_are_as_short_as_they_can_be(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0"},
                 {-0.0, "-0"},
                 {2.0, "2"},
                 {0.8, "0.8"},
                 {-1.5, "-1.5"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {100.0 / 3.0, "33.333333333333336"},
                 {1e21, "1e+21"},
                 {1e-7, "1e-07"},
                 {123456789012345.0, "123456789012345"},
                 {9007199254740993.0, "9007199254740992"},
                 {DBL_MAX, "1.7976931348623157e+308"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[PP_NUMBER_BYTES];
        assert_int_equal(pp_number_text(cases[i].value, text, sizeof text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void any_double_reads_back_as_itself(void **state) {
    (void)state;
    struct pp_rng rng = {7};
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = pp_rng_next(&rng);
        double value;
        memcpy(&value, &bits, sizeof value);
        char text[PP_NUMBER_BYTES];
        if (!isfinite(value))
            continue;
        assert_true(pp_number_text(value, text, sizeof text) < sizeof text);
        assert_true(strtod(text, NULL) == value);
    }
}

static void text_that_does_not_fit_is_cut(void **state) {
    (void)state;
    char text[4] = "xyz";
    assert_int_equal(pp_number_text(0.125, text, sizeof text), 5);
    assert_string_equal(text, "0.1");
    assert_int_equal(pp_number_text(0.125, NULL, 0), 5);
}

static void figures_for_people_have_no_exponent_where_magnitudes_are_ordinary(void **state) {
    (void)state;
    static const struct {
        double value;
        int digits;
        const char *text;
    } rows[] = {{0.0, 4, "0"},
                {50.0, 4, "50"},
                {47.6190476, 4, "47.62"},
                {9626.4, 4, "9626"},
                {9999.4, 4, "9999"},
                {9999.5, 4, "10000"},
                {16592.3, 4, "16592"},
                {-16592.3, 4, "-16592"},
                {999.4, 3, "999"},
                {999.5, 3, "1000"},
                {1000.0, 3, "1000"},
                {2990.0, 3, "2990"},
                {12345.6, 2, "12346"},
                {120.0, 2, "120"},
                {9.5, 1, "10"},
                {0.918, 3, "0.918"},
                {0.99996, 4, "1"},
                {0.00012345, 3, "0.000123"},
                {0.0001, 4, "0.0001"},
                {0.00009876, 3, "9.88e-05"},
                {999999999.4, 3, "999999999"},
                {999999999.6, 4, "1e+09"},
                {1.23456e12, 4, "1.235e+12"},
                {DBL_MAX, 9, "1.79769313e+308"},
                {INFINITY, 4, "inf"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(pp_figure_of(rows[i].value, rows[i].digits).text, rows[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_as_short_as_they_can_be),
        cmocka_unit_test(any_double_reads_back_as_itself),
        cmocka_unit_test(text_that_does_not_fit_is_cut),
        cmocka_unit_test(figures_for_people_have_no_exponent_where_magnitudes_are_ordinary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
