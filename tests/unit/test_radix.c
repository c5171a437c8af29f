/* The radix sort against qsort, on what sorts usually get wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/radix.h"
#include "pptest/rng.h"

static uint64_t bits_of(double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* The order that the header promises, worked out in another way: by sign first, then by magnitude. */
static int order(const void *a, const void *b) {
    uint64_t x = bits_of(*(const double *)a), y = bits_of(*(const double *)b);
    if (x >> 63 != y >> 63)
        return x >> 63 ? -1 : 1;
    int larger = (x > y) - (x < y);
    return x >> 63 ? -larger : larger;
}

/* Sorts a copy of `reals` in both ways and compares them bit by bit. */
static void assert_sorts(const double *reals, size_t count) {
    size_t bytes = (count + 1) * sizeof(double);
    double *expected = malloc(bytes), *input = malloc(bytes), *scratch = malloc(bytes);
    assert_true(expected && input && scratch);
    if (count > 0) {
        memcpy(expected, reals, count * sizeof(double));
        memcpy(input, reals, count * sizeof(double));
        qsort(expected, count, sizeof *expected, order);
    }
    input[count] = scratch[count] = 0x1.23456p78; /* a guard behind the end */
    const double *sorted = pp_radix_sort(input, scratch, count);
    assert_true(sorted == input || sorted == scratch);
    if (count > 0)
        assert_memory_equal(sorted, expected, count * sizeof(double));
    assert_int_equal(bits_of(input[count]), bits_of(0x1.23456p78));
    assert_int_equal(bits_of(scratch[count]), bits_of(0x1.23456p78));
    free(scratch);
    free(input);
    free(expected);
}

static void sorts_any_count(void **state) {
    (void)state;
    double reals[300];
    for (size_t count = 0; count < sizeof reals / sizeof *reals; count++) {
        pp_rng_fill_reals(count, reals, count, -1, 1);
        assert_sorts(reals, count);
    }
}

static void sorts_special_values(void **state) {
    (void)state;
    const double special[] = {INFINITY, -INFINITY, 0.0, -0.0,  NAN,   -NAN,   0x1p-1074, -0x1p-1074, 0x1p-1022,
                              1.0,      -1.0,      1.5, -1.75, 1e308, -1e308, 1e-300,    -1e-300,    0.1};
    enum { KINDS = sizeof special / sizeof *special };
    double reals[1000];
    struct pp_rng rng = {7};
    for (size_t count = KINDS; count <= 1000; count += 491) {
        for (size_t i = 0; i < count; i++)
            reals[i] = special[pp_rng_range(&rng, 0, KINDS - 1)];
        assert_sorts(reals, count);
    }
}

/* Every bit pattern, so every exponent and both signs. */
static void sorts_any_bits(void **state) {
    (void)state;
    enum { COUNT = 50000 };
    double *reals = malloc(COUNT * sizeof *reals);
    assert_non_null(reals);
    pp_rng_fill_bytes(3, reals, COUNT * sizeof *reals);
    assert_sorts(reals, COUNT);
    free(reals);
}

/* Numbers that agree in their upper bits, which a sort by these alone leaves in disorder. */
static void sorts_crowded_values(void **state) {
    (void)state;
    enum { COUNT = 20000 };
    double *reals = malloc(COUNT * sizeof *reals);
    assert_non_null(reals);
    const double widths[] = {0x1p-51, 0x1p-40, 0x1p-30, 0x1p-20, 0x1p-10};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        pp_rng_fill_reals(i, reals, COUNT, 1.0, 1.0 + widths[i]);
        assert_sorts(reals, COUNT);
        pp_rng_fill_reals(i, reals, COUNT, -1.0 - widths[i], -1.0);
        assert_sorts(reals, COUNT);
    }
    free(reals);
}

static void sorts_ordered_and_equal(void **state) {
    (void)state;
    enum { COUNT = 5000 };
    static double up[COUNT], down[COUNT], equal[COUNT], few[COUNT];
    for (int i = 0; i < COUNT; i++) {
        up[i] = i - COUNT / 2;
        down[i] = COUNT / 2 - i;
        equal[i] = 0.25;
        few[i] = i % 3 - 1;
    }
    assert_sorts(up, COUNT);
    assert_sorts(down, COUNT);
    assert_sorts(equal, COUNT);
    assert_sorts(few, COUNT);
}

/* Above 2^24 items one more digit is sorted by. */
static void sorts_many(void **state) {
    (void)state;
    size_t count = ((size_t)1 << 24) + 3;
    double *reals = malloc(count * sizeof *reals), *scratch = malloc(count * sizeof *scratch);
    assert_true(reals && scratch);
    pp_rng_fill_reals(5, reals, count, -1, 1);
    uint64_t before = 0, after = 0, wrong = 0;
    for (size_t i = 0; i < count; i++)
        before += pp_mix64(bits_of(reals[i]));
    const double *sorted = pp_radix_sort(reals, scratch, count);
    for (size_t i = 0; i < count; i++) {
        after += pp_mix64(bits_of(sorted[i]));
        wrong += i > 0 && sorted[i - 1] > sorted[i];
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(before, after);
    free(scratch);
    free(reals);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_any_count),         cmocka_unit_test(sorts_special_values),
        cmocka_unit_test(sorts_any_bits),          cmocka_unit_test(sorts_crowded_values),
        cmocka_unit_test(sorts_ordered_and_equal), cmocka_unit_test(sorts_many)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
