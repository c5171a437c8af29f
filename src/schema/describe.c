#include "schema/describe.h"

#include <inttypes.h>
#include <string.h>

#include "base/fields.h"
#include "base/textbuf.h"

#define SPECIAL (PP_FIELD_NULL | PP_FIELD_AUTO)

/* Bounds at which JSON or double ends are no bounds to a reader. */
static void add_bounds(struct pp_textbuf *out, const struct pp_field *field) {
    bool low = field->min > -PP_INT_MAX, high = field->max < PP_INT_MAX;
    if (low && high)
        pp_textbuf_add(out, " from %.15g to %.15g", field->min, field->max);
    else if (low)
        pp_textbuf_add(out, " >= %.15g", field->min);
    else if (high)
        pp_textbuf_add(out, " <= %.15g", field->max);
}

static void add_choices(struct pp_textbuf *out, const struct pp_field *field) {
    for (size_t i = 0; field->choices && field->choices[i]; i++) {
        bool last = !field->choices[i + 1] && !(field->type == PP_CHOICE && (field->flags & SPECIAL));
        pp_textbuf_add(out, "%s\"%s\"", i == 0 ? "" : last ? " or " : ", ", field->choices[i]);
    }
}

static void add_item(struct pp_textbuf *out, const struct pp_field *field) {
    if (field->type == PP_PAIR || field->type == PP_INTS) {
        pp_textbuf_add(out, "integer");
        add_bounds(out, field);
    } else if (field->choices) {
        add_choices(out, field);
    } else
        pp_textbuf_add(out, "string");
}

static void add_list(struct pp_textbuf *out, const struct pp_field *field, const char *items) {
    if (field->flags & PP_FIELD_ONE) {
        add_item(out, field);
        pp_textbuf_add(out, field->flags & SPECIAL ? ", list of them" : ", or list of them");
        return;
    }
    pp_textbuf_add(out, "list of %s%s", field->flags & PP_FIELD_NONEMPTY ? "one or more " : "", items);
    if (field->type == PP_INTS)
        add_bounds(out, field);
    else if (field->choices) {
        pp_textbuf_add(out, " out of ");
        add_choices(out, field);
    }
}

static void add_kind(struct pp_textbuf *out, const struct pp_field *field) {
    switch (field->type) {
    case PP_INT:
        pp_textbuf_add(out, "integer");
        add_bounds(out, field);
        break;
    case PP_REAL:
        pp_textbuf_add(out, "number");
        add_bounds(out, field);
        break;
    case PP_BOOL:
        pp_textbuf_add(out, "true or false");
        break;
    case PP_STRING:
        pp_textbuf_add(out, "%sstring", field->flags & PP_FIELD_NONEMPTY ? "non-empty " : "");
        break;
    case PP_CHOICE:
        add_choices(out, field);
        break;
    case PP_PAIR:
        pp_textbuf_add(out, "pair [low, high] of integers");
        add_bounds(out, field);
        break;
    case PP_INTS:
        add_list(out, field, "integers");
        break;
    case PP_STRINGS:
        add_list(out, field, field->choices ? "words" : "strings");
        break;
    case PP_TASKS:
        add_list(out, field, "[task, arguments, weight]");
        break;
    case PP_OBJECT:
        pp_textbuf_add(out, "object with ");
        for (const struct pp_field *key = field->of; key->name; key++)
            pp_textbuf_add(out, "%s\"%s\"", key == field->of ? "" : key[1].name ? ", " : " and ", key->name);
        break;
    case PP_JSON:
        pp_textbuf_add(out, field->flags & PP_FIELD_NONEMPTY ? "list of one or more objects" : "array or object");
        break;
    }
    if (field->flags & PP_FIELD_AUTO)
        pp_textbuf_add(out, field->flags & PP_FIELD_NULL ? ", \"auto\"" : " or \"auto\"");
    if (field->flags & PP_FIELD_NULL)
        pp_textbuf_add(out, " or null");
}

