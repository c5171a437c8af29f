/* infer: the shipped model labels the shipped images right; answers are those of the definition, equal for any number
 * of threads, and corrupted ones are found; models and images that do not fit are refused by name. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/forward.h"
#include "pptest/hash.h"
#include "task_fixture.h"

/* As the task's arguments are laid out. */
struct infer_args {
    const char *model, *images;
    int64_t batch;
    int init;
    const char *labels;
    double accuracy;
};

enum { INIT_WORKER, INIT_TASK };

#define MODEL  "example_configs/digits/model.safetensors"
#define IMAGES "example_configs/digits/test-images-idx3-ubyte.gz"

extern const struct pp_task pp_task_infer;

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

/* A folder with a small model and images that belong to it, unpacked. */
struct world {
    char dir[64], model[96], images[96], labels[96];
};

enum {
    SIDE = 5,
    INPUTS = SIDE * SIDE,
    HIDDEN = 19,
    CLASSES = 3,
    COUNT = 11,
    WEIGHTS = HIDDEN * INPUTS + HIDDEN + CLASSES * HIDDEN + CLASSES
};

static int world_make(void **state) {
    static struct world world;
    strcpy(world.dir, "/tmp/pptest_infer_XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.model, sizeof world.model, "%s/m.safetensors", world.dir);
    snprintf(world.images, sizeof world.images, "%s/images-idx3-ubyte", world.dir);
    snprintf(world.labels, sizeof world.labels, "%s/labels-idx1-ubyte", world.dir);
    *state = &world;
    return 0;
}

static int world_remove(void **state) {
    struct world *world = *state;
    unlink(world->model);
    unlink(world->images);
    unlink(world->labels);
    return rmdir(world->dir);
}

static void write_file(const char *path, const void *head, size_t head_count, const void *rest, size_t rest_count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, head_count, file), head_count);
    assert_int_equal(fwrite(rest, 1, rest_count, file), rest_count);
    assert_int_equal(fclose(file), 0);
}

/* Of this header, and of numbers from -1 to 1; `odd` is put in place of the first. */
static void write_model(const struct world *world, const char *header, size_t count, float odd) {
    static float numbers[2 * WEIGHTS];
    unsigned char head[1024] = {0};
    struct pp_rng rng = {.state = 3};
    assert_true(count <= 2 * WEIGHTS);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)(2 * pp_rng_real(&rng) - 1);
    if (count > 0)
        numbers[0] = odd;
    size_t length = strlen(header);
    head[0] = (unsigned char)length;
    head[1] = (unsigned char)(length >> 8);
    memcpy(head + 8, header, length);
    write_file(world->model, head, 8 + length, numbers, count * sizeof *numbers);
}

/* A header for these shapes, and how many numbers it is about. */
static size_t shapes(char *header, size_t size, const int shape[6]) {
    int count[4] = {shape[0] * shape[1], shape[2], shape[3] * shape[4], shape[5]}, end[4], all = 0;
    for (int i = 0; i < 4; i++)
        end[i] = all += 4 * count[i];
    snprintf(header, size,
             "{\"fc1.weight\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[0,%d]},"
             "\"fc1.bias\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]},"
             "\"fc2.weight\":{\"dtype\":\"F32\",\"shape\":[%d,%d],\"data_offsets\":[%d,%d]},"
             "\"fc2.bias\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[%d,%d]}}",
             shape[0], shape[1], end[0], shape[2], end[0], end[1], shape[3], shape[4], end[1], end[2], shape[5], end[2],
             end[3]);
    return (size_t)all / 4;
}

static void write_small_model(const struct world *world, float first) {
    char header[1000];
    size_t count = shapes(header, sizeof header, (const int[]){HIDDEN, INPUTS, HIDDEN, CLASSES, HIDDEN, CLASSES});
    assert_int_equal(count, WEIGHTS);
    write_model(world, header, count, first);
}

static void write_data(const struct world *world, const uint8_t *labels, unsigned char label_count) {
    const unsigned char image_head[] = {0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, SIDE, 0, 0, 0, SIDE};
    const unsigned char label_head[] = {0, 0, 8, 1, 0, 0, 0, label_count};
    unsigned char pixels[COUNT * INPUTS];
    pp_rng_fill_bytes(4, pixels, sizeof pixels);
    write_file(world->images, image_head, sizeof image_head, pixels, sizeof pixels);
    write_file(world->labels, label_head, sizeof label_head, labels, label_count);
}

static struct fixture small(const struct world *world, int64_t batch, int init) {
    struct fixture f = fixture_new(&pp_task_infer, "/tmp", 1);
    *(struct infer_args *)f.args =
        (struct infer_args){.model = world->model, .images = world->images, .batch = batch, .init = init, .labels = ""};
    return f;
}

static const uint8_t some_labels[COUNT] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1};

static struct fixture shipped(int64_t batch, int init, unsigned threads) {
    struct fixture f = fixture_new(&pp_task_infer, "/tmp", threads);
    struct infer_args *args = f.args;
    args->batch = batch;
    args->init = init;
    return f;
}

static int run_item(struct fixture *f, uint64_t index) {
    struct pp_item item = {.index = index, .seed = pp_mix2(1, index)};
    f->output = (struct pp_output){0};
    int status = f->task->run(f->state, f->args, &item, &f->output, &f->error);
    return status ? status : f->task->verify(f->state, f->args, &item, &f->output, &f->error);
}

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
        cmocka_unit_test(definition_is_what_it_says),
        cmocka_unit_test(corrupted_answers_are_found),
        cmocka_unit_test(exchanged_probabilities_are_found),
        cmocka_unit_test(handed_images_are_the_same_work),
        cmocka_unit_test(near_ties_are_decided_by_the_definition),
        cmocka_unit_test(doubt_is_larger_than_any_error),
        cmocka_unit_test(models_that_are_none_are_refused),
        cmocka_unit_test(numbers_that_sums_cannot_hold_are_refused),
        cmocka_unit_test(images_and_labels_that_do_not_fit_are_refused),
        cmocka_unit_test(labels_need_not_be_there_unless_they_are_asked_for),
        cmocka_unit_test(too_many_wrong_labels_fail_a_task_that_asks_for_accuracy),
        cmocka_unit_test(a_model_loaded_wrongly_is_found),
    };
    return cmocka_run_group_tests(tests, world_make, world_remove);
#else
    const struct CMUnitTest tests[] = {cmocka_unit_test(costs_and_details_follow_from_the_arguments)};
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
