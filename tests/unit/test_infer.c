/* infer: the shipped model labels the shipped images right; answers are equal for any number of threads, and corrupted
 * ones are found. */
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

static void costs_and_details_follow_from_the_arguments(void **state) {
    (void)state;
    struct fixture f = fixture_new(&pp_task_infer, "/tmp", 1);
    struct infer_args *args = f.args;
    char text[128];
    pp_task_infer.details(args, text, sizeof text);
    assert_string_equal(text, "digits/model.safetensors; digits/test-images-idx3-ubyte.gz; 1000; worker");
    double usual = pp_task_infer.estimate(args);
    assert_true(usual > 1e-3 && usual < 0.1);
    args->init = INIT_TASK;
    assert_true(pp_task_infer.estimate(args) > usual);
    fixture_free(&f, false);
}

#if defined(PP_HAVE_OPENBLAS) && defined(PP_HAVE_ZLIB)

static void shipped_model_labels_shipped_images(void **state) {
    (void)state;
    struct fixture f = shipped(2000, INIT_WORKER, 1);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(run_item(&f, 0), 0);
    assert_true(f.output.value >= 0.95 * 2000);
    assert_true(f.output.value < 2000); /* not an easy set */
    fixture_free(&f, true);
}

/* ThreadSanitizer does not see how OpenBLAS's threads wait for each other. */
#if defined(__SANITIZE_THREAD__)
enum { THREADS = 1 };
#else
enum { THREADS = 2 };
#endif

/* Batches that are smaller and larger than a block, and ones that begin again with the first image. */
static void answers_do_not_depend_on_threads_nor_on_who_loads(void **state) {
    (void)state;
    static const int64_t batches[] = {1, 77, 384, 1000, 4500};
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++)
        for (uint64_t index = 0; index < 3; index++) {
            uint64_t digest = 0;
            for (unsigned threads = 1; threads <= THREADS; threads++)
                for (int init = INIT_WORKER; init <= INIT_TASK; init++) {
                    struct fixture f = shipped(batches[i], init, threads);
                    assert_int_equal(fixture_start(&f), 0);
                    assert_int_equal(run_item(&f, index), 0);
                    assert_true(digest == 0 || digest == f.output.digest);
                    digest = f.output.digest;
                    fixture_free(&f, true);
                }
        }
}

static void a_task_loads_again_as_often_as_it_is_run(void **state) {
    struct world *world = *state;
    write_small_model(world, 0);
    write_data(world, some_labels, COUNT);
    struct fixture f = small(world, 7, INIT_TASK);
    assert_int_equal(fixture_start(&f), 0);
    for (uint64_t index = 0; index < 20; index++)
        assert_int_equal(run_item(&f, index), 0);
    fixture_free(&f, true);
}

/* A mix may hand over more than worker_init knew of. */
static void larger_batches_than_at_the_start_are_done(void **state) {
    struct world *world = *state;
    write_small_model(world, 0);
    write_data(world, some_labels, COUNT);
    struct fixture f = small(world, 2, INIT_WORKER);
    assert_int_equal(fixture_start(&f), 0);
    ((struct infer_args *)f.args)->batch = 1000;
    assert_int_equal(run_item(&f, 3), 0);
    fixture_free(&f, true);
}

/* Bits of the answer as the task's state holds them, by way of the result that they may be left in. */
static void corrupted_answers_are_found(void **state) {
    (void)state;
    enum { BATCH = 3 };
    struct fixture f = shipped(BATCH, INIT_WORKER, 1);
    assert_int_equal(fixture_start(&f), 0);
    size_t bytes = f.task->result_bytes(f.shared, f.args);
    assert_int_equal(bytes, BATCH * (10 * sizeof(float) + 1));
    float *result = malloc(bytes);
    assert_non_null(result);
    uint8_t *labels = (uint8_t *)(result + 10 * BATCH);
    struct pp_item item = {.index = 5, .seed = 6};
    f.output = (struct pp_output){.result = result};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), 0);
    for (size_t i = 0; i < BATCH; i++) {
        uint8_t kept = labels[i];
        labels[i] = (uint8_t)((kept + 1) % 10);
        assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
        labels[i] = 255;
        assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
        labels[i] = kept;
    }
    for (size_t i = 0; i < 10 * BATCH; i++) {
        float kept = result[i];
        result[i] = kept + 1e-3f;
        assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
        result[i] = NAN;
        assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
        result[i] = kept;
    }
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), 0);
    f.output.digest++;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
    f.output.digest--;
    f.output.value++;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
    free(result);
    fixture_free(&f, true);
}