static void add_ints(struct pp_textbuf *out, const int64_t *items, size_t count) {
    pp_textbuf_add(out, "[");
    for (size_t i = 0; i < count; i++)
        pp_textbuf_add(out, "%s%" PRId64, i ? ", " : "", items[i]);
    pp_textbuf_add(out, "]");
}

static void add_strings(struct pp_textbuf *out, struct pp_strings list) {
    pp_textbuf_add(out, "[");
    for (size_t i = 0; i < list.count; i++)
        pp_textbuf_add(out, "%s\"%s\"", i ? ", " : "", list.items[i]);
    pp_textbuf_add(out, "]");
}

static void add_value(struct pp_textbuf *out, const struct pp_field *field, union pp_value value) {
    switch (field->type) {
    case PP_INT:
        pp_textbuf_add(out, "%" PRId64, value.i);
        break;
    case PP_REAL:
        pp_textbuf_add(out, "%.15g", value.r);
        break;
    case PP_BOOL:
        pp_textbuf_add(out, value.i ? "true" : "false");
        break;
    case PP_STRING:
        pp_textbuf_add(out, "\"%s\"", value.s ? value.s : "");
        break;
    case PP_CHOICE:
        pp_textbuf_add(out, "\"%s\"", field->choices[value.i]);
        break;
    case PP_PAIR:
        add_ints(out, (const int64_t[]){value.pair.low, value.pair.high}, 2);
        break;
    case PP_INTS:
        add_ints(out, value.ints.items, value.ints.count);
        break;
    case PP_STRINGS:
        add_strings(out, value.strings);
        break;
    case PP_TASKS:
        pp_textbuf_add(out, "[]");
        break;
    case PP_OBJECT:
        pp_textbuf_add(out, "{}");
        break;
    case PP_JSON:
        pp_textbuf_add(out, "[]");
        break;
    }
}

static void add_default(struct pp_textbuf *out, const struct pp_field *field) {
    if (pp_value_is_special(field, field->def))
        pp_textbuf_add(out, field->flags & PP_FIELD_AUTO ? "\"auto\"" : "null");
    else
        add_value(out, field, field->def);
}

/* The keys of an object have defaults of their own; without a list that must not be empty there is none. */
static bool has_default(const struct pp_field *field) {
    return field->type != PP_OBJECT && !(field->type == PP_JSON && (field->flags & PP_FIELD_NONEMPTY));
}

size_t pp_field_describe(const struct pp_field *field, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    add_kind(&out, field);
    if (field->flags & PP_FIELD_REQUIRED)
        pp_textbuf_add(&out, ", required");
    else if (has_default(field)) {
        pp_textbuf_add(&out, ", default ");
        add_default(&out, field);
    }
    if (field->unit)
        pp_textbuf_add(&out, ", in %s", field->unit);
    return out.length;
}

size_t pp_field_kind(const struct pp_field *field, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    add_kind(&out, field);
    return out.length;
}

size_t pp_field_default(const struct pp_field *field, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    if (!(field->flags & PP_FIELD_REQUIRED) && has_default(field))
        add_default(&out, field);
    return out.length;
}

/* "integer" and "array" take "an"; choices, booleans and the quoted words take nothing. */
static const char *article(const struct pp_field *field, const char *words) {
    if (field->type == PP_BOOL || words[0] == '"')
        return "";
    return strchr("aeiou", words[0]) ? "an " : "a ";
}

size_t pp_field_expect(const struct pp_field *field, char *text, size_t size) {
    char words[512];
    struct pp_textbuf kind = pp_textbuf_in(words, sizeof words);
    add_kind(&kind, field);
    struct pp_textbuf out = pp_textbuf_in(text, size);
    pp_textbuf_add(&out, "%s%s", article(field, words), words);
    return out.length;
}

size_t pp_field_expect_item(const struct pp_field *field, char *text, size_t size) {
    char words[512];
    struct pp_textbuf kind = pp_textbuf_in(words, sizeof words);
    add_item(&kind, field);
    struct pp_textbuf out = pp_textbuf_in(text, size);
    pp_textbuf_add(&out, "%s%s", article(field, words), words);
    return out.length;
}
