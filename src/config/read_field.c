#include "config/read_field.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "base/nearest.h"
#include "base/textbuf.h"
#include "config/read_member.h"
#include "schema/describe.h"
#include "schema/place.h"
#include "schema/show.h"

/* More images or worker counts than this are a mistake, and would make the plan and the messages endless. */
enum { LIST_MAX = 100000 };

int pp_field_refuse_key(const struct pp_reader *reader, const struct pp_field *fields,
                        bool (*may_be)(const struct pp_field *field), const char *place, const char *key) {
    char known[512];
    struct pp_textbuf list = pp_textbuf_in(known, sizeof known);
    struct pp_nearest near = {.word = key};
    for (const struct pp_field *field = fields; field->name; field++) {
        if (may_be && !may_be(field))
            continue;
        pp_nearest_offer(&near, field->name);
        pp_textbuf_add(&list, "%s%s", list.length ? ", " : "", field->name);
    }
    if (near.best)
        return pp_problems_add(reader->problems, reader->file, place, "unknown key; did you mean \"%s\"?", near.best);
    return pp_problems_add(reader->problems, reader->file, place, "unknown key; the known ones are %s", known);
}

int pp_worse(int one, int other) { return one == -ENOMEM || other == 0 ? one : other; }

struct hint {
    char text[96];
};

static bool is_number(const char *text) {
    char *end;
    strtod(text, &end);
    return end != text && *end == '\0';
}

bool pp_json_whole(const json_t *value, int64_t *whole) {
    double number = json_number_value(value);
    if (!(fabs(number) <= PP_INT_MAX))
        return false;
    *whole = json_is_integer(value) ? json_integer_value(value) : (int64_t)number;
    return json_is_number(value) && (double)*whole == number;
}

/* The way out when a number was written in a form that is not one. */
static struct hint number_hint(const struct pp_field *field, const json_t *value) {
    struct hint hint = {""};
    if (json_is_string(value) && is_number(json_string_value(value)))
        snprintf(hint.text, sizeof hint.text, "; write it without quotes");
    else if (field->type != PP_REAL && fabs(json_number_value(value)) > PP_INT_MAX)
        snprintf(hint.text, sizeof hint.text, "; JSON keeps integers exact up to %.0f", PP_INT_MAX);
    return hint;
}

static struct hint hint_for(const struct pp_field *field, const json_t *value) {
    struct hint hint = {""};
    switch (field->type) {
    case PP_INT:
    case PP_REAL:
        return number_hint(field, value);
    case PP_BOOL:
        if (json_is_string(value) || json_is_integer(value))
            snprintf(hint.text, sizeof hint.text, ", without quotes");
        break;
    case PP_INTS:
    case PP_STRINGS:
        if (field->flags & PP_FIELD_ONE)
            return field->type == PP_INTS ? number_hint(field, value) : hint;
        if (field->type == PP_INTS ? json_is_number(value) : json_is_string(value))
            snprintf(hint.text, sizeof hint.text, "; write [%s]", pp_json_show(value).text);
        break;
    default:
        break;
    }
    return hint;
}

/* `near`: a known word that may have been meant, or NULL. */
static int refuse_word(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value, const char *near) {
    char expected[512];
    (field->type == PP_CHOICE ? pp_field_expect : pp_field_expect_item)(field, expected, sizeof expected);
    return pp_problems_add(reader->problems, reader->file, place, "found %s, expected %s%s%s%s",
                           pp_json_show(value).text, expected, near ? "; did you mean \"" : "", near ? near : "",
                           near ? "\"?" : "");
}

static int refuse(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                  const json_t *value) {
    char expected[512];
    pp_field_expect(field, expected, sizeof expected);
    return pp_problems_add(reader->problems, reader->file, place, "found %s, expected %s%s", pp_json_show(value).text,
                           expected, hint_for(field, value).text);
}

static int refuse_item(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value) {
    char expected[512];
    pp_field_expect_item(field, expected, sizeof expected);
    return pp_problems_add(reader->problems, reader->file, place, "found %s, expected %s%s", pp_json_show(value).text,
                           expected, number_hint(field, value).text);
}

