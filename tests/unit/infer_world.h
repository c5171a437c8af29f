/* The task `infer` with the shipped model and images, or with small ones in a folder that goes with the tests. Include
 * <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_INFER_WORLD_H
#define PPTEST_TESTS_INFER_WORLD_H

#include <stdio.h>
#include <unistd.h>

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

extern const struct pp_task pp_task_infer;

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

static inline int world_make(void **state) {
    static struct world world;
    strcpy(world.dir, "/tmp/pptest_infer_XXXXXX");
    assert_non_null(mkdtemp(world.dir));
    snprintf(world.model, sizeof world.model, "%s/m.safetensors", world.dir);
    snprintf(world.images, sizeof world.images, "%s/images-idx3-ubyte", world.dir);
    snprintf(world.labels, sizeof world.labels, "%s/labels-idx1-ubyte", world.dir);
    *state = &world;
    return 0;
}

static inline int world_remove(void **state) {
    struct world *world = *state;
    unlink(world->model);
    unlink(world->images);
    unlink(world->labels);
    return rmdir(world->dir);
}

static inline void write_file(const char *path, const void *head, size_t head_count, const void *rest,
                              size_t rest_count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, head_count, file), head_count);
    assert_int_equal(fwrite(rest, 1, rest_count, file), rest_count);
    assert_int_equal(fclose(file), 0);
}

/* Of this header, and of numbers from -1 to 1; `odd` is put in place of the first. */
static inline void write_model(const struct world *world, const char *header, size_t count, float odd) {
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
static inline size_t shapes(char *header, size_t size, const int shape[6]) {
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

static inline void write_small_model(const struct world *world, float first) {
    char header[1000];
    size_t count = shapes(header, sizeof header, (const int[]){HIDDEN, INPUTS, HIDDEN, CLASSES, HIDDEN, CLASSES});
    assert_int_equal(count, WEIGHTS);
    write_model(world, header, count, first);
}

static inline void write_data(const struct world *world, const uint8_t *labels, unsigned char label_count) {
    const unsigned char image_head[] = {0, 0, 8, 3, 0, 0, 0, COUNT, 0, 0, 0, SIDE, 0, 0, 0, SIDE};
    const unsigned char label_head[] = {0, 0, 8, 1, 0, 0, 0, label_count};
    unsigned char pixels[COUNT * INPUTS];
    pp_rng_fill_bytes(4, pixels, sizeof pixels);
    write_file(world->images, image_head, sizeof image_head, pixels, sizeof pixels);
    write_file(world->labels, label_head, sizeof label_head, labels, label_count);
}

static inline struct fixture small(const struct world *world, int64_t batch, int init) {
    struct fixture f = fixture_new(&pp_task_infer, "/tmp", 1);
    *(struct infer_args *)f.args =
        (struct infer_args){.model = world->model, .images = world->images, .batch = batch, .init = init, .labels = ""};
    return f;
}

static const uint8_t some_labels[COUNT] = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1};

static inline struct fixture shipped(int64_t batch, int init, unsigned threads) {
    struct fixture f = fixture_new(&pp_task_infer, "/tmp", threads);
    struct infer_args *args = f.args;
    args->batch = batch;
    args->init = init;
    return f;
}

static inline int run_item(struct fixture *f, uint64_t index) {
    struct pp_item item = {.index = index, .seed = pp_mix2(1, index)};
    f->output = (struct pp_output){0};
    int status = f->task->run(f->state, f->args, &item, &f->output, &f->error);
    return status ? status : f->task->verify(f->state, f->args, &item, &f->output, &f->error);
}

#endif
