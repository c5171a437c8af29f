#include "schema/shape.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/interval.h"
#include "schema/place.h"
#include "schema/show.h"

/* One value under way. */
struct reading {
    const struct pp_shape_reader *reader;
    const struct pp_shape *row;
    const char *place;
    const json_t *value;
    char *base; /* of the struct that the member is in */
};

static void *member_of(const struct reading *reading) { return reading->base + reading->row->offset; }

static int refuse(const struct reading *reading, const char *expected) {
    const struct pp_shape *row = reading->row;
    return pp_problems_add(reading->reader->problems, reading->reader->file, reading->place,
                           "found %s, expected %s%s%s", pp_json_show(reading->value).text, expected,
                           row->unit ? " in " : "", row->unit ? row->unit : "");
}

/* ---- plain values ---- */

static int read_number(const struct reading *reading) {
    if (!json_is_number(reading->value) && !json_is_null(reading->value))
        return refuse(reading, "a number or null");
    *(double *)member_of(reading) = json_is_null(reading->value) ? NAN : json_number_value(reading->value);
    return 0;
}

static int read_whole(const struct reading *reading) {
    json_int_t value = json_integer_value(reading->value);
    bool small = reading->row->type == PP_SHAPE_UNSIGNED;
    if (!json_is_integer(reading->value) || value < 0)
        return refuse(reading, "an integer >= 0");
    if (small && value > UINT_MAX)
        return refuse(reading, "a smaller integer");
    if (small)
        *(unsigned *)member_of(reading) = (unsigned)value;
    else if (reading->row->type == PP_SHAPE_SIZE)
        *(size_t *)member_of(reading) = (size_t)value;
    else
        *(uint64_t *)member_of(reading) = (uint64_t)value;
    return 0;
}

static int read_bool(const struct reading *reading) {
    if (!json_is_boolean(reading->value))
        return refuse(reading, "true or false");
    *(bool *)member_of(reading) = json_is_true(reading->value);
    return 0;
}

static int read_text(const struct reading *reading) {
    if (json_is_null(reading->value))
        return 0;
    if (!json_is_string(reading->value))
        return refuse(reading, "a string or null");
    size_t length = json_string_length(reading->value);
    char *copy = pp_arena_copy(reading->reader->arena, json_string_value(reading->value), length);
    *(const char **)member_of(reading) = copy;
    return copy ? 0 : -ENOMEM;
}

static int read_chars(const struct reading *reading) {
    if (!json_is_string(reading->value) || json_string_length(reading->value) >= reading->row->size)
        return refuse(reading, json_is_string(reading->value) ? "a shorter string" : "a string");
    memcpy(member_of(reading), json_string_value(reading->value), json_string_length(reading->value) + 1);
    return 0;
}

static int index_of(const struct pp_shape *row, const json_t *value) {
    const char *word = json_string_value(value);
    for (int i = 0; word && row->words[i]; i++)
        if (strcmp(row->words[i], word) == 0)
            return i;
    return -1;
}

static int read_word(const struct reading *reading) {
    int index = index_of(reading->row, reading->value);
    if (index < 0 && !json_is_null(reading->value))
        return refuse(reading, "one of the words that this version knows");
    *(int *)member_of(reading) = index;
    return 0;
}

static int read_words(const struct reading *reading) {
    unsigned set = 0;
    if (!json_is_array(reading->value))
        return refuse(reading, "a list of words");
    for (size_t i = 0; i < json_array_size(reading->value); i++) {
        int index = index_of(reading->row, json_array_get(reading->value, i));
        if (index < 0)
            return refuse(reading, "a list of words that this version knows");
        set |= 1U << index;
    }
    *(unsigned *)member_of(reading) = set;
    return 0;
}

static int read_interval(const struct reading *reading) {
    struct pp_interval *interval = member_of(reading);
    *interval = PP_INTERVAL_UNKNOWN;
    if (json_is_null(reading->value))
        return 0;
    const json_t *low = json_array_get(reading->value, 0), *high = json_array_get(reading->value, 1);
    if (json_array_size(reading->value) != 2 || !json_is_number(low) || !json_is_number(high) ||
        json_number_value(low) > json_number_value(high))
        return refuse(reading, "[low, high] or null");
    *interval = (struct pp_interval){json_number_value(low), json_number_value(high)};
    return 0;
}

/* ---- several ---- */

static int read_items(const struct reading *reading, char *first) {
    int status = 0;
    for (size_t i = 0; i < json_array_size(reading->value) && status != -ENOMEM; i++) {
        struct pp_place place = pp_place_item(reading->place, i);
        int this_status = pp_shape_read(reading->reader, reading->row->of, place.text,
                                        json_array_get(reading->value, i), first + i * reading->row->size);
        status = this_status != 0 ? this_status : status;
    }
    return status;
}

static int read_array(const struct reading *reading) {
    size_t count = json_array_size(reading->value);
    if (!json_is_array(reading->value) || count > reading->row->max)
        return refuse(reading, json_is_array(reading->value) ? "a shorter list" : "a list");
    *(unsigned *)(reading->base + reading->row->count_offset) = (unsigned)count;
    return read_items(reading, member_of(reading));
}

