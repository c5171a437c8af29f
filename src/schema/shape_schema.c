#include "schema/shape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "schema/json_build.h"

static json_t *word_list(const char *const *words, bool or_null) {
    json_t *list = json_array();
    int bad = !list;
    for (; *words; words++)
        pp_json_push(list, json_string(*words), &bad);
    if (or_null)
        pp_json_push(list, json_null(), &bad);
    list = pp_json_unless(bad, list);
    return list ? json_pack("{s: o}", "enum", list) : NULL;
}

static json_t *list_of(json_t *items) { return json_pack("{s: s, s: o}", "type", "array", "items", items); }

static json_t *two(const char *type) {
    return json_pack("{s: s, s: {s: s}, s: i, s: i}", "type", "array", "items", "type", type, "minItems", 2, "maxItems",
                     2);
}

static json_t *interval(void) { return json_pack("{s: [o, {s: s}]}", "anyOf", two("number"), "type", "null"); }

static json_t *plain(const struct pp_shape *row) {
    switch (row->type) {
    case PP_SHAPE_NUMBER:
        return json_pack("{s: [s, s]}", "type", "number", "null");
    case PP_SHAPE_COUNT:
    case PP_SHAPE_SIZE:
    case PP_SHAPE_UNSIGNED:
        return json_pack("{s: s, s: i}", "type", "integer", "minimum", 0);
    case PP_SHAPE_BOOL:
        return json_pack("{s: s}", "type", "boolean");
    case PP_SHAPE_TEXT:
        return json_pack("{s: [s, s]}", "type", "string", "null");
    case PP_SHAPE_CHARS:
        return json_pack("{s: s}", "type", "string");
    case PP_SHAPE_WORD:
        return word_list(row->words, true);
    case PP_SHAPE_WORDS:
        return list_of(word_list(row->words, false));
    case PP_SHAPE_INTERVAL:
        return interval();
    case PP_SHAPE_OBJECT:
        return pp_shape_schema(row->of);
    case PP_SHAPE_ARRAY:
    case PP_SHAPE_LIST:
        return list_of(pp_shape_schema(row->of));
    case PP_SHAPE_TEXTS:
        return list_of(json_pack("{s: s}", "type", "string"));
    case PP_SHAPE_PAIRS:
        return list_of(two("integer"));
    case PP_SHAPE_SHORTS:
        return list_of(json_pack("{s: s, s: i, s: i}", "type", "integer", "minimum", 0, "maximum", UINT16_MAX));
    case PP_SHAPE_JSON:
        break;
    }
    return json_pack("{s: s}", "type", "object");
}

static json_t *described(const struct pp_shape *row) {
    char words[256];
    snprintf(words, sizeof words, "%s%s%s", row->help, row->unit ? ", in " : "", row->unit ? row->unit : "");
    json_t *schema = plain(row);
    int bad = !schema;
    pp_json_put(schema, "description", json_string(words), &bad);
    return pp_json_unless(bad, schema);
}

json_t *pp_shape_schema(const struct pp_shape *shape) {
    json_t *properties = json_object(), *required = json_array(), *schema = json_object();
    int bad = !properties || !required || !schema;
    for (const struct pp_shape *row = shape; row->name && !bad; row++) {
        pp_json_put(properties, row->name, described(row), &bad);
        pp_json_push(required, json_string(row->name), &bad);
    }
    pp_json_put(schema, "type", json_string("object"), &bad);
    pp_json_put(schema, "properties", properties, &bad);
    pp_json_put(schema, "required", required, &bad);
    return pp_json_unless(bad, schema);
}
