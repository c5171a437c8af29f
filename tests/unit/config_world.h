/* Configs for a program whose tasks are those defined here: they need no library and are shaped like the real ones.
 * Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_CONFIG_WORLD_H
#define PPTEST_TESTS_CONFIG_WORLD_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fields.h"
#include "config/load.h"
#include "schema/config.h"

struct sum_args {
    int64_t size;
};
struct password_args {
    int64_t stored, tried;
    struct pp_pair length;
    double ratio;
};
struct img_args {
    struct pp_strings files;
};
struct random_args {
    struct pp_strings tasks;
};
struct mix_args {
    struct pp_members tasks;
};

static const struct pp_field sum_fields[] = {{.name = "size", .type = PP_INT, .min = 1, .max = PP_INT_MAX, .def.i = 7},
                                             {0}};
static const struct pp_field password_fields[] = {
    {.name = "stored", .type = PP_INT, .min = 1, .max = 1e9, .def.i = 100},
    {.name = "tried",
     .type = PP_INT,
     .offset = offsetof(struct password_args, tried),
     .min = 1,
     .max = 1e9,
     .def.i = 1000},
    {.name = "length",
     .type = PP_PAIR,
     .offset = offsetof(struct password_args, length),
     .min = 1,
     .max = 1024,
     .def.pair = {20, 20}},
    {.name = "correct_ratio", .type = PP_REAL, .offset = offsetof(struct password_args, ratio), .max = 1, .def.r = 0.8},
    {0}};
static const struct pp_field img_fields[] = {
    {.name = "files", .type = PP_STRINGS, .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY, .help = "images"}, {0}};
static const struct pp_field random_fields[] = {{.name = "tasks", .type = PP_STRINGS}, {0}};

static const struct pp_field mix_fields[] = {
    {.name = "tasks", .type = PP_TASKS, .flags = PP_FIELD_REQUIRED | PP_FIELD_REST}, {0}};

static inline int password_check(const void *args, struct pp_error *error) {
    const struct password_args *a = args;
    if (a->length.low == 13)
        return pp_error_at(error, -EINVAL, "/2/0", "13 brings bad luck; expected any other");
    if (a->length.low == 14)
        return -ERANGE;
    return a->length.low == 15 ? -ENOMEM : 0;
}

static const struct pp_task task_gone = {.name = "gone",
                                         .args = sum_fields,
                                         .args_size = sizeof(struct sum_args),
                                         .unavailable = "built without libgone; install it and build again"};
static const struct pp_task task_img = {.name = "img", .args = img_fields, .args_size = sizeof(struct img_args)};
static const struct pp_task task_mix = {.name = "mix", .args = mix_fields, .args_size = sizeof(struct mix_args)};
static const struct pp_task task_noop = {.name = "noop"};
static const struct pp_task task_password = {
    .name = "password", .args = password_fields, .args_size = sizeof(struct password_args), .check = password_check};
static const struct pp_task task_random = {
    .name = "random", .args = random_fields, .args_size = sizeof(struct random_args)};
static const struct pp_task task_sum = {.name = "sum", .args = sum_fields, .args_size = sizeof(struct sum_args)};
static const struct pp_task *const tasks[] = {&task_gone,     &task_img,    &task_mix, &task_noop,
                                              &task_password, &task_random, &task_sum, NULL};

/* Stands in for the program's own list, which the linker then leaves out. */
const struct pp_task *const *pp_tasks(void) { return tasks; }

#define SMALL "\"task_count\": 2, \"workers\": [0, 1]"

struct loaded {
    struct pp_config *config;
    struct pp_problems problems;
};

static inline int load_with(struct loaded *loaded, const char *text, const char *const *sets) {
    *loaded = (struct loaded){0};
    int code = pp_config_load_text(text, strlen(text), "dir/a.json", sets, &loaded->config, &loaded->problems);
    assert_true((code == 0) == (loaded->config != NULL));
    assert_true((code == -EINVAL) == (loaded->problems.count > 0));
    return code;
}

static inline void release(struct loaded *loaded) {
    pp_config_free(loaded->config);
    pp_problems_release(&loaded->problems);
}

static inline struct loaded good(const char *text) {
    struct loaded loaded;
    int code = load_with(&loaded, text, NULL);
    if (code)
        fail_msg("%s: %s: %s", text, loaded.problems.items[0].place, loaded.problems.items[0].text);
    return loaded;
}

static char folder[64];

static inline int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/pptest_config_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

static inline const char *write_file(char *path, size_t size, const char *name, const char *text, size_t length) {
    snprintf(path, size, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

#endif
