/* Configs: what loads, from text, files and settings, and is dumped again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config_world.h"

static void assert_same_value(const struct pp_field *field, const void *one, const void *other) {
    union pp_value a = pp_value_load(field, one), b = pp_value_load(field, other);
    switch (field->type) {
    case PP_REAL:
        assert_true(a.r == b.r);
        break;
    case PP_STRING:
        assert_string_equal(a.s, b.s);
        break;
    case PP_PAIR:
        assert_true(a.pair.low == b.pair.low && a.pair.high == b.pair.high);
        break;
    case PP_INTS:
        assert_int_equal(a.ints.count, b.ints.count);
        if (a.ints.count)
            assert_memory_equal(a.ints.items, b.ints.items, a.ints.count * sizeof *a.ints.items);
        break;
    case PP_STRINGS:
        assert_int_equal(a.strings.count, b.strings.count);
        assert_int_equal(a.strings.bare, b.strings.bare);
        for (size_t i = 0; i < a.strings.count; i++)
            assert_string_equal(a.strings.items[i], b.strings.items[i]);
        break;
    case PP_JSON:
        break;
    default:
        assert_true(a.i == b.i);
    }
}

static void assert_same(const struct pp_config *one, const struct pp_config *other) {
    assert_string_equal(one->path, other->path);
    assert_string_equal(one->dir, other->dir);
    assert_ptr_equal(one->task, other->task);
    assert_int_equal(one->args_given, other->args_given);
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        assert_same_value(field, one, other);
    for (const struct pp_field *field = one->task->args; field && field->name; field++)
        assert_same_value(field, one->args, other->args);
}

static void the_least_config_takes_all_defaults(void **state) {
    (void)state;
    struct loaded loaded = good("{\"task\": \"sum\", " SMALL "}");
    const struct pp_config *config = loaded.config;
    assert_string_equal(config->path, "dir/a.json");
    assert_string_equal(config->dir, "dir");
    assert_ptr_equal(config->task, &task_sum);
    assert_string_equal(config->task_name, "sum");
    assert_int_equal(((const struct sum_args *)config->args)->size, 7);
    assert_int_equal(config->args_given, 0);
    assert_int_equal(config->task_count, 2);
    assert_true(config->sweep.workers.count == 2 && config->sweep.workers.items[1] == 1);
    assert_true(config->iterations == 1 && config->warmup == 0 && config->seed == 1 &&
                config->sweep.chunk_sizes.count == 0);
    assert_true(config->wait_after_runner_s == 0 && config->wait_after_iteration_s == 0);
    assert_true(config->sweep.library_threads.count == 0 && config->task_timeout_s == 0 && !config->gc_after_iteration);
    assert_int_equal(config->sweep.start_method, PP_START_FORK);
    assert_string_equal(config->tmp_dir, "");
    assert_string_equal(config->output_dir, "results");
    assert_string_equal(config->label, "");
    release(&loaded);
}

static void every_key_is_read(void **state) {
    (void)state;
    struct loaded loaded =
        good("{\"$schema\": \"./schema.json\", \"task\": \"sum\", \"task_args\": {\"size\": 50}, \"task_count\": 3,"
             "\"iterations\": 4, \"workers\": [5, 0], \"wait_time_after_runner\": 0.25,"
             "\"wait_time_after_iteration\": 6, \"gc_after_iteration\": true,"
             "\"multiprocessing_start_method\": \"forkserver\", \"seed\": -7, \"warmup\": 8, \"chunk_size\": 9,"
             "\"library_threads\": 10, \"repeat_disturbed\": 2, \"measure\": \"times\", \"task_timeout\": 11.5, "
             "\"tmp_dir\": \"/t\", \"output_dir\": \"o\","
             "\"label\": \"l\\u00e4bel\"}");
    const struct pp_config *config = loaded.config;
    assert_int_equal(((const struct sum_args *)config->args)->size, 50);
    assert_int_equal(config->args_given, 1);
    assert_true(config->task_count == 3 && config->iterations == 4 && config->sweep.workers.items[0] == 5);
    assert_true(config->wait_after_runner_s == 0.25 && config->wait_after_iteration_s == 6.0);
    assert_true(config->gc_after_iteration && config->sweep.start_method == PP_START_FORKSERVER && config->seed == -7);
    assert_true(config->warmup == 8 && config->sweep.chunk_sizes.items[0] == 9 &&
                config->sweep.library_threads.items[0] == 10);
    assert_true(config->task_timeout_s == 11.5);
    assert_true(config->repeat_disturbed == 2 && config->measure == PP_MEASURE_TIMES);
    assert_string_equal(config->tmp_dir, "/t");
    assert_string_equal(config->output_dir, "o");
    assert_string_equal(config->label, "l\xc3\xa4"
                                       "bel");
    release(&loaded);
}

static void configs_of_the_predecessor_load(void **state) {
    (void)state;
    static const char *const configs[] = {
        "{\"iterations\": 3, \"task\": \"password\", \"task_args\": [100, 1000, [20, 20], 0.8], \"task_count\": 1000,"
        " \"workers\": [0, 1, 2, 4], \"wait_time_after_runner\": 1, \"wait_time_after_iteration\": 0.5,"
        " \"gc_after_iteration\": true, \"multiprocessing_start_method\": null}",
        "{\"task\": \"img\", \"task_args\": [[\"a.jpg\"]], \"wait_time_after_runner\": null, " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [[\"sum\", \"sort\"]], " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [], \"multiprocessing_start_method\": \"spawn\", " SMALL "}",
        "{\"task\": \"sum\", \"task_args\": [1000000], \"wait_time_after_iteration\": null, " SMALL "}"};
    static const size_t given[] = {4, 1, 1, 0, 1};
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct loaded loaded = good(configs[i]);
        assert_int_equal(loaded.config->args_given, given[i]);
        release(&loaded);
    }
}

static void arguments_by_order_and_by_name_mean_the_same(void **state) {
    (void)state;
    struct loaded by_order = good("{\"task\": \"password\", \"task_args\": [100, 5, [1, 2]], " SMALL "}");
    struct loaded by_name =
        good("{\"task\": \"password\", \"task_args\": {\"length\": [1, 2], \"tried\": 5}, " SMALL "}");
    assert_same(by_order.config, by_name.config);
    assert_int_equal(by_name.config->args_given, 3);
    const struct password_args *args = by_name.config->args;
    assert_true(args->stored == 100 && args->tried == 5 && args->length.high == 2 && args->ratio == 0.8);
    release(&by_order);
    release(&by_name);
}

static void a_dump_loads_as_the_same_config(void **state) {
    (void)state;
    static const char *const configs[] = {
        "{\"task\": \"sum\", " SMALL "}",
        "{\"task\": \"noop\", \"workers\": \"auto\", \"task_count\": 9007199254740991, \"chunk_size\": \"auto\"}",
        "{\"task\": \"password\", \"task_args\": {\"correct_ratio\": 0.30000000000000004}, \"label\": \"\\\"\\n\","
        "\"wait_time_after_runner\": 0.1, \"task_timeout\": 1e-3, \"seed\": -9007199254740991, " SMALL "}",
        "{\"task\": \"img\", \"task_args\": [[\"\\u20ac.jpg\", \"b\"]], \"library_threads\": 3, \"chunk_size\": 5,"
        " \"gc_after_iteration\": true, \"multiprocessing_start_method\": \"spawn\", " SMALL "}",
        "{\"task\": \"random\", \"task_args\": [[]], " SMALL "}"};
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        struct loaded loaded = good(configs[i]);
        char *dump = pp_config_dump(loaded.config);
        assert_non_null(dump);
        assert_null(strchr(dump, '\n'));
        struct loaded again = good(dump);
        assert_same(loaded.config, again.config);
        free(dump);
        release(&loaded);
        release(&again);
    }
}

/* For who minds whether a word is one, or the first of a list. */
static void a_word_without_brackets_is_told_from_a_list_of_one(void **state) {
    (void)state;
    struct loaded bare = good("{\"task\": \"noop\", \"executor\": \"thread\", " SMALL "}");
    struct loaded list = good("{\"task\": \"noop\", \"executor\": [\"thread\"], " SMALL "}");
    struct loaded none = good("{\"task\": \"noop\", " SMALL "}");
    assert_true(bare.config->sweep.executors.bare);
    assert_int_equal(bare.config->sweep.executors.count, 1);
    assert_false(list.config->sweep.executors.bare || none.config->sweep.executors.bare);
    char *bare_dump = pp_config_dump(bare.config), *list_dump = pp_config_dump(list.config);
    assert_non_null(strstr(bare_dump, "\"executor\": \"thread\""));
    assert_non_null(strstr(list_dump, "\"executor\": [\"thread\"]"));
    free(bare_dump);
    free(list_dump);
    release(&bare);
    release(&list);
    release(&none);
}

