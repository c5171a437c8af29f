#include "schema/json_schema.h"

#include "base/fields.h"
#include "base/members.h"
#include "schema/config.h"
#include "schema/field_schema.h"
#include "schema/json_build.h"

#include <stdio.h>

static json_t *properties(const struct pp_field *fields) {
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_field *field = fields; field && field->name; field++)
        pp_json_put(object, field->name, pp_field_schema(field), &bad);
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

static json_t *args_as_array(const struct pp_field *fields) {
    if (pp_fields_are_rest(fields))
        return pp_field_schema(fields);
    json_t *schema = json_object(), *items = json_array();
    int bad = !schema || !items;
    for (const struct pp_field *field = fields; field && field->name; field++)
        pp_json_push(items, pp_field_schema(field), &bad);
    pp_json_put(schema, "type", json_string("array"), &bad);
    /* prefixItems must not be empty: JSON Schema core, section 10.3.1.1. */
    if (json_array_size(items) > 0)
        pp_json_put(schema, "prefixItems", json_incref(items), &bad);
    json_decref(items);
    pp_json_put(schema, "items", json_false(), &bad);
    if (least_items(fields) > 0)
        pp_json_put(schema, "minItems", json_integer((json_int_t)least_items(fields)), &bad);
    return pp_json_unless(bad, schema);
}

static json_t *args_as_object(const struct pp_field *fields) {
    json_t *schema = json_object();
    int bad = !schema;
    pp_json_put(schema, "type", json_string("object"), &bad);
    pp_json_put(schema, "properties", properties(fields), &bad);
    pp_json_put(schema, "additionalProperties", json_false(), &bad);
    if (least_items(fields) > 0)
        pp_json_put(schema, "required", required(fields), &bad);
    return pp_json_unless(bad, schema);
}

/* {"if": {the task is this one}, "then": {its arguments are these}} */
static json_t *rule_for(const struct pp_task *task) {
    json_t *forms = json_pack("[o, o]", args_as_array(task->args), args_as_object(task->args));
    if (!forms)
        return NULL;
    json_t *properties_then = json_pack("{s: {s: s, s: o}}", "task_args", "description", task->summary, "anyOf", forms);
    if (!properties_then)
        return NULL;
    json_t *rule = json_pack("{s: {s: {s: {s: s}}, s: [s]}, s: {s: o}}", "if", "properties", "task", "const",
                             task->name, "required", "task", "then", "properties", properties_then);
    int bad = !rule;
    if (bad || least_items(task->args) == 0)
        return rule;
    pp_json_put(json_object_get(rule, "then"), "required", json_pack("[s]", "task_args"), &bad);
    return pp_json_unless(bad, rule);
}

static json_t *rules(const struct pp_task *const *tasks) {
    json_t *list = json_array();
    int bad = !list;
    for (; *tasks; tasks++)
        if (!(*tasks)->unavailable)
            pp_json_push(list, rule_for(*tasks), &bad);
    return pp_json_unless(bad, list);
}

static json_t *task_names(const struct pp_task *const *tasks) {
    json_t *names = json_array();
    int bad = !names;
    for (; *tasks; tasks++)
        if (!(*tasks)->unavailable)
            pp_json_push(names, json_string((*tasks)->name), &bad);
    return pp_json_unless(bad, names);
}

/* A name, or the path of a plugin. */
static json_t *task_forms(const struct pp_task *const *tasks) {
    json_t *names = task_names(tasks);
    return names ? json_pack("[{s: o}, {s: s}]", "enum", names, "pattern", "/") : NULL;
}

/* A list of objects, each with keys of those that are swept. */
static json_t *runners(const struct pp_field *keys) {
    json_t *own = json_object();
    int bad = !own;
    for (const struct pp_field *field = keys; field->name; field++)
        if (pp_config_is_swept(field))
            pp_json_put(own, field->name, pp_field_schema(field), &bad);
    own = pp_json_unless(bad, own);
    const struct pp_field *row = pp_field_find(keys, "runners");
    return own ? json_pack("{s: s, s: s, s: i, s: {s: s, s: o, s: b}}", "description", row->help, "type", "array",
                           "minItems", 1, "items", "type", "object", "properties", own, "additionalProperties", 0)
               : NULL;
}

