/* Contents of the built-in HTTP server: of exactly the size asked for, the same whoever makes them, and whole. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "lib/http_content.h"

static json_t *record_read(uint64_t id, uint64_t seed, size_t bytes) {
    struct pp_http_record record;
    char *text = malloc(bytes);
    assert_non_null(text);
    pp_http_record_of(id, seed, &record);
    pp_http_record_write(&record, bytes, text);
    json_error_t why;
    json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        fail_msg("%.*s: %s", (int)bytes, text, why.text);
    free(text);
    return json;
}

static void records_of_every_size_are_json_of_that_size(void **state) {
    (void)state;
    for (size_t bytes = PP_HTTP_RECORD_BYTES_MIN; bytes < PP_HTTP_RECORD_BYTES_MIN + 300; bytes++)
        json_decref(record_read(bytes, bytes * 77, bytes));
    json_decref(record_read((UINT64_C(1) << 53) - 1, UINT64_MAX, PP_HTTP_RECORD_BYTES_MIN));
    json_decref(record_read(0, 0, 1 << 20));
}

static void members_of_a_record_are_those_of_its_seed(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct pp_http_record record;
        pp_http_record_of(seed + 7, seed, &record);
        json_t *json = record_read(seed + 7, seed, 1000);
        assert_int_equal(json_integer_value(json_object_get(json, "id")), seed + 7);
        assert_string_equal(json_string_value(json_object_get(json, "sku")), record.sku);
        assert_int_equal(json_integer_value(json_object_get(json, "quantity")), record.quantity);
        assert_int_equal(llround(json_real_value(json_object_get(json, "price")) * 100), record.cents);
        assert_int_equal(json_boolean_value(json_object_get(json, "in_stock")), record.in_stock);
        const json_t *ratings = json_object_get(json, "ratings");
        assert_int_equal(json_array_size(ratings), PP_HTTP_RATINGS);
        for (size_t i = 0; i < PP_HTTP_RATINGS; i++) {
            assert_int_equal(json_integer_value(json_array_get(ratings, i)), record.ratings[i]);
            assert_in_range(record.ratings[i], 1, 5);
        }
        assert_in_range(record.quantity, 0, 999);
        assert_in_range(record.cents, 0, 9999999);
        json_decref(json);
    }
}

static void records_of_other_seeds_differ(void **state) {
    (void)state;
    char one[1000], same[1000], other[1000];
    struct pp_http_record record;
    pp_http_record_of(1, 2, &record);
    size_t payload = pp_http_record_write(&record, sizeof one, one);
    pp_http_record_write(&record, sizeof same, same);
    assert_memory_equal(one, same, sizeof one);
    pp_http_payload(2, same, sizeof same - 2 - payload);
    assert_memory_equal(one + payload, same, sizeof one - 2 - payload);
    pp_http_record_of(1, 3, &record);
    pp_http_record_write(&record, sizeof other, other);
    assert_int_not_equal(memcmp(one + payload, other + payload, 100), 0);
}

/* ---- pages ---- */

static char *tile_new(void) {
    char *tile = malloc(PP_HTTP_TILE_BYTES);
    assert_non_null(tile);
    pp_http_tile_fill(tile);
    return tile;
}

static char *page_text(const struct pp_http_page *page, const char *tile) {
    char *text = malloc(page->bytes);
    assert_non_null(text);
    const char *part;
    size_t length, filled = 0;
    for (; (length = pp_http_page_part(page, tile, filled, &part)) > 0; filled += length) {
        assert_true(filled + length <= page->bytes);
        memcpy(text + filled, part, length);
    }
    assert_int_equal(filled, page->bytes);
    return text;
}

static void pages_have_exactly_the_size_asked_for(void **state) {
    (void)state;
    static const uint64_t sizes[] = {PP_HTTP_PAGE_BYTES_MIN, 257,    1000,   PP_HTTP_TILE_BYTES - 1,
                                     PP_HTTP_TILE_BYTES,     200000, 5000000};
    char *tile = tile_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (uint64_t index = 0; index < 5; index++) {
            struct pp_http_page page;
            pp_http_page_of(index ? UINT64_MAX / index : 0, sizes[i], &page);
            char *text = page_text(&page, tile);
            assert_memory_equal(text, "<!DOCTYPE html>\n", 16);
            assert_memory_equal(text + sizes[i] - 8, "</html>\n", 8);
            assert_null(memchr(text + page.head_bytes, '<', sizes[i] - page.head_bytes - 20));
            assert_true(pp_http_page_has(&page, tile, 0, text, sizes[i]));
            free(text);
        }
    free(tile);
}

static void a_changed_byte_of_a_page_is_found_in_every_part(void **state) {
    (void)state;
    char *tile = tile_new();
    struct pp_http_page page;
    pp_http_page_of(12, 150000, &page);
    char *text = page_text(&page, tile);
    for (size_t place = 0; place < 150000; place += 149999 / 7) {
        text[place] ^= 1;
        assert_false(pp_http_page_has(&page, tile, 0, text, 150000));
        assert_true(pp_http_page_has(&page, tile, 0, text, place));
        assert_true(pp_http_page_has(&page, tile, place + 1, text + place + 1, 150000 - place - 1));
        text[place] ^= 1;
    }
    assert_true(pp_http_page_has(&page, tile, 0, text, 150000));
    assert_false(pp_http_page_has(&page, tile, 1, text, 150000)); /* past its end, and shifted */
    free(text);
    free(tile);
}

static void pages_of_other_indexes_differ_throughout(void **state) {
    (void)state;
    char *tile = tile_new();
    struct pp_http_page one, other;
    pp_http_page_of(1, 100000, &one);
    pp_http_page_of(2, 100000, &other);
    char *text = page_text(&one, tile);
    for (size_t place = 0; place + 1000 <= 100000 - 100; place += 1000)
        assert_false(pp_http_page_has(&other, tile, place, text + place, 1000));
    free(text);
    free(tile);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_of_every_size_are_json_of_that_size),
        cmocka_unit_test(members_of_a_record_are_those_of_its_seed),
        cmocka_unit_test(records_of_other_seeds_differ),
        cmocka_unit_test(pages_have_exactly_the_size_asked_for),
        cmocka_unit_test(a_changed_byte_of_a_page_is_found_in_every_part),
        cmocka_unit_test(pages_of_other_indexes_differ_throughout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
