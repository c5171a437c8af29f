/* infer: models, images and labels that do not fit are refused by name. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer_world.h"

#if defined(PP_HAVE_OPENBLAS) && defined(PP_HAVE_ZLIB)

static void assert_refused(const struct fixture *fixture, const char *where, const char *words) {
    struct fixture f = *fixture;
    assert_true(fixture_start(&f) < 0);
    assert_string_equal(f.error.where, where);
    if (!strstr(f.error.text, words))
        fail_msg("\"%s\" is not in: %s", words, f.error.text);
    fixture_free(&f, false);
}

static void models_that_are_none_are_refused(void **state) {
    struct world *world = *state;
    static const struct {
        int shape[6];
        const char *words;
    } cases[] = {
        {{HIDDEN, INPUTS, HIDDEN + 1, CLASSES, HIDDEN, CLASSES}, "\"fc1.bias\": found 20 numbers, expected 19"},
        {{HIDDEN, INPUTS, HIDDEN, CLASSES, HIDDEN - 1, CLASSES}, "\"fc2.weight\": found 18 columns, expected 19"},
        {{HIDDEN, INPUTS, HIDDEN, CLASSES, HIDDEN, 2}, "\"fc2.bias\": found 2 numbers, expected 3"},
        {{HIDDEN, INPUTS, HIDDEN, 1, HIDDEN, 1}, "\"fc2.weight\": found 1 rows, expected 2 to 256"},
        {{0, INPUTS, 0, CLASSES, 0, CLASSES}, "\"fc1.weight\": found the shape [0, 25]"},
    };
    char header[1000];
    write_data(world, some_labels, COUNT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_model(world, header, shapes(header, sizeof header, cases[i].shape), 0);
        struct fixture f = small(world, 5, INIT_WORKER);
        assert_refused(&f, "/0", cases[i].words);
    }
    write_model(world, "{\"fc1.weight\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 4, 0);
    struct fixture flat = small(world, 5, INIT_WORKER);
    assert_refused(&flat, "/0", "\"fc1.weight\": found 1 dimensions, expected 2");
    write_model(world, "{}", 0, 0);
    struct fixture empty = small(world, 5, INIT_WORKER);
    assert_refused(&empty, "/0", "expected a tensor \"fc1.weight\"");
}

static void numbers_that_sums_cannot_hold_are_refused(void **state) {
    struct world *world = *state;
    const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f};
    write_data(world, some_labels, COUNT);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        write_small_model(world, odd[i]);
        struct fixture f = small(world, 5, INIT_WORKER);
        assert_refused(&f, "/0", "infinite, not numbers, or so large");
    }
}

static void images_and_labels_that_do_not_fit_are_refused(void **state) {
    struct world *world = *state;
    struct fixture f = shipped(5, INIT_WORKER, 1);
    write_data(world, some_labels, COUNT);
    ((struct infer_args *)f.args)->images = world->images;
    assert_refused(&f, "/1", "found images of 5 x 5 pixels, expected 784");
    write_small_model(world, 0);
    f = small(world, 5, INIT_WORKER);
    ((struct infer_args *)f.args)->images = "nowhere";
    assert_refused(&f, "/1", "nowhere: no such file");
    write_data(world, some_labels, COUNT - 1);
    f = small(world, 5, INIT_WORKER);
    assert_refused(&f, "/4", "found 10 labels, expected 11");
    write_data(world, (const uint8_t[COUNT]){0, 1, 3}, COUNT);
    f = small(world, 5, INIT_WORKER);
    assert_refused(&f, "/4", "label 2 is 3, expected 0 to 2");
    f = small(world, 5, INIT_WORKER);
    ((struct infer_args *)f.args)->labels = "nowhere";
    assert_refused(&f, "/4", "nowhere: no such file");
}

static void labels_need_not_be_there_unless_they_are_asked_for(void **state) {
    struct world *world = *state;
    write_small_model(world, 0);
    write_data(world, some_labels, COUNT);
    unlink(world->labels);
    struct fixture f = small(world, 5, INIT_WORKER);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(run_item(&f, 1), 0);
    assert_true(f.output.value == -1);
    fixture_free(&f, true);
    f = small(world, 5, INIT_WORKER);
    ((struct infer_args *)f.args)->accuracy = 0.5;
    assert_refused(&f, "/4", "an accuracy is asked for");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(models_that_are_none_are_refused),
        cmocka_unit_test(numbers_that_sums_cannot_hold_are_refused),
        cmocka_unit_test(images_and_labels_that_do_not_fit_are_refused),
        cmocka_unit_test(labels_need_not_be_there_unless_they_are_asked_for),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
}

#else

int main(void) {
    puts("skipped: built without OpenBLAS or zlib");
    return 0;
}

#endif
