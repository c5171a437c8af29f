#include "config/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/textbuf.h"
#include "base/utf8.h"
#include "schema/place.h"
#include "schema/show.h"

#define EXAMPLE "{\"task\": \"sum\", \"task_count\": 100, \"workers\": [0, 1, 2]}"

struct spot {
    char text[48];
};

static struct spot spot_at(long line, long column) {
    struct spot spot = {""};
    if (line > 0)
        snprintf(spot.text, sizeof spot.text, "%ld:%ld", line, column > 0 ? column : 1);
    return spot;
}

/* Line and column, in characters from 1, of what follows the well-formed `text`. */
static struct spot spot_after(const char *text, size_t length) {
    long line = 1, column = 1;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80)
            column++;
    }
    return spot_at(line, column);
}

static bool is_blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

static int check_bytes(const struct pp_reader *reader, const char *text, size_t length) {
    size_t good = pp_utf8_prefix(text, length);
    const char *nul = good ? memchr(text, '\0', good) : NULL;
    if (nul)
        return pp_problems_add(reader->problems, reader->file, spot_after(text, (size_t)(nul - text)).text,
                               "found a NUL byte; a config is text in UTF-8: save it again as that");
    if (good < length)
        return pp_problems_add(reader->problems, reader->file, spot_after(text, good).text,
                               "found the byte 0x%02x, which is not UTF-8; save the file again in UTF-8",
                               (unsigned)(unsigned char)text[good]);
    if (is_blank(text, length))
        return pp_problems_add(reader->problems, reader->file, "", "empty; a config is a JSON object such as " EXAMPLE);
    return 0;
}

/* What people write who know another notation, told by the token that jansson stumbled over. */
static const char *syntax_hint(const char *text) {
    static const struct {
        const char *end, *hint;
    } hints[] = {{"near '}'", "; is there a comma before it that must go?"},
                 {"near ']'", "; is there a comma before it that must go?"},
                 {"near '/'", "; JSON has no comments"},
                 {"near '#'", "; JSON has no comments"},
                 {"near '''", "; strings take double quotes"},
                 {"near 'None'", "; write null"},
                 {"near 'True'", "; write true"},
                 {"near 'False'", "; write false"},
                 {"near 'NaN'", "; JSON has no such number"},
                 {"near 'Infinity'", "; JSON has no such number"}};
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++) {
        size_t end = strlen(hints[i].end);
        if (length >= end && strcmp(text + length - end, hints[i].end) == 0)
            return hints[i].hint;
    }
    return "";
}

static const char *hint_for(const json_error_t *error) {
    switch (json_error_code(error)) {
    case json_error_premature_end_of_input:
        return "; a bracket or a quote is still open";
    case json_error_duplicate_key:
        return "; each key may stand only once";
    case json_error_numeric_overflow:
        return "; integers go up to 9007199254740991, other numbers to about 1.8e308";
    case json_error_end_of_input_expected:
        return "; the file must end where its object ends";
    default:
        return syntax_hint(error->text);
    }
}

/* jansson names its own flag here. */
static const char *words_of(const json_error_t *error) {
    bool nul = json_error_code(error) == json_error_null_character;
    return nul ? "found \\u0000 in a string, which cannot be used here" : error->text;
}

static bool begins(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

/* Without memory jansson leaves the text empty, or has read a string that it could not keep and then complains about
 * what no other text brings about: that the string is not one. */
static bool out_of_memory(const json_error_t *error) {
    return json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0' ||
           begins(error->text, "string or '}' expected near '\"") || begins(error->text, "invalid token near '\"");
}

int pp_parse_config(const struct pp_reader *reader, const char *text, size_t length, json_t **root) {
    static const char mark[] = "\xef\xbb\xbf";
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    int code = check_bytes(reader, text, length);
    if (code)
        return code;
    json_error_t error = {0};
    json_t *parsed = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!parsed)
        return out_of_memory(&error)
                   ? -ENOMEM
                   : pp_problems_add(reader->problems, reader->file, spot_at(error.line, error.column).text, "%s%s",
                                     words_of(&error), hint_for(&error));
    if (!json_is_object(parsed)) {
        code = pp_problems_add(reader->problems, reader->file, "1:1", "found %s, expected an object such as " EXAMPLE,
                               pp_json_show(parsed).text);
        json_decref(parsed);
        return code;
    }
    *root = parsed;
    return 0;
}

/* True for what was most likely meant as a string: a word or a path, but not a number that JSON cannot hold. */
static bool is_word(const char *text) {
    const char *letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
    size_t length = strlen(text);
    return length > 0 && length <= 40 && strspn(text, letters) == length && strspn(text, "0123456789-.") < length;
}

static int refuse_value(const struct pp_reader *reader, const char *key, const char *value, const json_error_t *error) {
    struct pp_place place = pp_place_set(key);
    if (is_blank(value, strlen(value)))
        return pp_problems_add(reader->problems, reader->file, place.text,
                               "nothing stands after the =; expected JSON, such as --set 'task=\"sum\"'");
    if (is_word(value))
        return pp_problems_add(reader->problems, reader->file, place.text,
                               "%s is not JSON; a string takes double quotes, and the shell single ones around them: "
                               "--set '%s=\"%s\"'",
                               value, key, value);
    return pp_problems_add(reader->problems, reader->file, place.text,
                           "the value is not JSON: %s%s; quote it for the shell, a string as in --set 'task=\"sum\"'",
                           words_of(error), hint_for(error));
}

static int parse_set(const struct pp_reader *reader, const char *set, json_t *values) {
    const char *equals = strchr(set, '=');
    if (!equals || equals == set || pp_utf8_prefix(set, strlen(set)) < strlen(set))
        return pp_problems_add(reader->problems, reader->file, pp_place_set(set).text,
                               "expected KEY=JSON in UTF-8, such as --set 'task=\"sum\"' or --set task_count=100");
    char *key = pp_arena_copy(reader->arena, set, (size_t)(equals - set));
    if (!key)
        return -ENOMEM;
    json_error_t error = {0};
    json_t *value = json_loads(equals + 1, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value)
        return out_of_memory(&error) ? -ENOMEM : refuse_value(reader, key, equals + 1, &error);
    return json_object_set_new(values, key, value) == 0 ? 0 : -ENOMEM;
}

int pp_parse_sets(const struct pp_reader *reader, const char *const *sets, json_t *values) {
    int code = 0;
    for (; sets && *sets && code != -ENOMEM; sets++)
        code = pp_worse(code, parse_set(reader, *sets, values));
    return code;
}