static void a_dump_is_pleasant_to_read(void **state) {
    (void)state;
    struct loaded loaded = good("{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], " SMALL "}");
    char *dump = pp_config_dump(loaded.config);
    assert_string_equal(dump, "{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], \"task_count\": 2, "
                              "\"iterations\": 1, \"precision\": null, \"executor\": [\"process\"], \"workers\": [0, "
                              "1], \"wait_time_after_runner\": 0.0, "
                              "\"wait_time_after_iteration\": 0.0, \"gc_after_iteration\": false, "
                              "\"multiprocessing_start_method\": \"fork\", \"seed\": 1, \"warmup\": 0, "
                              "\"repeat_disturbed\": 1, \"measure\": \"all\", "
                              "\"chunk_size\": \"auto\", \"library_threads\": null, \"transfer\": {\"input\": "
                              "\"inherit\", \"result\": \"digest\"}, \"pin\": \"none\", \"task_timeout\": null, "
                              "\"tmp_dir\": \"\", \"output_dir\": \"results\", \"label\": \"\"}");
    free(dump);
    release(&loaded);
}

static void folders_of_paths(void **state) {
    (void)state;
    static const char *const paths[][2] = {{"a.json", "."},   {"./a.json", "."},  {"/a.json", "/"},
                                           {"d/a.json", "d"}, {"d//a.json", "d"}, {"/d/e/a.json", "/d/e"},
                                           {"//a.json", "/"}, {"", "."}};
    const char *text = "{\"task\": \"noop\", " SMALL "}";
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct loaded loaded = {0};
        assert_int_equal(pp_config_load_text(text, strlen(text), paths[i][0], NULL, &loaded.config, &loaded.problems),
                         0);
        assert_string_equal(loaded.config->path, paths[i][0]);
        assert_string_equal(loaded.config->dir, paths[i][1]);
        release(&loaded);
    }
}

