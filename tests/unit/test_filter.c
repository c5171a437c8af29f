/* filter: kept pixels equal those of a plain convolution, and one wrong pixel is found wherever it is. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pptest/rng.h"
#include "task_fixture.h"

extern const struct pp_task pp_task_filter;

/* As the task's arguments are laid out. */
struct filter_args {
    int64_t size, kernel, stride;
};

static struct fixture started(int64_t size, int64_t kernel, int64_t stride) {
    struct fixture f = fixture_new(&pp_task_filter, "/tmp", 0);
    *(struct filter_args *)f.args = (struct filter_args){size, kernel, stride};
    if (fixture_start(&f) != 0)
        fail_msg("%s", f.error.text);
    return f;
}

static size_t count_of(const struct fixture *f) { return f->task->result_bytes(f->shared, f->args) / sizeof(double); }

/* Writes each pixel of the picture onto all that it reaches: the other way round than the task goes. */
static double *spread(const struct filter_args *a, const double *picture, const double *weights) {
    size_t size = (size_t)a->size, kernel = (size_t)a->kernel, whole = size + kernel - 1;
    double *out = calloc(whole * whole, sizeof *out);
    assert_non_null(out);
    for (size_t y = 0; y < size; y++)
        for (size_t x = 0; x < size; x++)
            for (size_t i = 0; i < kernel; i++)
                for (size_t k = 0; k < kernel; k++)
                    out[(y + i) * whole + x + k] += picture[y * size + x] * weights[i * kernel + k];
    return out;
}

static void check_against_plain(int64_t size, int64_t kernel, int64_t stride) {
    struct fixture f = started(size, kernel, stride);
    const struct filter_args *a = f.args;
    double weights[64 * 64], *result = malloc(count_of(&f) * sizeof(double));
    double *picture = malloc(f.task->input_bytes(f.shared, f.args));
    struct pp_item item = {.seed = 77, .input = picture}; /* from the heap, where reading beyond it shows */
    assert_true(result && picture);
    pp_rng_fill_reals(77, weights, (size_t)(kernel * kernel), -1, 1);
    f.task->input(f.shared, f.args, &item, picture);
    f.output = (struct pp_output){.result = result};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_equal(fixture_verify(&f, 77), 0);
    double *all = spread(a, picture, weights);
    size_t whole = (size_t)(size + kernel - 1), side = (whole + (size_t)stride - 1) / (size_t)stride;
    assert_int_equal(count_of(&f), side * side);
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++)
            assert_true(fabs(result[y * side + x] - all[(y * whole + x) * (size_t)stride]) <= 1e-12);
    free(all);
    free(picture);
    free(result);
    fixture_free(&f, true);
}

static void kept_pixels_are_those_of_a_plain_convolution(void **state) {
    (void)state;
    check_against_plain(50, 4, 5);
    check_against_plain(53, 4, 1);
    check_against_plain(40, 1, 3);
    check_against_plain(31, 7, 2);
    check_against_plain(5, 9, 2); /* the filter is larger than the picture */
    check_against_plain(1, 4, 5);
    check_against_plain(12, 3, 100);
    check_against_plain(80, 64, 3);
}

/* Filters and pictures that do not fill the kernels' vectors, and kept pixels that do not fill their groups. */
static void sides_of_any_size_will_do(void **state) {
    (void)state;
    for (int64_t size = 1; size <= 33; size += 2)
        for (int64_t kernel = 1; kernel <= 9; kernel++)
            for (int64_t stride = 1; stride <= 6; stride++)
                check_against_plain(size, kernel, stride);
}

static void moved_pictures_give_the_same_answer(void **state) {
    (void)state;
    struct fixture f = started(60, 4, 5);
    assert_int_equal(fixture_do(&f, 9), 0);
    uint64_t digest = f.output.digest;
    void *input = malloc(f.task->input_bytes(f.shared, f.args));
    struct pp_item item = {.seed = 9, .input = input};
    assert_non_null(input);
    f.task->input(f.shared, f.args, &item, input);
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_equal(f.output.digest, digest);
    ((double *)input)[0] += 1; /* that one is what it works with */
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_not_equal(f.output.digest, digest);
    assert_int_equal(fixture_verify(&f, 9), -EBADMSG);
    free(input);
    fixture_free(&f, true);
}

static void any_wrong_pixel_is_found(void **state) {
    (void)state;
    struct fixture f = started(300, 4, 5);
    double *result = malloc(count_of(&f) * sizeof(double));
    assert_non_null(result);
    struct pp_item item = {.seed = 3};
    f.output = (struct pp_output){.result = result};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    for (size_t i = 0; i < count_of(&f); i += 371) {
        double right = result[i];
        result[i] += 1e-5;
        assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
        assert_non_null(strstr(f.error.text, "add up to"));
        result[i] = NAN;
        assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
        result[i] = right;
    }
    assert_int_equal(fixture_verify(&f, 3), 0);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 4), -EBADMSG); /* another filter's answer */
    free(result);
    fixture_free(&f, true);
}

/* They are right, but not there: nothing that is added up alike for all of them would tell. */
static void two_pixels_in_each_others_place_are_found(void **state) {
    (void)state;
    struct fixture f = started(300, 4, 5);
    double *result = malloc(count_of(&f) * sizeof(double));
    assert_non_null(result);
    struct pp_item item = {.seed = 3};
    f.output = (struct pp_output){.result = result};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    for (size_t i = 1; i < count_of(&f); i += 97)
        for (size_t k = 0; k < i; k += 397) {
            double one = result[i], other = result[k];
            result[i] = other;
            result[k] = one;
            assert_int_equal(fixture_verify(&f, 3), -EBADMSG);
            assert_non_null(strstr(f.error.text, "add up to"));
            result[i] = one;
            result[k] = other;
        }
    assert_int_equal(fixture_verify(&f, 3), 0);
    free(result);
    fixture_free(&f, true);
}

/* Whatever the seed: rounding alone never makes an answer wrong. */
static void right_answers_are_never_refused(void **state) {
    (void)state;
    static const int64_t sides[][3] = {{1, 1, 1}, {2, 2, 1}, {300, 4, 5}, {200, 5, 1}, {130, 64, 3}, {40, 63, 1}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        struct fixture f = started(sides[i][0], sides[i][1], sides[i][2]);
        for (uint64_t seed = 0; seed < 20; seed++)
            assert_int_equal(fixture_do(&f, seed), 0);
        fixture_free(&f, true);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_pixels_are_those_of_a_plain_convolution),
        cmocka_unit_test(sides_of_any_size_will_do),
        cmocka_unit_test(moved_pictures_give_the_same_answer),
        cmocka_unit_test(any_wrong_pixel_is_found),
        cmocka_unit_test(two_pixels_in_each_others_place_are_found),
        cmocka_unit_test(right_answers_are_never_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
