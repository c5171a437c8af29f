/* zip: its files are gzip files, damaged ones are found, others refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broken_files.h"
#include "lib/gzip.h"
#include "lib/payload.h"
#include "lib/tmpfile.h"

#ifdef PP_HAVE_ZLIB

static void all_levels_pass(void **state) {
    (void)state;
    struct fixture f = started("zip");
    for (int level = 0; level <= 9; level++) {
        set_int(&f, "level", level);
        set_int(&f, "data", level % 2);
        assert_int_equal(fixture_do(&f, 1), 0);
    }
    fixture_free(&f, true);
}

/* The first five reads are those of the original (four blocks and its end); the sixth is the gzip file's first. */
static void damaged_gzip_file_is_found(void **state) {
    (void)state;
    struct fixture f = started("zip");
    for (int data = 0; data <= 1; data++) {
        set_int(&f, "data", data);
        break_call(CALL_READ, 6, FAULT_FLIP, 0);
        assert_int_equal(fixture_run(&f, 1), -EBADMSG);
        assert_non_null(strstr(f.error.text, "w0-packed.gz cannot be decompressed"));
        break_call(CALL_READ, 6, FAULT_END, 0);
        assert_int_equal(fixture_run(&f, 1), -EBADMSG);
        assert_non_null(strstr(f.error.text, "ends too early"));
        mend();
        assert_true(folder_is_empty(folder));
    }
    fixture_free(&f, true);
}

/* Reads of the comparison come last; the damage is in the middle of the first block of the original. */
static void difference_is_located(void **state) {
    (void)state;
    struct fixture f = started("zip");
    int reads = 0;
    break_call(CALL_READ, 1000000, FAULT_FLIP, 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    reads = 1000000 - broken.countdown;
    break_call(CALL_READ, reads - 7, FAULT_FLIP, 0); /* 8 reads: 4 blocks of each file */
    assert_int_equal(fixture_run(&f, 1), 0);
    mend();
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    assert_non_null(strstr(f.error.text, "differs from"));
    assert_non_null(strstr(f.error.text, "at byte 131072"));
    fixture_free(&f, true);
}

static void put(struct pp_tmpfile *file, const void *bytes, size_t count) {
    assert_int_equal(pp_tmpfile_create(file, NULL), 0);
    assert_int_equal(pp_tmpfile_write(file, bytes, count, NULL), 0);
    assert_int_equal(pp_tmpfile_rewind(file, NULL), 0);
}

static struct pp_zlib zlib_loaded(void) {
    struct pp_zlib zlib;
    assert_int_equal(pp_zlib_load(&zlib, NULL), 0);
    return zlib;
}

static void other_files_are_refused(void **state) {
    (void)state;
    static unsigned char in[1024], out[1024], gz[2000] = {0};
    struct pp_zlib zlib = zlib_loaded();
    struct pp_gzip_blocks blocks = {.in = in, .out = out, .bytes = sizeof in};
    struct pp_env env = {.tmp_dir = folder};
    struct pp_tmpfile plain, packed, other;
    struct pp_error error = {0};
    assert_int_equal(pp_tmpfile_name(&plain, &env, "plain", &error), 0);
    assert_int_equal(pp_tmpfile_name(&packed, &env, "packed", &error), 0);
    assert_int_equal(pp_tmpfile_name(&other, &env, "other", &error), 0);
    put(&plain, "hello", 5);
    put(&other, "", 0);
    assert_int_equal(pp_gzip_decompress(&zlib, &plain, &other, &blocks, &error), -EBADMSG);
    put(&packed, "", 0);
    assert_int_equal(pp_gzip_decompress(&zlib, &packed, &other, &blocks, &error), -EBADMSG);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 77, &blocks, &error), -EINVAL);
    assert_int_equal(pp_tmpfile_rewind(&plain, &error), 0);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 6, &blocks, &error), 0);
    assert_int_equal(pp_tmpfile_rewind(&packed, &error), 0);
    long bytes = pp_tmpfile_read(&packed, gz, 1000, &error);
    assert_in_range(bytes, 20, 40);
    put(&packed, gz, (size_t)bytes + 3); /* three zero bytes too many */
    assert_int_equal(pp_gzip_decompress(&zlib, &packed, &other, &blocks, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "after the end"));
    assert_int_equal(pp_tmpfile_remove(&plain, &error), 0);
    assert_int_equal(pp_tmpfile_remove(&packed, &error), 0);
    assert_int_equal(pp_tmpfile_remove(&other, &error), 0);
}

static void text_compresses_three_to_one(void **state) {
    (void)state;
    enum { BYTES = 1 << 20 };
    unsigned char *text = malloc(BYTES), *memory = malloc(BYTES);
    assert_true(text && memory);
    struct pp_zlib zlib = zlib_loaded();
    struct pp_gzip_blocks blocks = {.in = memory, .out = memory + BYTES / 2, .bytes = BYTES / 2};
    struct pp_env env = {.tmp_dir = folder};
    struct pp_tmpfile plain, packed;
    assert_int_equal(pp_tmpfile_name(&plain, &env, "plain", NULL), 0);
    assert_int_equal(pp_tmpfile_name(&packed, &env, "packed", NULL), 0);
    pp_payload_fill(PP_PAYLOAD_TEXT, 1, text, BYTES);
    put(&plain, text, BYTES);
    put(&packed, "", 0);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 6, &blocks, NULL), 0);
    assert_int_equal(pp_tmpfile_expect(&packed, BYTES, NULL), -EBADMSG);
    assert_int_equal(pp_tmpfile_rewind(&packed, NULL), 0);
    long bytes = pp_tmpfile_read(&packed, text, BYTES, NULL);
    assert_in_range(bytes, BYTES / 3.3, BYTES / 2.6);
    assert_int_equal(pp_tmpfile_remove(&plain, NULL) || pp_tmpfile_remove(&packed, NULL), 0);
    free(text);
    free(memory);
}

#else

static void missing_library_is_a_reason(void **state) {
    (void)state;
    assert_non_null(task("zip")->unavailable);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
#ifdef PP_HAVE_ZLIB
        cmocka_unit_test(all_levels_pass),
        cmocka_unit_test(damaged_gzip_file_is_found),
        cmocka_unit_test(difference_is_located),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(text_compresses_three_to_one),
#else
        cmocka_unit_test(missing_library_is_a_reason),
#endif
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
