/* The table of a config's keys, and the JSON Schema made from it and from the tasks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fields.h"
#include "schema/config.h"
#include "schema/describe.h"
#include "schema/json_schema.h"
#include "schema/json_value.h"

struct args {
    int64_t size;
    struct pp_pair length;
    int kind;
    struct pp_strings files;
};

static const char *const kinds[] = {"random", "text", NULL};

static const struct pp_field args_of_all[] = {
    {.name = "files",
     .type = PP_STRINGS,
     .offset = offsetof(struct args, files),
     .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY},
    {.name = "size",
     .type = PP_INT,
     .unit = "MB",
     .help = "how much",
     .offset = offsetof(struct args, size),
     .min = 1,
     .max = 100,
     .def.i = 50},
    {.name = "length", .type = PP_PAIR, .offset = offsetof(struct args, length), .max = 30, .def.pair = {20, 20}},
    {.name = "kind", .type = PP_CHOICE, .offset = offsetof(struct args, kind), .choices = kinds},
    {0}};

static const struct pp_task all = {.name = "all", .summary = "has them all", .args = args_of_all};
static const struct pp_task none = {.name = "none", .summary = "takes nothing"};
static const struct pp_task gone = {.name = "gone", .summary = "is not here", .unavailable = "built without it"};
static const struct pp_task *const tasks[] = {&all, &gone, &none, NULL};

/* What a path of keys and array indexes leads to; the test fails where it leads nowhere. */
static json_t *at(json_t *root, const char *path) {
    char copy[256];
    assert_true(strlen(path) < sizeof copy);
    strcpy(copy, path);
    char *rest;
    for (char *step = strtok_r(copy, "/", &rest); step; step = strtok_r(NULL, "/", &rest)) {
        root = json_is_array(root) ? json_array_get(root, strtoul(step, NULL, 10)) : json_object_get(root, step);
        if (!root)
            fail_msg("%s is missing in %s", step, path);
    }
    return root;
}

