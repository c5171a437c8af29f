/* The network of infer: its definition by hand, and float beside it, to which rounding leaves no decision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "infer_world.h"
#include "lib/forward.h"

#if defined(PP_HAVE_OPENBLAS) && defined(PP_HAVE_ZLIB)

#define MODEL "example_configs/digits/model.safetensors"

/* The model by hand: what the definition says is what two loops over the file's numbers say. */
static void definition_is_what_it_says(void **state) {
    (void)state;
    float weights1[] = {1, -1, 0.5f, 2}, bias1[] = {0.25f, -3}, weights2[] = {1, 2, -1, 0.5f}, bias2[] = {0, 0.5f};
    const struct pp_classifier c = {.inputs = 2,
                                    .hidden = 2,
                                    .classes = 2,
                                    .weights1 = weights1,
                                    .bias1 = bias1,
                                    .weights2 = weights2,
                                    .bias2 = bias2};
    struct pp_defined defined = {0};
    assert_int_equal(pp_defined_reserve(&defined, &c), 0);
    pp_classifier_define(&c, (const uint8_t[]){255, 51}, &defined);
    /* hidden: 0.25 + 1 - 0.2 = 1.05, and -3 + 0.5 + 0.4 < 0; logits: 1.05, 0.5 - 1.05 = -0.55 */
    assert_int_equal(defined.label, 0);
    assert_true(fabs(defined.probabilities[0] - 1 / (1 + exp(-1.6))) < 1e-12);
    assert_true(fabs(defined.probabilities[0] + defined.probabilities[1] - 1) < 1e-12);
    pp_buffer_release(&defined.memory);
}

/* Two classes whose logits are equal but for rounding: the definition decides, every time. */
static void near_ties_are_decided_by_the_definition(void **state) {
    (void)state;
    enum { IN = 784, MID = 512 };
    static float weights1[MID * IN], bias1[MID], weights2[2 * MID], bias2[2];
    static uint8_t pixels[40 * IN];
    struct pp_rng rng = {.state = 8};
    for (size_t i = 0; i < MID * IN; i++)
        weights1[i] = (float)(pp_rng_real(&rng) - 0.5);
    /* each hidden unit is there twice, from both ends; one class takes the first of the two, the other the second */
    for (size_t i = 0; i < MID / 2; i++) {
        memcpy(weights1 + (MID - 1 - i) * IN, weights1 + i * IN, IN * sizeof *weights1);
        weights2[i] = weights2[2 * MID - 1 - i] = (float)(pp_rng_real(&rng) - 0.5);
    }
    pp_rng_fill_bytes(3, pixels, sizeof pixels);
    const struct pp_classifier c = {.inputs = IN,
                                    .hidden = MID,
                                    .classes = 2,
                                    .weights1 = weights1,
                                    .bias1 = bias1,
                                    .weights2 = weights2,
                                    .bias2 = bias2,
                                    .doubt = 0.1f};
    struct pp_blas blas;
    struct pp_forward forward = {0};
    struct pp_defined defined = {0};
    float probabilities[2 * 40];
    uint8_t labels[40];
    assert_int_equal(pp_blas_load(&blas, 1, NULL), 0);
    assert_int_equal(pp_forward_reserve(&forward, &c), 0);
    assert_int_equal(pp_defined_reserve(&defined, &c), 0);
    const struct pp_image_batch batch = {&c, {pixels, 40, 0}, 40};
    pp_forward_run(&forward, &blas, &batch, &(struct pp_answers){probabilities, labels});
    for (size_t i = 0; i < 40; i++) {
        assert_true(fabsf(probabilities[2 * i] - 0.5f) < 1e-3f);
        pp_classifier_define(&c, pixels + i * IN, &defined);
        assert_int_equal(labels[i], defined.label);
    }
    pp_buffer_release(&defined.memory);
    pp_forward_release(&forward);
}

/* The bound that near ties are found by, and how far float really is off. */
static void doubt_is_larger_than_any_error(void **state) {
    (void)state;
    struct fixture f = shipped(2000, INIT_WORKER, 1);
    assert_int_equal(fixture_start(&f), 0);
    struct pp_input file;
    struct pp_classifier c;
    assert_int_equal(pp_input_read(&f.env, MODEL, "safetensors", &file, NULL), 0);
    assert_int_equal(pp_classifier_load(&c, &file, false, NULL), 0);
    assert_int_equal(c.inputs, 784);
    assert_int_equal(c.hidden, 512);
    assert_int_equal(c.classes, 10);
    assert_true(c.doubt > 1e-3f && c.doubt < 0.1f);
    float *result = malloc(f.task->result_bytes(f.shared, f.args));
    uint8_t *input = malloc(f.task->input_bytes(f.shared, f.args));
    assert_true(result && input);
    struct pp_item item = {0};
    f.output = (struct pp_output){.result = result};
    f.task->input(f.shared, f.args, &item, input);
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    struct pp_defined defined = {0};
    assert_int_equal(pp_defined_reserve(&defined, &c), 0);
    for (size_t i = 0; i < 2000; i += 13) {
        pp_classifier_define(&c, input + i * c.inputs, &defined);
        for (size_t k = 0; k < 10; k++)
            assert_true(fabs(result[10 * i + k] - defined.probabilities[k]) < 1e-5);
    }
    pp_buffer_release(&defined.memory);
    pp_classifier_release(&c);
    pp_input_release(&file);
    free(result);
    free(input);
    fixture_free(&f, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition_is_what_it_says),
        cmocka_unit_test(near_ties_are_decided_by_the_definition),
        cmocka_unit_test(doubt_is_larger_than_any_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void) {
    puts("skipped: built without OpenBLAS or zlib");
    return 0;
}

#endif