/* Bounds are doubles: an integer is compared with them only where a double holds it exactly. */
static bool take_integer(const struct pp_field *field, const json_t *value, int64_t *integer) {
    return pp_json_whole(value, integer) && (double)*integer >= field->min && (double)*integer <= field->max;
}

static int read_int(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                    const json_t *value, union pp_value *out) {
    return take_integer(field, value, &out->i) ? 0 : refuse(reader, field, place, value);
}

static int read_real(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                     const json_t *value, union pp_value *out) {
    double number = json_number_value(value);
    if (!json_is_number(value) || !isfinite(number) || number < field->min || number > field->max)
        return refuse(reader, field, place, value);
    out->r = number;
    return 0;
}

static int read_bool(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                     const json_t *value, union pp_value *out) {
    if (!json_is_boolean(value))
        return refuse(reader, field, place, value);
    out->i = json_is_true(value);
    return 0;
}

static int read_string(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value, union pp_value *out) {
    if (!json_is_string(value) || ((field->flags & PP_FIELD_NONEMPTY) && json_string_length(value) == 0))
        return refuse(reader, field, place, value);
    out->s = pp_arena_copy(reader->arena, json_string_value(value), json_string_length(value));
    return out->s ? 0 : -ENOMEM;
}

/* Index of the word in `choices`, -1 when it is none of them, the problem being listed. */
static int find_choice(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value, int *code) {
    struct pp_nearest near = {.word = json_string_value(value)};
    for (int i = 0; near.word && field->choices && field->choices[i]; i++) {
        if (strcmp(near.word, field->choices[i]) == 0)
            return i;
        pp_nearest_offer(&near, field->choices[i]);
    }
    *code = refuse_word(reader, field, place, value, near.best);
    return -1;
}

static int read_choice(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value, union pp_value *out) {
    int code = 0;
    int index = find_choice(reader, field, place, value, &code);
    if (index >= 0)
        out->i = index;
    return code;
}

static int read_pair(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                     const json_t *value, union pp_value *out) {
    if (!json_is_array(value) || json_array_size(value) != 2)
        return refuse(reader, field, place, value);
    int code = 0;
    int64_t *const ends[2] = {&out->pair.low, &out->pair.high};
    for (size_t i = 0; i < 2; i++)
        if (!take_integer(field, json_array_get(value, i), ends[i]))
            code = pp_worse(code, refuse_item(reader, field, pp_place_item(place, i).text, json_array_get(value, i)));
    if (code)
        return code;
    if (out->pair.low > out->pair.high)
        return pp_problems_add(reader->problems, reader->file, place,
                               "found %s, whose low end is above its high end; expected [low, high]",
                               pp_json_show(value).text);
    return 0;
}

static bool takes_default(const struct pp_field *field, const json_t *value) {
    if ((field->flags & PP_FIELD_NULL) && json_is_null(value))
        return true;
    return (field->flags & PP_FIELD_AUTO) && json_is_string(value) && strcmp(json_string_value(value), "auto") == 0;
}

/* Could this be an item, which may stand without brackets? */
static bool stands_alone(const struct pp_field *field, const json_t *value) {
    return (field->flags & PP_FIELD_ONE) && !json_is_array(value) && !json_is_object(value);
}

/* The place of an item in a list, or of the one that stands for a list. */
static struct pp_place item_place(const char *place, const json_t *value, size_t i) {
    struct pp_place at;
    if (json_is_array(value))
        return pp_place_item(place, i);
    snprintf(at.text, sizeof at.text, "%s", place);
    return at;
}

static const json_t *item_of(const json_t *value, size_t i) {
    return json_is_array(value) ? json_array_get(value, i) : value;
}

/* What holds for every list. */
static int check_list(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                      const json_t *value) {
    size_t count = json_array_size(value);
    if (stands_alone(field, value))
        return 0;
    if (!json_is_array(value) || (count == 0 && (field->flags & PP_FIELD_NONEMPTY)))
        return refuse(reader, field, place, value);
    if (count > LIST_MAX)
        return pp_problems_add(reader->problems, reader->file, place, "found %zu items, expected at most %d", count,
                               (int)LIST_MAX);
    return 0;
}