static json_t *config_properties(const struct pp_field *keys, const struct pp_task *const *tasks) {
    json_t *object = properties(keys);
    int bad = !object;
    if (json_object_get(object, "task"))
        pp_json_put(json_object_get(object, "task"), "anyOf", task_forms(tasks), &bad);
    if (json_object_get(object, "runners"))
        pp_json_put(object, "runners", runners(keys), &bad);
    pp_json_put(object, "$schema", json_pack("{s: s, s: s}", "description", "for editors, not read", "type", "string"),
                &bad);
    return pp_json_unless(bad, object);
}

/* ---- tasks in tasks: [name, arguments, weight] ---- */

/* The arguments are those of the task alone: rule number `rule` of the whole says what they are. */
static json_t *member_rule(const struct pp_task *task, size_t rule) {
    char arguments[64];
    snprintf(arguments, sizeof arguments, "#/allOf/%zu/then/properties/task_args", rule);
    return json_pack("{s: {s: [{s: s}]}, s: {s: [b, {s: s}], s: i}}", "if", "prefixItems", "const", task->name, "then",
                     "prefixItems", 1, "$ref", arguments, "minItems", least_items(task->args) > 0 ? 2 : 1);
}

/* Those with a list of tasks are told by it. */
static bool any_has_members(const struct pp_task *const *tasks) {
    while (*tasks && ((*tasks)->unavailable || !pp_members_field(*tasks)))
        tasks++;
    return *tasks != NULL;
}

static json_t *member(const struct pp_task *const *tasks) {
    json_t *names = json_array(), *member_rules = json_array();
    int bad = !names || !member_rules;
    size_t rule = 0;
    for (; *tasks; tasks++) {
        if (!pp_member_unfit(*tasks)) {
            pp_json_push(names, json_string((*tasks)->name), &bad);
            pp_json_push(member_rules, member_rule(*tasks, rule), &bad);
        }
        rule += !(*tasks)->unavailable;
    }
    json_t *schema =
        json_pack("{s: s, s: s, s: i, s: b, s: [{s: [{s: o}, {s: s}], s: s}, {s: [s, s]}, {s: s, s: i, s: f}]}",
                  "description", "task, its arguments, and its weight, 1 when nothing is said", "type", "array",
                  "minItems", 1, "items", 0, "prefixItems", "anyOf", "enum", names, "pattern", "/", "type", "string",
                  "type", "array", "object", "type", "number", "exclusiveMinimum", 0, "maximum", PP_WEIGHT_MAX);
    if (json_array_size(member_rules) > 0)
        pp_json_put(schema, "allOf", json_incref(member_rules), &bad);
    json_decref(member_rules);
    return pp_json_unless(bad, schema);
}

json_t *pp_json_schema(const struct pp_field *keys, const struct pp_task *const *tasks) {
    json_t *schema = json_object();
    int bad = !schema;
    pp_json_put(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"), &bad);
    pp_json_put(schema, "title", json_string("pptest config"), &bad);
    pp_json_put(schema, "type", json_string("object"), &bad);
    pp_json_put(schema, "properties", config_properties(keys, tasks), &bad);
    pp_json_put(schema, "required", required(keys), &bad);
    pp_json_put(schema, "additionalProperties", json_false(), &bad);
    if (any_has_members(tasks))
        pp_json_put(schema, "$defs", json_pack("{s: o}", "member", member(tasks)), &bad);
    json_t *per_task = rules(tasks);
    if (!per_task || json_array_size(per_task) > 0) /* allOf must not be empty */
        pp_json_put(schema, "allOf", per_task, &bad);
    else
        json_decref(per_task);
    return pp_json_unless(bad, schema);
}
