#include "schema/json_schema.h"

#include "base/fields.h"
#include "base/members.h"
#include "schema/config.h"
#include "schema/field_schema.h"
#include "schema/json_build.h"

#include <stdio.h>

/* ---- names of tasks ---- */

/* Those that may be members where this build has them. */
static bool fits(const struct pp_task *task) {
    struct pp_task whole = *task;
    whole.unavailable = NULL;
    return !pp_member_unfit(&whole);
}

static bool any(const struct pp_task *task) { return task != NULL; }

/* Which editors show with what the task does. */
static json_t *names_of(const struct pp_task *const *tasks, bool (*which)(const struct pp_task *)) {
    json_t *names = json_array(), *summaries = json_array();
    int bad = !names || !summaries;
    for (; *tasks; tasks++)
        if (which(*tasks)) {
            pp_json_push(names, json_string((*tasks)->name), &bad);
            pp_json_push(summaries, json_string((*tasks)->summary), &bad);
        }
    json_t *schema = json_pack("{s: o, s: o}", "enum", names, "enumDescriptions", summaries);
    return pp_json_unless(bad, schema);
}

/* A name, or the path of a plugin. */
static json_t *names_or_paths(const struct pp_task *const *tasks, bool (*which)(const struct pp_task *)) {
    return json_pack("[o, {s: s, s: s}]", names_of(tasks, which), "type", "string", "pattern", "/");
}

/* ---- fields ---- */

/* A field, with what can be said of it only where the tasks are known. */
static json_t *field_schema(const struct pp_field *field, const struct pp_task *const *tasks) {
    json_t *schema = pp_field_schema(field);
    int bad = !schema;
    if (field->flags & PP_FIELD_MEMBERS) {
        pp_json_put(schema, "items", names_of(tasks, fits), &bad);
        pp_json_put(schema, "uniqueItems", json_true(), &bad);
    }
    return pp_json_unless(bad, schema);
}

static json_t *properties(const struct pp_field *fields, const struct pp_task *const *tasks) {
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_field *field = fields; field && field->name; field++)
        pp_json_put(object, field->name, field_schema(field, tasks), &bad);
    return pp_json_unless(bad, object);
}

static json_t *required(const struct pp_field *fields) {
    json_t *names = json_array();
    int bad = !names;
    for (const struct pp_field *field = fields; field && field->name; field++)
        if (field->flags & PP_FIELD_REQUIRED)
            pp_json_push(names, json_string(field->name), &bad);
    return pp_json_unless(bad, names);
}

/* Items that an array needs so that each required argument is given. */
static size_t least_items(const struct pp_field *fields) {
    size_t least = 0;
    for (size_t i = 0; fields && fields[i].name; i++)
        if (fields[i].flags & PP_FIELD_REQUIRED)
            least = i + 1;
    return least;
}

/* Keywords for arrays say nothing of objects, and the other way round, so both forms are one schema: an editor then
 * knows which of them a mistake is in. */
static void put_array_form(json_t *schema, const struct pp_field *fields, const struct pp_task *const *tasks,
                           int *bad) {
    json_t *items = json_array();
    for (const struct pp_field *field = fields; field && field->name; field++)
        pp_json_push(items, field_schema(field, tasks), bad);
    size_t count = json_array_size(items);
    if (count > 0) /* items must not be empty: JSON Schema Validation (draft-07), section 6.4.1 */
        pp_json_put(schema, "items", json_incref(items), bad);
    json_decref(items);
    pp_json_put(schema, count > 0 ? "additionalItems" : "maxItems", count > 0 ? json_false() : json_integer(0), bad);
    if (least_items(fields) > 0)
        pp_json_put(schema, "minItems", json_integer((json_int_t)least_items(fields)), bad);
}

static void put_object_form(json_t *schema, const struct pp_field *fields, const struct pp_task *const *tasks,
                            int *bad) {
    pp_json_put(schema, "properties", properties(fields, tasks), bad);
    pp_json_put(schema, "additionalProperties", json_false(), bad);
    if (least_items(fields) > 0)
        pp_json_put(schema, "required", required(fields), bad);
}

