#include "schema/json_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

struct out {
    char *text; /* not ended by NUL */
    size_t length, size;
    size_t line;  /* where the last line begins */
    size_t width; /* of a line; 0: no end */
    size_t limit; /* nothing is written beyond it */
    bool over;    /* something would have been */
    bool failed;  /* there is no memory */
};

static bool grow(struct out *out, size_t least) {
    size_t size = out->size ? out->size : 4096;
    while (size < least)
        size *= 2;
    char *text = realloc(out->text, size);
    if (!text)
        return false;
    out->text = text;
    out->size = size;
    return true;
}

static void put_bytes(struct out *out, const char *bytes, size_t length) {
    out->over = out->over || out->length + length > out->limit;
    out->failed = out->failed || (out->length + length > out->size && !grow(out, out->length + length));
    if (out->over || out->failed || length == 0)
        return;
    memcpy(out->text + out->length, bytes, length);
    out->length += length;
}

static void put(struct out *out, const char *text) { put_bytes(out, text, strlen(text)); }

static void put_newline(struct out *out, size_t indent) {
    put(out, "\n");
    out->line = out->length;
    for (size_t i = 0; i < indent; i++)
        put(out, " ");
}

/* ---- on one line ---- */

/* RFC 8259 section 7: quotes, backslashes and what is below a space must be escaped. */
static void put_escaped(struct out *out, char byte) {
    char escape[8];
    const char *letter = strchr("\"\"\\\\\nn\tt\rr", byte);
    if (letter && byte)
        snprintf(escape, sizeof escape, "\\%c", letter[1]);
    else
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)byte);
    put(out, escape);
}

static void put_string(struct out *out, const char *text, size_t length) {
    put(out, "\"");
    for (size_t start = 0, i = 0; i <= length; i++) {
        bool plain = i < length && text[i] != '"' && text[i] != '\\' && (unsigned char)text[i] >= 0x20;
        if (plain)
            continue;
        put_bytes(out, text + start, i - start);
        if (i < length)
            put_escaped(out, text[i]);
        start = i + 1;
    }
    put(out, "\"");
}

static void put_real(struct out *out, double value) {
    char text[PP_NUMBER_BYTES];
    pp_number_text(value, text, sizeof text);
    put(out, text);
    if (!strpbrk(text, ".e"))
        put(out, ".0");
}

static void put_scalar(struct out *out, const json_t *value) {
    char text[PP_NUMBER_BYTES];
    switch (json_typeof(value)) {
    case JSON_STRING:
        put_string(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        put(out, text);
        break;
    case JSON_REAL:
        put_real(out, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        put(out, json_is_true(value) ? "true" : "false");
        break;
    default:
        put(out, "null");
    }
}

static void put_key(struct out *out, const char *key) {
    put_string(out, key, strlen(key));
    put(out, ": ");
}

static void put_flat(struct out *out, const json_t *value) {
    if (json_is_object(value)) {
        put(out, "{");
        for (void *item = json_object_iter((json_t *)value); item && !out->over;) {
            put_key(out, json_object_iter_key(item));
            put_flat(out, json_object_iter_value(item));
            item = json_object_iter_next((json_t *)value, item);
            put(out, item ? ", " : "");
        }
        put(out, "}");
    } else if (json_is_array(value)) {
        put(out, "[");
        for (size_t i = 0; i < json_array_size(value) && !out->over; i++) {
            put(out, i ? ", " : "");
            put_flat(out, json_array_get(value, i));
        }
        put(out, "]");
    } else
        put_scalar(out, value);
}

/* ---- over several lines ---- */

/* Writes both if the line has room for them and for a comma; writes nothing otherwise. */
static bool put_if_it_fits(struct out *out, const char *before, const json_t *value) {
    size_t start = out->length;
    out->limit = out->width ? out->line + out->width - 1 : SIZE_MAX;
    put(out, before);
    put_flat(out, value);
    out->limit = SIZE_MAX;
    if (!out->over)
        return true;
    out->over = false;
    out->length = start;
    return false;
}

/* An array that belongs on as few lines as it needs: of numbers, or, `nested` times, of arrays of them. */
static bool is_numbers(const json_t *value, unsigned nested) {
    if (!json_is_array(value))
        return false;
    for (size_t i = 0; i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        bool fine = json_is_number(item) || json_is_null(item) || (nested > 0 && is_numbers(item, nested - 1));
        if (!fine)
            return false;
    }
    return true;
}

static void put_filled(struct out *out, const json_t *array, size_t indent) {
    put_newline(out, indent);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        if (i > 0)
            put(out, ",");
        if (put_if_it_fits(out, i ? " " : "", item))
            continue;
        if (i > 0)
            put_newline(out, indent);
        put_flat(out, item);
    }
}

static void put_value(struct out *out, const json_t *value, size_t indent);

static void put_items(struct out *out, const json_t *array, size_t indent) {
    for (size_t i = 0; i < json_array_size(array); i++) {
        put(out, i ? "," : "");
        put_newline(out, indent);
        put_value(out, json_array_get(array, i), indent);
    }
}

static void put_members(struct out *out, const json_t *object, size_t indent) {
    const char *comma = "";
    for (void *item = json_object_iter((json_t *)object); item; item = json_object_iter_next((json_t *)object, item)) {
        put(out, comma);
        put_newline(out, indent);
        put_key(out, json_object_iter_key(item));
        put_value(out, json_object_iter_value(item), indent);
        comma = ",";
    }
}

static void put_value(struct out *out, const json_t *value, size_t indent) {
    if (!json_is_object(value) && !json_is_array(value)) {
        put_scalar(out, value);
        return;
    }
    if (put_if_it_fits(out, "", value))
        return;
    put(out, json_is_object(value) ? "{" : "[");
    if (json_is_object(value))
        put_members(out, value, indent + 2);
    else if (is_numbers(value, 1))
        put_filled(out, value, indent + 2);
    else
        put_items(out, value, indent + 2);
    put_newline(out, indent);
    put(out, json_is_object(value) ? "}" : "]");
}

char *pp_json_text(const json_t *value, size_t width) {
    struct out out = {.width = width, .limit = SIZE_MAX};
    if (!value)
        return NULL;
    put_value(&out, value, 0);
    put_bytes(&out, "", 1);
    if (!out.failed)
        return out.text;
    free(out.text);
    return NULL;
}
