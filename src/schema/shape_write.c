#include "schema/shape.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/interval.h"
#include "base/textbuf.h"
#include "base/utf8.h"
#include "schema/json_build.h"

static const void *at(const struct pp_shape *row, const void *base) { return (const char *)base + row->offset; }

static size_t count_of(const struct pp_shape *row, const void *base) {
    const void *count = (const char *)base + row->count_offset;
    return row->type == PP_SHAPE_ARRAY ? *(const unsigned *)count : *(const size_t *)count;
}

static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

/* JSON's integers end here for jansson. */
static json_t *whole(uint64_t value) { return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value); }

static json_t *text(const char *value) {
    if (!value)
        return json_null();
    if (pp_utf8_prefix(value, strlen(value)) == strlen(value))
        return json_string(value);
    size_t size = 4 * strlen(value) + 1; /* each byte as \xNN */
    char *escaped = malloc(size);
    if (!escaped)
        return NULL;
    struct pp_textbuf out = pp_textbuf_in(escaped, size);
    pp_textbuf_plain(&out, value);
    json_t *json = json_string(escaped);
    free(escaped);
    return json;
}

static json_t *word(const struct pp_shape *row, int index) {
    for (int i = 0; row->words[i]; i++)
        if (i == index)
            return json_string(row->words[i]);
    return json_null();
}

static json_t *words(const struct pp_shape *row, unsigned set) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; row->words[i]; i++)
        if (set & (1U << i))
            pp_json_push(list, json_string(row->words[i]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *interval(struct pp_interval value) {
    return isfinite(value.low) && isfinite(value.high) ? json_pack("[f, f]", value.low, value.high) : json_null();
}

static json_t *items(const struct pp_shape *row, const void *first, size_t count) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < count && !bad; i++)
        pp_json_push(list, pp_shape_write(row->of, (const char *)first + i * row->size), &bad);
    return pp_json_unless(bad, list);
}

static json_t *texts(const char *const *first, size_t count) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < count && !bad; i++)
        pp_json_push(list, text(first[i]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *pairs(const uint64_t (*first)[2], size_t count) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < count && !bad; i++)
        pp_json_push(list, json_pack("[I, I]", (json_int_t)first[i][0], (json_int_t)first[i][1]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *shorts(const uint16_t *first, size_t count) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < count && !bad; i++)
        pp_json_push(list, json_integer(first[i]), &bad);
    return pp_json_unless(bad, list);
}

static json_t *member(const struct pp_shape *row, const void *base) {
    const void *value = at(row, base);
    switch (row->type) {
    case PP_SHAPE_NUMBER:
        return number(*(const double *)value);
    case PP_SHAPE_COUNT:
        return whole(*(const uint64_t *)value);
    case PP_SHAPE_SIZE:
        return whole(*(const size_t *)value);
    case PP_SHAPE_UNSIGNED:
        return json_integer(*(const unsigned *)value);
    case PP_SHAPE_BOOL:
        return json_boolean(*(const bool *)value);
    case PP_SHAPE_TEXT:
        return text(*(const char *const *)value);
    case PP_SHAPE_CHARS:
        return text(value);
    case PP_SHAPE_WORD:
        return word(row, *(const int *)value);
    case PP_SHAPE_WORDS:
        return words(row, *(const unsigned *)value);
    case PP_SHAPE_INTERVAL:
        return interval(*(const struct pp_interval *)value);
    case PP_SHAPE_OBJECT:
        return pp_shape_write(row->of, value);
    case PP_SHAPE_ARRAY:
        return items(row, value, count_of(row, base));
    case PP_SHAPE_LIST:
        return items(row, *(const void *const *)value, count_of(row, base));
    case PP_SHAPE_TEXTS:
        return texts(*(const char *const *const *)value, count_of(row, base));
    case PP_SHAPE_PAIRS:
        return pairs(*(const uint64_t(*const *)[2])value, count_of(row, base));
    case PP_SHAPE_SHORTS:
        return shorts(*(const uint16_t *const *)value, count_of(row, base));
    case PP_SHAPE_JSON:
        break;
    }
    json_t *json = *(json_t *const *)value;
    return json ? json_incref(json) : json_object();
}

json_t *pp_shape_write(const struct pp_shape *shape, const void *base) {
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_shape *row = shape; row->name && !bad; row++)
        pp_json_put(object, row->name, member(row, base), &bad);
    return pp_json_unless(bad, object);
}