/* The defaults, in both forms. */
static json_t *examples(const struct pp_field *fields) {
    json_t *array = json_array(), *object = json_object();
    int bad = !array || !object;
    for (const struct pp_field *field = fields; field->name; field++) {
        pp_json_push(array, pp_field_schema_default(field), &bad);
        pp_json_put(object, field->name, pp_field_schema_default(field), &bad);
    }
    json_t *both = json_pack("[o, o]", array, object);
    return pp_json_unless(bad, both);
}

static json_t *arguments(const struct pp_task *task, const struct pp_task *const *tasks) {
    json_t *schema = pp_fields_are_rest(task->args) ? field_schema(task->args, tasks) : json_object();
    int bad = !schema;
    if (!pp_fields_are_rest(task->args))
        put_array_form(schema, task->args, tasks, &bad);
    put_object_form(schema, task->args, tasks, &bad);
    pp_json_put(schema, "type", json_pack("[s, s]", "array", "object"), &bad);
    pp_json_put(schema, "title", json_string(task->name), &bad);
    pp_json_put(schema, "description", json_string(task->summary), &bad);
    if (least_items(task->args) == 0 && pp_field_count(task->args) > 0)
        pp_json_put(schema, "examples", examples(task->args), &bad);
    return pp_json_unless(bad, schema);
}

/* {"if": {the task is this one}, "then": {its arguments are these}} */
static json_t *rule_for(const struct pp_task *task, const struct pp_task *const *tasks) {
    json_t *then = json_pack("{s: o}", "task_args", arguments(task, tasks));
    if (!then)
        return NULL;
    json_t *rule = json_pack("{s: {s: {s: {s: s}}, s: [s]}, s: {s: o}}", "if", "properties", "task", "const",
                             task->name, "required", "task", "then", "properties", then);
    int bad = !rule;
    if (bad || least_items(task->args) == 0)
        return rule;
    pp_json_put(json_object_get(rule, "then"), "required", json_pack("[s]", "task_args"), &bad);
    return pp_json_unless(bad, rule);
}

static json_t *rules(const struct pp_task *const *tasks) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; tasks[i]; i++)
        pp_json_push(list, rule_for(tasks[i], tasks), &bad);
    return pp_json_unless(bad, list);
}

/* Whose lists the config may not name an item of twice; in forms that are no array it says nothing. */
static void put_unique(json_t *schemas, const struct pp_field *keys, int *bad) {
    for (const struct pp_field *field = keys; field->name; field++)
        if (pp_config_is_swept(field) && (field->type == PP_INTS || field->type == PP_STRINGS))
            pp_json_put(json_object_get(schemas, field->name), "uniqueItems", json_true(), bad);
}

/* A list of objects, each with keys of those that are swept. */
static json_t *runners(const struct pp_field *keys) {
    json_t *own = json_object();
    int bad = !own;
    for (const struct pp_field *field = keys; field->name; field++)
        if (pp_config_is_swept(field))
            pp_json_put(own, field->name, pp_field_schema(field), &bad);
    put_unique(own, keys, &bad);
    own = pp_json_unless(bad, own);
    json_t *items =
        own ? json_pack("{s: s, s: o, s: b}", "type", "object", "properties", own, "additionalProperties", 0) : NULL;
    json_t *schema = pp_field_schema(pp_field_find(keys, "runners"));
    pp_json_put(schema, "type", json_string("array"), &bad);
    pp_json_put(schema, "minItems", json_integer(1), &bad);
    pp_json_put(schema, "items", items, &bad);
    json_object_del(schema, "default");
    return pp_json_unless(bad, schema);
}

static json_t *config_properties(const struct pp_field *keys, const struct pp_task *const *tasks) {
    json_t *object = properties(keys, tasks);
    int bad = !object;
    put_unique(object, keys, &bad);
    if (json_object_get(object, "task"))
        pp_json_put(json_object_get(object, "task"), "anyOf", names_or_paths(tasks, any), &bad);
    if (json_object_get(object, "runners"))
        pp_json_put(object, "runners", runners(keys), &bad);
    pp_json_put(object, "$schema", json_pack("{s: s, s: s}", "description", "for editors, not read", "type", "string"),
                &bad);
    return pp_json_unless(bad, object);
}

/* ---- tasks in tasks: [name, arguments, weight] ---- */