static int read_ints(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                     const json_t *value, union pp_value *out) {
    int code = check_list(reader, field, place, value);
    if (code)
        return code;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    int64_t *items = pp_arena_array(reader->arena, count, sizeof *items);
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < count && code != -ENOMEM; i++) {
        const json_t *item = item_of(value, i);
        items[i] = 0; /* for a word */
        bool special = (field->flags & PP_FIELD_ONE) && field->min > 0 && takes_default(field, item);
        if (special || take_integer(field, item, &items[i]))
            continue;
        code = pp_worse(code, json_is_array(value) ? refuse_item(reader, field, pp_place_item(place, i).text, item)
                                                   : refuse(reader, field, place, item));
    }
    out->ints = (struct pp_ints){.count = count, .items = items};
    return code;
}

static int read_word(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                     const json_t *value, const char **word) {
    int code = 0;
    if (!json_is_string(value))
        return refuse_item(reader, field, place, value);
    if (field->choices && find_choice(reader, field, place, value, &code) < 0)
        return code;
    *word = pp_arena_copy(reader->arena, json_string_value(value), json_string_length(value));
    return *word ? 0 : -ENOMEM;
}

static int read_strings(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                        const json_t *value, union pp_value *out) {
    int code = check_list(reader, field, place, value);
    if (code)
        return code;
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    const char **items = pp_arena_array(reader->arena, count, sizeof *items);
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < count && code != -ENOMEM; i++)
        code = pp_worse(code, read_word(reader, field, item_place(place, value, i).text, item_of(value, i), &items[i]));
    out->strings = (struct pp_strings){.count = count, .items = items, .bare = !json_is_array(value)};
    return code;
}

static int read_tasks(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                      const json_t *value, union pp_value *out) {
    size_t count = json_array_size(value);
    int code = check_list(reader, field, place, value);
    if (code == 0 && count > PP_MEMBERS_MAX)
        code = pp_problems_add(reader->problems, reader->file, place, "found %zu tasks, expected at most %d", count,
                               PP_MEMBERS_MAX);
    if (code)
        return code;
    struct pp_member *items = pp_arena_array(reader->arena, count, sizeof *items);
    if (!items)
        return -ENOMEM;
    for (size_t i = 0; i < count && code != -ENOMEM; i++)
        code =
            pp_worse(code, pp_member_read(reader, pp_place_item(place, i).text, json_array_get(value, i), &items[i]));
    out->members = (struct pp_members){.count = count, .items = items};
    return code;
}

static int read_nothing(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                        const json_t *value, union pp_value *out) {
    (void)reader, (void)field, (void)place, (void)value, (void)out;
    return 0;
}

typedef int read_fn(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                    const json_t *value, union pp_value *out);

static read_fn *const readers[] = {
    [PP_INT] = read_int,       [PP_REAL] = read_real,   [PP_BOOL] = read_bool, [PP_STRING] = read_string,
    [PP_CHOICE] = read_choice, [PP_PAIR] = read_pair,   [PP_INTS] = read_ints, [PP_STRINGS] = read_strings,
    [PP_TASKS] = read_tasks,   [PP_JSON] = read_nothing};

/* The keys of an object are members of the same struct. */
static int read_object(const struct pp_reader *reader, const struct pp_field *field, const char *place,
                       const json_t *value, void *base) {
    if (!json_is_object(value))
        return refuse(reader, field, place, value);
    int code = 0;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member) {
        const struct pp_field *found = pp_field_find(field->of, key);
        const char *at = pp_place_key(place, key).text;
        code = pp_worse(code, found ? pp_field_read(reader, found, at, member, base)
                                    : pp_field_refuse_key(reader, field->of, NULL, at, key));
        if (code == -ENOMEM)
            break;
    }
    return code;
}

int pp_field_read(const struct pp_reader *reader, const struct pp_field *field, const char *place, const json_t *value,
                  void *base) {
    if (field->type == PP_OBJECT)
        return read_object(reader, field, place, value, base);
    union pp_value read = field->def;
    int code = takes_default(field, value) ? 0 : readers[field->type](reader, field, place, value, &read);
    if (code == 0)
        pp_value_store(field, base, read);
    return code;
}
