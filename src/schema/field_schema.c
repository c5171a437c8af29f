#include "schema/field_schema.h"

#include <stdio.h>

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
    return json_pack("{s: s, s: [o, o], s: b, s: i}", "type", "array", "prefixItems", number("integer", field),
                     number("integer", field), "items", 0, "minItems", 2);
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
        return list(field, number("integer", field));
    case PP_STRINGS:
        return list(field, field->choices ? choice(field) : of_type("string"));
    case PP_JSON:
        break;
    }
    return json_pack("{s: [s, s]}", "type", "array", "object");
}

/* Adds what the flags let stand in place of the value itself. */
static json_t *with_special(const struct pp_field *field) {
    json_t *schema = plain(field);
    if (!(field->flags & (PP_FIELD_AUTO | PP_FIELD_NULL)))
        return schema;
    json_t *forms = json_pack("[o]", schema);
    int bad = !forms;
    if (field->flags & PP_FIELD_AUTO)
        pp_json_push(forms, json_pack("{s: s}", "const", "auto"), &bad);
    if (field->flags & PP_FIELD_NULL)
        pp_json_push(forms, json_pack("{s: n}", "const"), &bad);
    forms = pp_json_unless(bad, forms);
    return forms ? json_pack("{s: o}", "anyOf", forms) : NULL;
}

json_t *pp_field_schema(const struct pp_field *field) {
    char words[256];
    snprintf(words, sizeof words, "%s%s%s", field->help ? field->help : "", field->unit ? ", in " : "",
             field->unit ? field->unit : "");
    json_t *schema = with_special(field);
    int bad = !schema;
    pp_json_put(schema, "description", json_string(words), &bad);
    if (!(field->flags & PP_FIELD_REQUIRED))
        pp_json_put(schema, "default", pp_value_to_json(field, field->def), &bad);
    return pp_json_unless(bad, schema);
}
