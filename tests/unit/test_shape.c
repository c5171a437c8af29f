/* Shapes: structs written as JSON, their schema, and what comes of reading anything at all back. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/interval.h"
#include "base/problems.h"
#include "schema/shape.h"

/* ---- a struct with a member of every type; fences stand where a member that is written too long would end ---- */

struct point {
    double x;
    unsigned y;
};

struct all {
    double number;
    uint64_t count;
    size_t size;
    unsigned small, fence_small;
    bool yes;
    const char *text;
    char chars[5], fence_chars[3];
    int word;
    unsigned words, fence_words;
    struct pp_interval interval;
    struct point object;
    unsigned array_count, fence_array_count;
    struct point array[2], fence_array;
    size_t list_count;
    struct point *list;
    size_t texts_count;
    const char **texts;
    size_t pairs_count;
    uint64_t (*pairs)[2];
    size_t shorts_count;
    uint16_t *shorts;
    json_t *json;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define AT(member) .offset = offsetof(struct all, member)
#define COUNTED(member)                                                                                                \
    AT(member), .count_offset = offsetof(struct all, member##_count), .size = sizeof(struct point), .of = point_shape

static const struct pp_shape point_shape[] = {
    {.name = "x", .unit = "m", .help = "to the right", .type = PP_SHAPE_NUMBER, .offset = offsetof(struct point, x)},
    {.name = "y", .help = "upwards", .type = PP_SHAPE_UNSIGNED, .offset = offsetof(struct point, y)},
    {.name = NULL}};

static const struct pp_shape all_shape[] = {
    {.name = "number", .unit = "s", .help = "a number", .type = PP_SHAPE_NUMBER, AT(number)},
    {.name = "count", .help = "a count", .type = PP_SHAPE_COUNT, AT(count)},
    {.name = "size", .unit = "bytes", .help = "a size", .type = PP_SHAPE_SIZE, AT(size)},
    {.name = "small", .help = "a small count", .type = PP_SHAPE_UNSIGNED, AT(small)},
    {.name = "yes", .help = "is it so", .type = PP_SHAPE_BOOL, AT(yes)},
    {.name = "text", .help = "a text", .type = PP_SHAPE_TEXT, AT(text)},
    {.name = "chars", .help = "a short text", .type = PP_SHAPE_CHARS, AT(chars), .size = 5},
    {.name = "word", .help = "a colour", .type = PP_SHAPE_WORD, AT(word), .words = colours},
    {.name = "words", .help = "colours", .type = PP_SHAPE_WORDS, AT(words), .words = colours},
    {.name = "interval", .help = "from, to", .type = PP_SHAPE_INTERVAL, AT(interval)},
    {.name = "object", .help = "a point", .type = PP_SHAPE_OBJECT, AT(object), .of = point_shape},
    {.name = "array", .help = "two points", .type = PP_SHAPE_ARRAY, .max = 2, COUNTED(array)},
    {.name = "list", .help = "many points", .type = PP_SHAPE_LIST, COUNTED(list)},
    {.name = "texts",
     .help = "many texts",
     .type = PP_SHAPE_TEXTS,
     AT(texts),
     .count_offset = offsetof(struct all, texts_count)},
    {.name = "pairs",
     .help = "many pairs",
     .type = PP_SHAPE_PAIRS,
     AT(pairs),
     .count_offset = offsetof(struct all, pairs_count)},
    {.name = "shorts",
     .help = "many small numbers",
     .type = PP_SHAPE_SHORTS,
     AT(shorts),
     .count_offset = offsetof(struct all, shorts_count)},
    {.name = "json", .help = "anything", .type = PP_SHAPE_JSON, AT(json)},
    {.name = NULL}};

enum { MEMBERS = sizeof all_shape / sizeof all_shape[0] - 1 };

static const char whole[] =
    "{\"number\": 1.5, \"count\": 9007199254740993, \"size\": 7, \"small\": 4294967295, \"yes\": true,"
    " \"text\": \"Grüße\", \"chars\": \"four\", \"word\": \"blue\", \"words\": [\"red\", \"blue\"],"
    " \"interval\": [-1.0, 2.5], \"object\": {\"x\": 0.5, \"y\": 1}, \"array\": [{\"x\": 2.0, \"y\": 3}],"
    " \"list\": [{\"x\": 4.0, \"y\": 5}, {\"x\": null, \"y\": 6}], \"texts\": [\"\", \"b\"],"
    " \"pairs\": [[1, 2], [3, 4]], \"shorts\": [0, 65535], \"json\": {\"free\": []}}";

struct reading {
    struct pp_arena arena;
    struct pp_problems problems;
    struct all all;
    json_t *document;
    int status;
};

static void release(struct reading *reading) {
    json_decref(reading->document);
    pp_problems_release(&reading->problems);
    pp_arena_release(&reading->arena);
}

/* Reads a document, whose reference is taken over. */
static struct reading *read_document(json_t *document) {
    static struct reading reading;
    assert_non_null(document);
    memset(&reading, 0, sizeof reading);
    reading.document = document;
    const struct pp_shape_reader reader = {.file = "all.json", .arena = &reading.arena, .problems = &reading.problems};
    reading.status = pp_shape_read(&reader, all_shape, "", document, &reading.all);
    return &reading;
}

static json_t *parse(const char *text) { return json_loads(text, JSON_DECODE_ANY, NULL); }

static void assert_fences(const struct all *all) {
    static const char zeros[sizeof(struct point)];
    assert_true(all->fence_small == 0 && all->fence_words == 0 && all->fence_array_count == 0);
    assert_memory_equal(all->fence_chars, zeros, sizeof all->fence_chars);
    assert_memory_equal(&all->fence_array, zeros, sizeof all->fence_array);
}

static void assert_json_equal(const json_t *found, const char *expected) {
    json_t *wanted = parse(expected);
    assert_non_null(wanted);
    char *text = json_dumps(found, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    if (!json_equal(found, wanted))
        fail_msg("%s\ninstead of %s", text, expected);
    free(text);
    json_decref(wanted);
}

/* ---- there and back ---- */

static void every_type_is_read(void **state) {
    (void)state;
    struct reading *reading = read_document(parse(whole));
    const struct all *all = &reading->all;
    assert_int_equal(reading->status, 0);
    assert_true(all->number == 1.5 && all->count == 9007199254740993 && all->size == 7 && all->small == UINT32_MAX);
    assert_true(all->yes && all->word == 2 && all->words == 5);
    assert_string_equal(all->text, "Grüße");
    assert_string_equal(all->chars, "four");
    assert_true(all->interval.low == -1.0 && all->interval.high == 2.5);
    assert_true(all->object.x == 0.5 && all->object.y == 1);
    assert_true(all->array_count == 1 && all->array[0].x == 2.0 && all->array[0].y == 3 && all->array[1].y == 0);
    assert_true(all->list_count == 2 && all->list[0].y == 5 && isnan(all->list[1].x) && all->list[1].y == 6);
    assert_true(all->texts_count == 2 && all->texts[0][0] == '\0');
    assert_string_equal(all->texts[1], "b");
    assert_true(all->pairs_count == 2 && all->pairs[0][1] == 2 && all->pairs[1][0] == 3);
    assert_true(all->shorts_count == 2 && all->shorts[0] == 0 && all->shorts[1] == 65535);
    assert_ptr_equal(all->json, json_object_get(reading->document, "json"));
    assert_fences(all);
    release(reading);
}

static void what_was_read_is_written_as_it_was(void **state) {
    (void)state;
    struct reading *reading = read_document(parse(whole));
    json_t *written = pp_shape_write(all_shape, &reading->all);
    assert_json_equal(written, whole);
    json_decref(written);
    release(reading);
}

static void what_is_not_known_is_null(void **state) {
    (void)state;
    struct all all = {.number = NAN, .word = -1, .interval = PP_INTERVAL_UNKNOWN};
    static const char nothing[] =
        "{\"number\": null, \"count\": 0, \"size\": 0, \"small\": 0, \"yes\": false, \"text\": null, \"chars\": \"\","
        " \"word\": null, \"words\": [], \"interval\": null, \"object\": {\"x\": 0.0, \"y\": 0}, \"array\": [],"
        " \"list\": [], \"texts\": [], \"pairs\": [], \"shorts\": [], \"json\": {}}";
    json_t *written = pp_shape_write(all_shape, &all);
    assert_json_equal(written, nothing);
    json_decref(written);
    struct reading *reading = read_document(parse(nothing));
    assert_int_equal(reading->status, 0);
    assert_true(isnan(reading->all.number) && !reading->all.text && reading->all.word == -1);
    assert_false(pp_interval_known(reading->all.interval));
    release(reading);
}

static void numbers_without_an_end_are_null_too(void **state) {
    (void)state;
    const struct all ends[] = {{.number = INFINITY, .interval = {1.0, INFINITY}},
                               {.number = -INFINITY, .interval = {-INFINITY, 1.0}}};
    for (size_t i = 0; i < 2; i++) {
        json_t *written = pp_shape_write(all_shape, &ends[i]);
        assert_non_null(written);
        assert_json_equal(json_object_get(written, "number"), "null");
        assert_json_equal(json_object_get(written, "interval"), "null");
        json_decref(written);
    }
}

static void text_that_is_not_utf8_is_escaped(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *json;
    } rows[] = {{"a\xff", "\"a\\\\xff\""},
                {"\xc3", "\"\\\\xc3\""},
                {"\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\""},            /* half of a surrogate pair */
                {"\xc0\x80", "\"\\\\xc0\\\\x80\""},                       /* NUL, overlong */
                {"\xf4\x90\x80\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\""}, /* beyond Unicode */
                {"\xef\xbf\xbe", "\"\\ufffe\""},
                {"\n\x01\"\\", "\"\\n\\u0001\\\"\\\\\""}, /* as long as chars can be */
                {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *texts[] = {rows[i].bytes};
        struct all all = {.text = rows[i].bytes, .texts = texts, .texts_count = 1};
        strcpy(all.chars, rows[i].bytes);
        json_t *written = pp_shape_write(all_shape, &all);
        assert_non_null(written);
        assert_json_equal(json_object_get(written, "text"), rows[i].json);
        assert_json_equal(json_object_get(written, "chars"), rows[i].json);
        assert_json_equal(json_array_get(json_object_get(written, "texts"), 0), rows[i].json);
        json_decref(written);
    }
}

static void members_that_are_not_known_are_ignored(void **state) {
    (void)state;
    json_t *document = parse(whole);
    json_object_set_new(document, "newer", json_true());
    struct reading *reading = read_document(document);
    assert_int_equal(reading->status, 0);
    release(reading);
}

/* ---- what is wrong ---- */

static void assert_problem(const struct reading *reading, const char *place, const char *text) {
    assert_int_equal(reading->status, -EINVAL);
    assert_int_equal(reading->problems.count, 1);
    assert_string_equal(reading->problems.items[0].file, "all.json");
    assert_string_equal(reading->problems.items[0].place, place);
    assert_string_equal(reading->problems.items[0].text, text);
    assert_fences(&reading->all);
}

static void each_kind_of_error_has_its_place_and_words(void **state) {
    (void)state;
    static const struct {
        const char *key, *value, *place, *text;
    } rows[] = {
        {"number", "\"1\"", "/number", "found \"1\", expected a number or null in s"},
        {"count", "-1", "/count", "found -1, expected an integer >= 0"},
        {"count", "1.0", "/count", "found 1.0, expected an integer >= 0"},
        {"count", "null", "/count", "found null, expected an integer >= 0"},
        {"size", "true", "/size", "found true, expected an integer >= 0 in bytes"},
        {"small", "4294967296", "/small", "found 4294967296, expected a smaller integer"},
        {"yes", "1", "/yes", "found 1, expected true or false"},
        {"text", "[]", "/text", "found [], expected a string or null"},
        {"chars", "\"fives\"", "/chars", "found \"fives\", expected a shorter string"},
        {"chars", "null", "/chars", "found null, expected a string"},
        {"word", "\"Red\"", "/word", "found \"Red\", expected one of the words that this version knows"},
        {"word", "2", "/word", "found 2, expected one of the words that this version knows"},
        {"words", "\"red\"", "/words", "found \"red\", expected a list of words"},
        {"words", "[\"red\", null]", "/words",
         "found [\"red\",null], expected a list of words that this version knows"},
        {"interval", "[1]", "/interval", "found [1], expected [low, high] or null"},
        {"interval", "[1, null]", "/interval", "found [1,null], expected [low, high] or null"},
        {"interval", "[2, 1]", "/interval", "found [2,1], expected [low, high] or null"},
        {"interval", "{\"0\": 1}", "/interval", "found {\"0\":1}, expected [low, high] or null"},
        {"object", "[1, 2]", "/object", "found [1,2], expected an object"},
        {"object", "{\"x\": 1}", "/object", "\"y\" is missing: upwards"},
        {"object", "{\"x\": \"far\", \"y\": 1}", "/object/x", "found \"far\", expected a number or null in m"},
        {"array", "{}", "/array", "found {}, expected a list"},
        {"array", "[1, 2, 3]", "/array", "found [1,2,3], expected a shorter list"},
        {"array", "[{\"x\": 1, \"y\": 2}, 5]", "/array/1", "found 5, expected an object"},
        {"list", "null", "/list", "found null, expected a list"},
        {"list", "[{\"x\": 1, \"y\": -2}]", "/list/0/y", "found -2, expected an integer >= 0"},
        {"texts", "\"a\"", "/texts", "found \"a\", expected a list of strings"},
        {"texts", "[\"a\", null]", "/texts", "found [\"a\",null], expected a list of strings"},
        {"pairs", "{}", "/pairs", "found {}, expected a list of pairs"},
        {"pairs", "[[1, 2], [3]]", "/pairs", "found [[1,2],[3]], expected a list of pairs of integers >= 0"},
        {"pairs", "[[1, 2, 3]]", "/pairs", "found [[1,2,3]], expected a list of pairs of integers >= 0"},
        {"pairs", "[[1, -2]]", "/pairs", "found [[1,-2]], expected a list of pairs of integers >= 0"},
        {"pairs", "[7]", "/pairs", "found [7], expected a list of pairs of integers >= 0"},
        {"shorts", "7", "/shorts", "found 7, expected a list of integers"},
        {"shorts", "[1, -1]", "/shorts", "found [1,-1], expected a list of integers from 0 to 65535"},
        {"shorts", "[65536]", "/shorts", "found [65536], expected a list of integers from 0 to 65535"},
        {"shorts", "[\"1\"]", "/shorts", "found [\"1\"], expected a list of integers from 0 to 65535"},
        {"json", "[]", "/json", "found [], expected an object"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *document = parse(whole);
        assert_int_equal(json_object_set_new(document, rows[i].key, parse(rows[i].value)), 0);
        struct reading *reading = read_document(document);
        assert_problem(reading, rows[i].place, rows[i].text);
        release(reading);
    }
}

static void every_member_must_be_there(void **state) {
    (void)state;
    for (size_t i = 0; i < MEMBERS; i++) {
        json_t *document = parse(whole);
        char text[100];
        json_object_del(document, all_shape[i].name);
        snprintf(text, sizeof text, "\"%s\" is missing: %s", all_shape[i].name, all_shape[i].help);
        struct reading *reading = read_document(document);
        assert_problem(reading, "", text);
        release(reading);
    }
}

static void all_that_is_wrong_is_told(void **state) {
    (void)state;
    struct reading *reading = read_document(parse("{}"));
    assert_int_equal(reading->status, -EINVAL);
    assert_int_equal(reading->problems.count, MEMBERS);
    release(reading);
    reading = read_document(parse("[1]"));
    assert_problem(reading, "", "found [1], expected an object");
    release(reading);
}

static void any_value_in_any_place_is_refused_or_read(void **state) {
    (void)state;
    static const char *const values[] = {"null",
                                         "true",
                                         "-1",
                                         "0",
                                         "18446744073709551",
                                         "1e308",
                                         "\"\"",
                                         "\"a text that is longer than any member\"",
                                         "[]",
                                         "[[]]",
                                         "[null, null]",
                                         "[[1, 2], [\"a\"]]",
                                         "[{}]",
                                         "[{}, {}, {}, {}]",
                                         "{}",
                                         "{\"x\": [], \"y\": {}}"};
    for (size_t i = 0; i < MEMBERS; i++)
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            json_t *document = parse(whole);
            json_object_set_new(document, all_shape[i].name, parse(values[k]));
            struct reading *reading = read_document(document);
            assert_true(reading->status == 0 || reading->status == -EINVAL);
            assert_int_equal(reading->status == 0, reading->problems.count == 0);
            assert_fences(&reading->all);
            if (reading->status == 0)
                json_decref(pp_shape_write(all_shape, &reading->all));
            release(reading);
        }
}

static void a_huge_list_of_nonsense_has_few_problems(void **state) {
    (void)state;
    enum { MANY = 100000 };
    json_t *document = parse(whole), *list = json_array();
    for (int i = 0; i < MANY; i++)
        json_array_append_new(list, json_integer(i));
    json_object_set_new(document, "list", list);
    json_object_set(document, "array", list);
    json_object_set(document, "pairs", list);
    json_object_set(document, "texts", list);
    struct reading *reading = read_document(document);
    assert_int_equal(reading->status, -EINVAL);
    assert_int_equal(reading->problems.count, PP_PROBLEMS_MAX);
    assert_int_equal(reading->problems.count + reading->problems.unlisted, MANY + 3);
    assert_string_equal(reading->problems.items[1].place, "/list/0");
    assert_fences(&reading->all);
    release(reading);
}

/* ---- the schema ---- */

static void the_schema_of_every_type(void **state) {
    (void)state;
    static const char *const types[MEMBERS] = {
        "{\"type\": [\"number\", \"null\"], \"description\": \"a number, in s\"}",
        "{\"type\": \"integer\", \"minimum\": 0, \"description\": \"a count\"}",
        "{\"type\": \"integer\", \"minimum\": 0, \"description\": \"a size, in bytes\"}",
        "{\"type\": \"integer\", \"minimum\": 0, \"description\": \"a small count\"}",
        "{\"type\": \"boolean\", \"description\": \"is it so\"}",
        "{\"type\": [\"string\", \"null\"], \"description\": \"a text\"}",
        "{\"type\": \"string\", \"description\": \"a short text\"}",
        "{\"enum\": [\"red\", \"green\", \"blue\", null], \"description\": \"a colour\"}",
        "{\"type\": \"array\", \"items\": {\"enum\": [\"red\", \"green\", \"blue\"]}, \"description\": \"colours\"}",
        "{\"anyOf\": [{\"type\": \"array\", \"items\": {\"type\": \"number\"}, \"minItems\": 2, \"maxItems\": 2},"
        " {\"type\": \"null\"}], \"description\": \"from, to\"}",
        NULL,
        NULL,
        NULL,
        "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"description\": \"many texts\"}",
        "{\"type\": \"array\", \"items\": {\"type\": \"array\", \"items\": {\"type\": \"integer\"}, \"minItems\": 2,"
        " \"maxItems\": 2}, \"description\": \"many pairs\"}",
        "{\"type\": \"array\", \"items\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 65535},"
        " \"description\": \"many small numbers\"}",
        "{\"type\": \"object\", \"description\": \"anything\"}"};
    static const char point[] = "{\"type\": \"object\", \"properties\": {"
                                "\"x\": {\"type\": [\"number\", \"null\"], \"description\": \"to the right, in m\"},"
                                "\"y\": {\"type\": \"integer\", \"minimum\": 0, \"description\": \"upwards\"}},"
                                "\"required\": [\"x\", \"y\"]}";
    json_t *schema = pp_shape_schema(all_shape), *properties = json_object_get(schema, "properties");
    assert_int_equal(json_array_size(json_object_get(schema, "required")), MEMBERS);
    assert_int_equal(json_object_size(properties), MEMBERS);
    for (size_t i = 0; i < MEMBERS; i++)
        if (types[i])
            assert_json_equal(json_object_get(properties, all_shape[i].name), types[i]);
    json_t *object = json_object_get(properties, "object");
    json_object_del(object, "description");
    assert_json_equal(object, point);
    assert_json_equal(json_object_get(json_object_get(properties, "array"), "items"), point);
    assert_json_equal(json_object_get(json_object_get(properties, "list"), "items"), point);
    json_decref(schema);
}

/* ---- no memory ---- */

static long left; /* allocations of jansson that still succeed; negative: all */
static long held; /* blocks that jansson has not freed */

static void *scarce_malloc(size_t bytes) {
    if (left == 0)
        return NULL;
    if (left > 0)
        left--;
    held++;
    return malloc(bytes);
}

static void counted_free(void *memory) {
    held -= memory != NULL;
    free(memory);
}

static json_t *write_it(const struct all *all) { return pp_shape_write(all_shape, all); }

static json_t *describe_it(const struct all *all) {
    (void)all;
    return pp_shape_schema(all_shape);
}

static void survives_every_failed_allocation(json_t *(*make)(const struct all *all), const struct all *all) {
    json_t *made = NULL;
    for (long allowed = 0; !made; allowed++) {
        long before = held;
        left = allowed;
        made = make(all);
        left = -1;
        if (!made)
            assert_int_equal(held, before);
        assert_true(allowed < 100000);
    }
    json_decref(made);
}

static void no_allocation_that_fails_leaks(void **state) {
    (void)state;
    left = -1;
    json_set_alloc_funcs(scarce_malloc, counted_free);
    struct reading *reading = read_document(parse(whole));
    survives_every_failed_allocation(write_it, &reading->all);
    survives_every_failed_allocation(describe_it, NULL);
    release(reading);
    assert_int_equal(held, 0);
    json_set_alloc_funcs(malloc, free);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_was_read_is_written_as_it_was),
        cmocka_unit_test(what_is_not_known_is_null),
        cmocka_unit_test(numbers_without_an_end_are_null_too),
        cmocka_unit_test(text_that_is_not_utf8_is_escaped),
        cmocka_unit_test(members_that_are_not_known_are_ignored),
        cmocka_unit_test(each_kind_of_error_has_its_place_and_words),
        cmocka_unit_test(every_member_must_be_there),
        cmocka_unit_test(all_that_is_wrong_is_told),
        cmocka_unit_test(any_value_in_any_place_is_refused_or_read),
        cmocka_unit_test(a_huge_list_of_nonsense_has_few_problems),
        cmocka_unit_test(the_schema_of_every_type),
        cmocka_unit_test(no_allocation_that_fails_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
