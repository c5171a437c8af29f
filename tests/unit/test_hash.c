/* The hash of results: the same however its input comes, another for other input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pptest/hash.h"
#include "pptest/rng.h"

enum { BYTES = 100 * PP_HASH_BLOCK + 77 };

static int fill(void **state) {
    static unsigned char bytes[BYTES];
    pp_rng_fill_bytes(5, bytes, sizeof bytes);
    *state = bytes;
    return 0;
}

static uint64_t in_parts(const unsigned char *bytes, size_t count, size_t part) {
    struct pp_hash hash;
    pp_hash_begin(&hash);
    for (size_t at = 0; at < count; at += part)
        pp_hash_add(&hash, bytes + at, part < count - at ? part : count - at);
    return pp_hash_end(&hash);
}

static void its_parts_do_not_matter(void **state) {
    const unsigned char *bytes = *state;
    for (size_t count = 0; count <= BYTES; count += 61) {
        uint64_t whole = pp_hash_bytes(bytes, count);
        for (size_t blocks = 1; blocks <= 64; blocks *= 2)
            assert_int_equal(in_parts(bytes, count, blocks * PP_HASH_BLOCK), whole);
    }
}

static void every_length_has_another_value(void **state) {
    static const unsigned char zeros[BYTES];
    uint64_t before = pp_hash_bytes(zeros, 0);
    (void)state;
    for (size_t count = 1; count <= BYTES; count++) {
        uint64_t value = pp_hash_bytes(zeros, count);
        assert_int_not_equal(value, before);
        before = value;
    }
}

static void every_byte_counts(void **state) {
    unsigned char *bytes = *state;
    uint64_t before = pp_hash_bytes(bytes, BYTES);
    for (size_t at = 0; at < BYTES; at += 13) {
        bytes[at] ^= 1;
        assert_int_not_equal(pp_hash_bytes(bytes, BYTES), before);
        bytes[at] ^= 1;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_parts_do_not_matter),
        cmocka_unit_test(every_length_has_another_value),
        cmocka_unit_test(every_byte_counts),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