/* Probabilities of two classes changed so that they still add up: only recomputing them tells. */
static void exchanged_probabilities_are_found(void **state) {
    (void)state;
    struct fixture f = shipped(1, INIT_WORKER, 1);
    assert_int_equal(fixture_start(&f), 0);
    float result[11];
    struct pp_item item = {.index = 0, .seed = 6};
    f.output = (struct pp_output){.result = result};
    assert_int_equal(f.task->run(f.state, f.args, &item, &f.output, &f.error), 0);
    unsigned label = *(uint8_t *)(result + 10);
    result[label] -= 1e-3f;
    result[(label + 1) % 10] += 1e-3f;
    assert_int_equal(f.task->verify(f.state, f.args, &item, &f.output, &f.error), -EBADMSG);
    assert_non_null(strstr(f.error.text, "but the definition says"));
    fixture_free(&f, true);
}

static void handed_images_are_the_same_work(void **state) {
    (void)state;
    struct fixture f = shipped(700, INIT_WORKER, 1);
    assert_int_equal(fixture_start(&f), 0);
    size_t bytes = f.task->input_bytes(f.shared, f.args);
    assert_int_equal(bytes, 700 * 784);
    uint8_t *input = malloc(bytes);
    assert_non_null(input);
    struct pp_item item = {.index = 2, .seed = 9}; /* from image 1400 on, over the end */
    struct pp_output own = {0}, handed = {0};
    assert_int_equal(f.task->run(f.state, f.args, &item, &own, &f.error), 0);
    f.task->input(f.shared, f.args, &item, input);
    item.input = input;
    assert_int_equal(f.task->run(f.state, f.args, &item, &handed, &f.error), 0);
    assert_int_equal(f.task->verify(f.state, f.args, &item, &handed, &f.error), 0);
    assert_int_equal(own.digest, handed.digest);
    memset(input, 128, bytes); /* what arrives is not what was sent */
    assert_int_equal(f.task->run(f.state, f.args, &item, &handed, &f.error), 0);
    assert_int_equal(f.task->verify(f.state, f.args, &item, &handed, &f.error), -EBADMSG);
    free(input);
    fixture_free(&f, true);
}

static void too_many_wrong_labels_fail_a_task_that_asks_for_accuracy(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture f = shipped(2000, INIT_WORKER, 1);
        ((struct infer_args *)f.args)->accuracy = i ? 1.0 : 0.95;
        assert_int_equal(fixture_start(&f), 0);
        assert_int_equal(run_item(&f, 0), i ? -EBADMSG : 0);
        assert_true(!i || strstr(f.error.text, "less than the accuracy of 1"));
        fixture_free(&f, true);
    }
}

/* One weight less after the reference was made: what a worker loads wrongly shows. */
static void a_model_loaded_wrongly_is_found(void **state) {
    struct world *world = *state;
    write_small_model(world, 0);
    write_data(world, some_labels, COUNT);
    struct fixture f = small(world, 4 * COUNT, INIT_TASK);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(run_item(&f, 0), 0);
    /* Where the task keeps the file's bytes is its own business; they are found by their number and beginning. */
    FILE *file = fopen(world->model, "rb");
    assert_non_null(file);
    char bytes[8192];
    size_t count = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct pp_input *model = NULL;
    for (size_t at = 0; at + sizeof *model <= f.task->shared_size && !model; at += sizeof(void *)) {
        struct pp_input *seen = (struct pp_input *)((char *)f.shared + at);
        if (seen->count == count && seen->path && strcmp(seen->path, world->model) == 0)
            model = seen;
    }
    assert_non_null(model);
    const float wrong = 50;
    memcpy((char *)model->bytes + count - sizeof wrong, &wrong, sizeof wrong);
    assert_int_equal(run_item(&f, 0), -EBADMSG);
    fixture_free(&f, true);
}

#endif

int main(void) {
#if defined(PP_HAVE_OPENBLAS) && defined(PP_HAVE_ZLIB)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_and_details_follow_from_the_arguments),
        cmocka_unit_test(shipped_model_labels_shipped_images),
        cmocka_unit_test(answers_do_not_depend_on_threads_nor_on_who_loads),
        cmocka_unit_test(a_task_loads_again_as_often_as_it_is_run),
        cmocka_unit_test(larger_batches_than_at_the_start_are_done),
        cmocka_unit_test(corrupted_answers_are_found),
        cmocka_unit_test(exchanged_probabilities_are_found),
        cmocka_unit_test(handed_images_are_the_same_work),
        cmocka_unit_test(too_many_wrong_labels_fail_a_task_that_asks_for_accuracy),
        cmocka_unit_test(a_model_loaded_wrongly_is_found),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(costs_and_details_follow_from_the_arguments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