static void assert_json(json_t *root, const char *path, const char *expected) {
    json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
    assert_non_null(wanted);
    char *found = json_dumps(at(root, path), JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    if (!json_equal(at(root, path), wanted))
        fail_msg("%s is %s instead of %s", path, found, expected);
    free(found);
    json_decref(wanted);
}

/* ---- the table ---- */

static void keys_are_those_of_the_documentation(void **state) {
    (void)state;
    static const struct {
        const char *name, *words;
    } keys[] = {{"task", "string, required"},
                {"task_args", "array or object, default []"},
                {"task_count", "integer >= 1, required"},
                {"iterations", "integer from 1 to 1000000, default 1"},
                {"precision", "number from 0.0001 to 0.5 or null, default null"},
                {"max_time", "number from 0 to 1000000, default 600, in s"},
                {"executor",
                 "\"process\", \"thread\", \"openmp\", \"async\", \"async-blocking\" or \"mpi\", or list of them, "
                 "default [\"process\"]"},
                {"workers", "integer from 0 to 100000, list of them or \"auto\", required"},
                {"wait_time_after_runner", "number from 0 to 1000000 or null, default 0, in s"},
                {"wait_time_after_iteration", "number from 0 to 1000000 or null, default 0, in s"},
                {"gc_after_iteration", "true or false, default false"},
                {"multiprocessing_start_method", "\"fork\", \"spawn\", \"forkserver\" or null, default \"fork\""},
                {"seed", "integer, default 1"},
                {"warmup", "integer from 0 to 1000000, default 0"},
                {"repeat_disturbed", "integer from 0 to 100, default 1"},
                {"measure", "\"all\" or \"times\", default \"all\""},
                {"chunk_size", "integer >= 1, list of them or \"auto\", default \"auto\""},
                {"library_threads", "integer from 1 to 4096, list of them or null, default null"},
                {"transfer", "object with \"input\" and \"result\""},
                {"pin", "\"none\", \"compact\" or \"scatter\", default \"none\""},
                {"runners", "list of one or more objects"},
                {"task_timeout", "number from 0.001 to 1000000 or null, default null, in s"},
                {"tmp_dir", "string, default \"\""},
                {"output_dir", "non-empty string, default \"results\""},
                {"label", "string, default \"\""}};
    char words[256];
    assert_int_equal(pp_field_count(pp_config_fields), sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_string_equal(pp_config_fields[i].name, keys[i].name);
        pp_field_describe(&pp_config_fields[i], words, sizeof words);
        assert_string_equal(words, keys[i].words);
    }
}

/* One line each, no full stop, and no two rows writing the same member. */
static void rows_are_well_formed(void **state) {
    (void)state;
    for (const struct pp_field *field = pp_config_fields; field->name; field++) {
        assert_non_null(field->help);
        assert_true(strlen(field->help) > 5 && field->help[strlen(field->help) - 1] != '.');
        assert_null(strchr(field->help, '\n'));
        assert_true(field->min <= field->max);
        for (const struct pp_field *other = field + 1; other->name; other++) {
            assert_string_not_equal(field->name, other->name);
            bool stored = field->type != PP_JSON && field->type != PP_OBJECT;
            assert_true(!stored || field->offset != other->offset);
        }
    }
}

/* ---- values ---- */

static void numbers_are_whole_where_they_can_be(void **state) {
    (void)state;
    static const struct {
        double number;
        int integer;
    } cases[] = {{1.0, 1}, {-3.0, 1}, {0.001, 0}, {1e300, 0}, {PP_INT_MAX, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = pp_number_to_json(cases[i].number);
        assert_int_equal(json_is_integer(json), cases[i].integer);
        assert_true(json_number_value(json) == cases[i].number);
        json_decref(json);
    }
}

/* ---- the schema ---- */

static void whole_schema(void **state) {
    (void)state;
    json_t *schema = pp_json_schema(pp_config_fields, tasks);
    assert_non_null(schema);
    assert_json(schema, "$schema", "\"http://json-schema.org/draft-07/schema#\"");
    assert_json(schema, "type", "\"object\"");
    assert_json(schema, "additionalProperties", "false");
    assert_json(schema, "required", "[\"task\", \"task_count\"]");
    assert_json(schema, "properties/task/anyOf/0",
                "{\"enum\": [\"all\", \"gone\", \"none\"],"
                " \"enumDescriptions\": [\"has them all\", \"is not here\", \"takes nothing\"]}");
    assert_json(schema, "properties/task/anyOf/1", "{\"type\": \"string\", \"pattern\": \"/\"}");
    assert_json(schema, "properties/$schema/type", "\"string\"");
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        assert_non_null(json_object_get(json_object_get(schema, "properties"), field->name));
    assert_int_equal(json_object_size(json_object_get(schema, "properties")), pp_field_count(pp_config_fields) + 1);
    assert_int_equal(json_array_size(json_object_get(schema, "allOf")), 3);
    json_decref(schema);
}

static void keys_in_the_schema(void **state) {
    (void)state;
    json_t *schema = pp_json_schema(pp_config_fields, tasks);
    json_t *keys = at(schema, "properties");
    assert_json(keys, "iterations",
                "{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000, \"default\": 1,"
                " \"description\": \"passes per worker count (integer from 1 to 1000000, default 1)\"}");
    assert_json(keys, "workers/anyOf",
                "[{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 100000}, {\"const\": \"auto\"},"
                " {\"type\": \"array\", \"items\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 100000},"
                " \"minItems\": 1}]");
    assert_json(keys, "executor/default", "\"process\"");
    assert_null(json_object_get(at(keys, "workers"), "default"));
    assert_json(keys, "multiprocessing_start_method/anyOf",
                "[{\"enum\": [\"fork\", \"spawn\", \"forkserver\"]}, {\"const\": null}]");
    assert_json(keys, "chunk_size/default", "\"auto\"");
    assert_json(keys, "library_threads/default", "null");
    assert_json(keys, "task_timeout/anyOf/0/minimum", "0.001");
    assert_json(keys, "gc_after_iteration/type", "\"boolean\"");
    assert_json(keys, "output_dir/minLength", "1");
    assert_json(keys, "task_args/type", "[\"array\", \"object\"]");
    json_decref(schema);
}

static void arguments_in_the_schema(void **state) {
    (void)state;
    json_t *schema = pp_json_schema(pp_config_fields, tasks);
    json_t *rule = at(schema, "allOf/0");
    assert_json(rule, "if", "{\"properties\": {\"task\": {\"const\": \"all\"}}, \"required\": [\"task\"]}");
    assert_json(rule, "then/required", "[\"task_args\"]");
    json_t *arguments = at(rule, "then/properties/task_args");
    assert_json(arguments, "type", "[\"array\", \"object\"]");
    assert_json(arguments, "title", "\"all\"");
    assert_json(arguments, "description", "\"has them all\"");
    assert_json(arguments, "additionalItems", "false");
    assert_json(arguments, "minItems", "1");
    assert_int_equal(json_array_size(at(arguments, "items")), 4);
    assert_json(arguments, "items/0/items", "{\"type\": \"string\"}");
    assert_json(arguments, "items/1",
                "{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 100, \"default\": 50,"
                " \"description\": \"how much (integer from 1 to 100, default 50, in MB)\"}");
    assert_json(arguments, "items/2/items/1", "{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 30}");
    assert_json(arguments, "items/2/additionalItems", "false");
    assert_json(arguments, "items/2/minItems", "2");
    assert_json(arguments, "items/2/default", "[20, 20]");
    assert_json(arguments, "items/3/enum", "[\"random\", \"text\"]");
    assert_json(arguments, "additionalProperties", "false");
    assert_json(arguments, "required", "[\"files\"]");
    assert_json(arguments, "properties/kind/default", "\"random\"");
    json_decref(schema);
}

static void a_task_without_arguments(void **state) {
    (void)state;
    json_t *schema = pp_json_schema(pp_config_fields, tasks);
    assert_json(schema, "allOf/2/then/properties/task_args",
                "{\"type\": [\"array\", \"object\"], \"title\": \"none\", \"description\": \"takes nothing\","
                " \"maxItems\": 0, \"properties\": {}, \"additionalProperties\": false}");
    assert_null(json_object_get(at(schema, "allOf/2/then"), "required"));
    json_decref(schema);
}

static void no_tasks_at_all(void **state) {
    (void)state;
    static const struct pp_task *const nobody[] = {NULL};
    json_t *schema = pp_json_schema(pp_config_fields, nobody);
    assert_non_null(schema);
    assert_null(json_object_get(schema, "allOf"));
    assert_json(schema, "properties/task/anyOf/0/enum", "[]");
    json_decref(schema);
}

static void this_programs_own_schema_is_json(void **state) {
    (void)state;
    json_t *made = pp_json_schema(pp_config_fields, pp_tasks());
    char *text = json_dumps(made, JSON_INDENT(2));
    json_decref(made);
    assert_non_null(text);
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    json_t *names = at(schema, "properties/task/anyOf/0/enum");
    assert_int_equal(json_array_size(names), json_array_size(at(schema, "allOf")));
    for (size_t i = 0; i < json_array_size(names); i++)
        assert_non_null(pp_task_find(json_string_value(json_array_get(names, i))));
    assert_null(pp_task_find("no such task"));
    json_decref(schema);
    free(text);
}

/* ---- no memory ---- */

static long left; /* allocations of jansson that still succeed; negative: all */
static long held; /* blocks that jansson has not freed */

static void *scarce_malloc(size_t bytes) {
    if (left == 0)
        return NULL;
    if (left > 0)
        left--;
    held++;
    return malloc(bytes);
}

static void counted_free(void *memory) {
    held -= memory != NULL;
    free(memory);
}

static void schema_survives_every_failed_allocation(void **state) {
    (void)state;
    left = -1;
    json_set_alloc_funcs(scarce_malloc, counted_free);
    json_t *schema = NULL;
    for (long allowed = 0; !schema; allowed++) {
        left = allowed;
        schema = pp_json_schema(pp_config_fields, tasks);
        left = -1;
        if (!schema)
            assert_int_equal(held, 0);
        assert_true(allowed < 100000);
    }
    json_decref(schema);
    assert_int_equal(held, 0);
    json_set_alloc_funcs(malloc, free);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_those_of_the_documentation),
        cmocka_unit_test(rows_are_well_formed),
        cmocka_unit_test(numbers_are_whole_where_they_can_be),
        cmocka_unit_test(whole_schema),
        cmocka_unit_test(keys_in_the_schema),
        cmocka_unit_test(arguments_in_the_schema),
        cmocka_unit_test(a_task_without_arguments),
        cmocka_unit_test(no_tasks_at_all),
        cmocka_unit_test(this_programs_own_schema_is_json),
        cmocka_unit_test(schema_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