/* ---- from settings and files ---- */

static void sets_replace_keys(void **state) {
    (void)state;
    const char *sets[] = {
        "task=\"sum\"", "iterations=2", "workers=[3]", "iterations=5", "task_args={\"size\": 9}", NULL};
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{\"task\": 3, \"iterations\": \"x\", " SMALL "}", sets), 0);
    assert_ptr_equal(loaded.config->task, &task_sum);
    assert_int_equal(loaded.config->iterations, 5);
    assert_int_equal(loaded.config->sweep.workers.items[0], 3);
    assert_int_equal(((const struct sum_args *)loaded.config->args)->size, 9);
    release(&loaded);
}

static void files_load(void **state) {
    (void)state;
    char path[256];
    const char *text = "{\"task\": \"noop\", " SMALL "}";
    write_file(path, sizeof path, "odd \n%s\xff'\".json", text, strlen(text));
    struct loaded loaded = {0};
    assert_int_equal(pp_config_load(path, NULL, &loaded.config, &loaded.problems), 0);
    assert_string_equal(loaded.config->path, path);
    assert_string_equal(loaded.config->dir, folder);
    release(&loaded);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_config_takes_all_defaults),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(configs_of_the_predecessor_load),
        cmocka_unit_test(arguments_by_order_and_by_name_mean_the_same),
        cmocka_unit_test(a_dump_loads_as_the_same_config),
        cmocka_unit_test(a_word_without_brackets_is_told_from_a_list_of_one),
        cmocka_unit_test(a_dump_is_pleasant_to_read),
        cmocka_unit_test(folders_of_paths),
        cmocka_unit_test(sets_replace_keys),
        cmocka_unit_test(files_load),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
