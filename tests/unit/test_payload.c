/* What files are filled with, and the checksum that tells what was in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/payload.h"
#include "pptest/rng.h"

static void text_is_text_and_repeats_with_its_seed(void **state) {
    (void)state;
    char text[5000], again[5000], other[5001];
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, text, sizeof text);
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, again, sizeof again);
    pp_payload_fill(PP_PAYLOAD_TEXT, 8, other, 5000);
    assert_memory_equal(text, again, sizeof text);
    assert_memory_not_equal(text, other, sizeof text);
    for (size_t i = 0; i < sizeof text; i++)
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] < 127));
    other[4321] = '!';
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, other, 4321);
    assert_memory_equal(text, other, 4321);
    assert_int_equal(other[4321], '!');
}

static uint64_t checksum_of(const void *bytes, size_t count) {
    struct pp_checksum checksum = {0};
    pp_checksum_add(&checksum, bytes, count);
    return pp_checksum_value(&checksum);
}

static void checksum_notices_changes(void **state) {
    (void)state;
    unsigned char bytes[1000], changed[1000];
    pp_rng_fill_bytes(1, bytes, sizeof bytes);
    uint64_t value = checksum_of(bytes, sizeof bytes);
    assert_int_equal(value, checksum_of(bytes, sizeof bytes));
    assert_int_not_equal(value, checksum_of(bytes, sizeof bytes - 1));
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        memcpy(changed, bytes, sizeof bytes);
        changed[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_not_equal(value, checksum_of(changed, sizeof changed));
    }
    for (size_t line = 1; line < 15; line++) { /* lines in another order */
        memcpy(changed, bytes, sizeof bytes);
        memcpy(changed, bytes + 64 * line, 64);
        memcpy(changed + 64 * line, bytes, 64);
        assert_int_not_equal(value, checksum_of(changed, sizeof changed));
    }
    assert_int_not_equal(checksum_of("\0\0", 1), checksum_of("\0\0", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_text_and_repeats_with_its_seed),
        cmocka_unit_test(checksum_notices_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