/* Memory for a list of items of `size` bytes, and the list put into its struct. */
static void *make_list(const struct reading *reading, size_t size) {
    size_t count = json_array_size(reading->value);
    void *list = pp_arena_array(reading->reader->arena, count, size);
    if (list) {
        *(void **)member_of(reading) = list;
        *(size_t *)(reading->base + reading->row->count_offset) = count;
    }
    return list;
}

static int read_list(const struct reading *reading) {
    if (!json_is_array(reading->value))
        return refuse(reading, "a list");
    char *list = make_list(reading, reading->row->size);
    return list ? read_items(reading, list) : -ENOMEM;
}

static int read_texts(const struct reading *reading) {
    const char **list = json_is_array(reading->value) ? make_list(reading, sizeof *list) : NULL;
    if (!list)
        return json_is_array(reading->value) ? -ENOMEM : refuse(reading, "a list of strings");
    for (size_t i = 0; i < json_array_size(reading->value); i++) {
        const json_t *item = json_array_get(reading->value, i);
        if (!json_is_string(item))
            return refuse(reading, "a list of strings");
        list[i] = pp_arena_copy(reading->reader->arena, json_string_value(item), json_string_length(item));
        if (!list[i])
            return -ENOMEM;
    }
    return 0;
}

static int read_pairs(const struct reading *reading) {
    uint64_t(*list)[2] = json_is_array(reading->value) ? make_list(reading, sizeof *list) : NULL;
    if (!list)
        return json_is_array(reading->value) ? -ENOMEM : refuse(reading, "a list of pairs");
    for (size_t i = 0; i < json_array_size(reading->value); i++) {
        const json_t *pair = json_array_get(reading->value, i);
        for (size_t k = 0; k < 2; k++) {
            const json_t *part = json_array_get(pair, k);
            if (json_array_size(pair) != 2 || !json_is_integer(part) || json_integer_value(part) < 0)
                return refuse(reading, "a list of pairs of integers >= 0");
            list[i][k] = (uint64_t)json_integer_value(part);
        }
    }
    return 0;
}

static int read_shorts(const struct reading *reading) {
    uint16_t *list = json_is_array(reading->value) ? make_list(reading, sizeof *list) : NULL;
    if (!list)
        return json_is_array(reading->value) ? -ENOMEM : refuse(reading, "a list of integers");
    for (size_t i = 0; i < json_array_size(reading->value); i++) {
        const json_t *item = json_array_get(reading->value, i);
        json_int_t value = json_integer_value(item);
        if (!json_is_integer(item) || value < 0 || value > UINT16_MAX)
            return refuse(reading, "a list of integers from 0 to 65535");
        list[i] = (uint16_t)value;
    }
    return 0;
}

static int read_json(const struct reading *reading) {
    if (!json_is_object(reading->value))
        return refuse(reading, "an object");
    *(const json_t **)member_of(reading) = reading->value;
    return 0;
}

static int read_object(const struct reading *reading) {
    return pp_shape_read(reading->reader, reading->row->of, reading->place, reading->value, member_of(reading));
}

static int read_member(const struct reading *reading) {
    static int (*const readers[])(const struct reading *) = {
        [PP_SHAPE_NUMBER] = read_number,     [PP_SHAPE_COUNT] = read_whole,   [PP_SHAPE_SIZE] = read_whole,
        [PP_SHAPE_UNSIGNED] = read_whole,    [PP_SHAPE_BOOL] = read_bool,     [PP_SHAPE_TEXT] = read_text,
        [PP_SHAPE_CHARS] = read_chars,       [PP_SHAPE_WORD] = read_word,     [PP_SHAPE_WORDS] = read_words,
        [PP_SHAPE_INTERVAL] = read_interval, [PP_SHAPE_OBJECT] = read_object, [PP_SHAPE_ARRAY] = read_array,
        [PP_SHAPE_LIST] = read_list,         [PP_SHAPE_TEXTS] = read_texts,   [PP_SHAPE_PAIRS] = read_pairs,
        [PP_SHAPE_SHORTS] = read_shorts,     [PP_SHAPE_JSON] = read_json};
    return readers[reading->row->type](reading);
}

static int refuse_missing(const struct pp_shape_reader *reader, const char *place, const struct pp_shape *row) {
    return pp_problems_add(reader->problems, reader->file, place, "\"%s\" is missing: %s", row->name, row->help);
}

int pp_shape_read(const struct pp_shape_reader *reader, const struct pp_shape *shape, const char *place,
                  const json_t *value, void *base) {
    if (!json_is_object(value))
        return pp_problems_add(reader->problems, reader->file, place, "found %s, expected an object",
                               pp_json_show(value).text);
    int status = 0;
    for (const struct pp_shape *row = shape; row->name && status != -ENOMEM; row++) {
        const json_t *found = json_object_get(value, row->name);
        struct pp_place below = pp_place_key(place, row->name);
        struct reading reading = {.reader = reader, .row = row, .place = below.text, .value = found, .base = base};
        int this_status = found ? read_member(&reading) : row->later ? 0 : refuse_missing(reader, place, row);
        status = this_status != 0 ? this_status : status;
    }
    return status;
}