/* The arguments are those of the task alone: rule number `rule` of the whole says what they are. */
static json_t *member_rule(const struct pp_task *task, size_t rule) {
    char reference[64];
    snprintf(reference, sizeof reference, "#/allOf/%zu/then/properties/task_args", rule);
    return json_pack("{s: {s: [{s: s}]}, s: {s: [b, {s: s}], s: i}}", "if", "items", "const", task->name, "then",
                     "items", 1, "$ref", reference, "minItems", least_items(task->args) > 0 ? 2 : 1);
}

/* Those with a list of tasks are told by it. */
static bool any_has_members(const struct pp_task *const *tasks) {
    while (*tasks && !pp_members_field(*tasks))
        tasks++;
    return *tasks != NULL;
}

static json_t *member(const struct pp_task *const *tasks) {
    json_t *member_rules = json_array();
    int bad = !member_rules;
    for (size_t i = 0; tasks[i]; i++)
        if (fits(tasks[i]))
            pp_json_push(member_rules, member_rule(tasks[i], i), &bad);
    json_t *schema =
        json_pack("{s: s, s: s, s: i, s: b, s: [{s: o}, {s: [s, s]}, {s: s, s: i, s: f}]}", "description",
                  "task, its arguments, and its weight, 1 when nothing is said", "type", "array", "minItems", 1,
                  "additionalItems", 0, "items", "anyOf", names_or_paths(tasks, fits), "type", "array", "object",
                  "type", "number", "exclusiveMinimum", 0, "maximum", PP_WEIGHT_MAX);
    if (json_array_size(member_rules) > 0)
        pp_json_put(schema, "allOf", json_incref(member_rules), &bad);
    json_decref(member_rules);
    return pp_json_unless(bad, schema);
}

/* What every runner says for itself need not be said for all. */
static json_t *required_keys(const struct pp_field *keys) {
    json_t *names = required(keys);
    int bad = !names;
    for (size_t i = json_array_size(names); i > 0; i--)
        if (pp_config_is_swept(pp_field_find(keys, json_string_value(json_array_get(names, i - 1)))))
            bad |= json_array_remove(names, i - 1);
    return pp_json_unless(bad, names);
}

static json_t *workers_somewhere(void) {
    return json_pack("[{s: [s]}, {s: [s], s: {s: {s: {s: [s]}}}}]", "required", "workers", "required", "runners",
                     "properties", "runners", "items", "required", "workers");
}

/* A precision decides how many passes there are, and nothing else is bounded by a time. */
static json_t *dependencies(void) {
    return json_pack("{s: {s: {s: {s: n}}}, s: {s: [s], s: {s: {s: s}}}}", "iterations", "properties", "precision",
                     "const", "max_time", "required", "precision", "properties", "precision", "type", "number");
}

static json_t *config_examples(void) {
    return json_pack("[{s: s, s: [i], s: i, s: i, s: [i, i, i, i]}]", "task", "sort", "task_args", 1000000,
                     "task_count", 100, "iterations", 7, "workers", 0, 1, 2, 4);
}

json_t *pp_json_schema(const struct pp_field *keys, const struct pp_task *const *tasks) {
    json_t *schema = json_object();
    int bad = !schema;
    pp_json_put(schema, "$schema", json_string("http://json-schema.org/draft-07/schema#"), &bad);
    pp_json_put(schema, "title", json_string("pptest config"), &bad);
    pp_json_put(schema, "description", json_string("what pptest measures: a kind of work, and who is to do it"), &bad);
    pp_json_put(schema, "examples", config_examples(), &bad);
    pp_json_put(schema, "type", json_string("object"), &bad);
    pp_json_put(schema, "properties", config_properties(keys, tasks), &bad);
    pp_json_put(schema, "required", required_keys(keys), &bad);
    pp_json_put(schema, "anyOf", workers_somewhere(), &bad);
    pp_json_put(schema, "dependencies", dependencies(), &bad);
    pp_json_put(schema, "additionalProperties", json_false(), &bad);
    if (any_has_members(tasks))
        pp_json_put(schema, "definitions", json_pack("{s: o}", "member", member(tasks)), &bad);
    json_t *per_task = rules(tasks);
    if (!per_task || json_array_size(per_task) > 0) /* allOf must not be empty */
        pp_json_put(schema, "allOf", per_task, &bad);
    else
        json_decref(per_task);
    return pp_json_unless(bad, schema);
}
