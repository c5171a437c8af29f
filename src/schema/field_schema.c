#include "schema/field_schema.h"

#include <stdio.h>

#include "base/fields.h"
#include "schema/describe.h"
#include "schema/json_build.h"
#include "schema/json_value.h"

static json_t *of_type(const char *type) { return json_pack("{s: s}", "type", type); }

static void put_bounds(json_t *schema, const struct pp_field *field, int *bad) {
    if (field->min >= -PP_INT_MAX)
        pp_json_put(schema, "minimum", pp_number_to_json(field->min), bad);
    if (field->max <= PP_INT_MAX)
        pp_json_put(schema, "maximum", pp_number_to_json(field->max), bad);
}

static json_t *number(const char *type, const struct pp_field *field) {
    json_t *schema = of_type(type);
    int bad = !schema;
    put_bounds(schema, field, &bad);
    return pp_json_unless(bad, schema);
}

static json_t *string(const struct pp_field *field) {
    json_t *schema = of_type("string");
    int bad = !schema;
    if (field->flags & PP_FIELD_NONEMPTY)
        pp_json_put(schema, "minLength", json_integer(1), &bad);
    return pp_json_unless(bad, schema);
}

static json_t *choice(const struct pp_field *field) {
    json_t *words = json_array();
    int bad = !words;
    for (size_t i = 0; field->choices && field->choices[i]; i++)
        pp_json_push(words, json_string(field->choices[i]), &bad);
    words = pp_json_unless(bad, words);
    return words ? json_pack("{s: o}", "enum", words) : NULL;
}

static json_t *pair(const struct pp_field *field) {
    return json_pack("{s: s, s: [o, o], s: b, s: i}", "type", "array", "items", number("integer", field),
                     number("integer", field), "additionalItems", 0, "minItems", 2);
}

static json_t *object(const struct pp_field *field) {
    json_t *keys = json_object();
    int bad = !keys;
    for (const struct pp_field *key = field->of; key->name; key++)
        pp_json_put(keys, key->name, pp_field_schema(key), &bad);
    keys = pp_json_unless(bad, keys);
    return keys ? json_pack("{s: s, s: o, s: b}", "type", "object", "properties", keys, "additionalProperties", 0)
                : NULL;
}

/* What the flags let stand in place of a value. */
static void push_special(const struct pp_field *field, json_t *forms, int *bad) {
    if (field->flags & PP_FIELD_AUTO)
        pp_json_push(forms, json_pack("{s: s}", "const", "auto"), bad);
    if (field->flags & PP_FIELD_NULL)
        pp_json_push(forms, json_pack("{s: n}", "const"), bad);
}

static json_t *plain_item(const struct pp_field *field) {
    if (field->type == PP_INTS)
        return number("integer", field);
    return field->choices ? choice(field) : of_type("string");
}

/* "auto" and null are items where no integer that is allowed could stand for them. */
static json_t *item(const struct pp_field *field) {
    if (!(field->flags & PP_FIELD_ONE) || !(field->flags & (PP_FIELD_AUTO | PP_FIELD_NULL)) || field->min <= 0)
        return plain_item(field);
    json_t *forms = json_pack("[o]", plain_item(field));
    int bad = !forms;
    push_special(field, forms, &bad);
    forms = pp_json_unless(bad, forms);
    return forms ? json_pack("{s: o}", "anyOf", forms) : NULL;
}

static json_t *list(const struct pp_field *field, json_t *items) {
    json_t *schema = json_pack("{s: s, s: o}", "type", "array", "items", items);
    int bad = !schema;
    if (field->flags & PP_FIELD_NONEMPTY)
        pp_json_put(schema, "minItems", json_integer(1), &bad);
    return pp_json_unless(bad, schema);
}

static json_t *plain(const struct pp_field *field) {
    switch (field->type) {
    case PP_INT:
        return number("integer", field);
    case PP_REAL:
        return number("number", field);
    case PP_BOOL:
        return of_type("boolean");
    case PP_STRING:
        return string(field);
    case PP_CHOICE:
        return choice(field);
    case PP_PAIR:
        return pair(field);
    case PP_INTS:
    case PP_STRINGS:
        return list(field, item(field));
    case PP_TASKS: /* defined where the tasks are known: schema/json_schema.c */
        return list(field, json_pack("{s: s}", "$ref", "#/definitions/member"));
    case PP_OBJECT:
        return object(field);
    case PP_JSON:
        break;
    }
    return json_pack("{s: [s, s]}", "type", "array", "object");
}

/* The value itself, and the other forms that the flags allow: editors tell of the first what a value of the wrong type
 * should be, and a list is seldom meant. */
static json_t *all_forms(const struct pp_field *field) {
    bool one = field->flags & PP_FIELD_ONE;
    json_t *schema = one ? plain_item(field) : plain(field);
    if (!one && !(field->flags & (PP_FIELD_AUTO | PP_FIELD_NULL)))
        return schema;
    json_t *forms = json_pack("[o]", schema);
    int bad = !forms;
    push_special(field, forms, &bad);
    if (one)
        pp_json_push(forms, plain(field), &bad);
    forms = pp_json_unless(bad, forms);
    return forms ? json_pack("{s: o}", "anyOf", forms) : NULL;
}

/* As one would write it: one word without brackets, 10 and not 10.0. */
json_t *pp_field_schema_default(const struct pp_field *field) {
    if (field->type == PP_REAL && !pp_value_is_special(field, field->def))
        return pp_number_to_json(field->def.r);
    if (field->type == PP_STRINGS && (field->flags & PP_FIELD_ONE) && field->def.strings.count == 1)
        return json_string(field->def.strings.items[0]);
    return pp_value_to_json(field, field->def);
}

json_t *pp_field_schema(const struct pp_field *field) {
    char kind[512], words[1024];
    pp_field_describe(field, kind, sizeof kind);
    snprintf(words, sizeof words, "%s (%s)", field->help ? field->help : "", kind);
    json_t *schema = all_forms(field);
    int bad = !schema;
    pp_json_put(schema, "description", json_string(words), &bad);
    if (!(field->flags & PP_FIELD_REQUIRED) && field->type != PP_OBJECT)
        pp_json_put(schema, "default", pp_field_schema_default(field), &bad);
    return pp_json_unless(bad, schema);
}
