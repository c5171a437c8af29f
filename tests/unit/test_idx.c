/* IDX: whole files are read, packed or not; all others are refused in words that name them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/gzip.h"
#include "lib/idx.h"
#include "pptest/task.h"

/* Two pictures of two rows and three columns. */
static const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,  0,  0,
                                       0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const unsigned char labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 7, 9};

/* Exactly as much memory as bytes, so that sanitizers see what is read behind them. */
static struct pp_input copy_of(const unsigned char *bytes, size_t count) {
    struct pp_input file = {.path = (char *)"x-ubyte", .bytes = malloc(count), .count = count};
    assert_non_null(file.bytes);
    memcpy(file.bytes, bytes, count);
    return file;
}

static void values_and_sizes_are_found(void **state) {
    (void)state;
    struct pp_input file = copy_of(images, sizeof images), other = copy_of(labels, sizeof labels);
    struct pp_idx idx;
    assert_int_equal(pp_idx_parse(&idx, &file, 3, NULL), 0);
    assert_int_equal(idx.dimensions, 3);
    assert_int_equal(idx.sizes[0], 2);
    assert_int_equal(idx.sizes[1], 2);
    assert_int_equal(idx.sizes[2], 3);
    assert_int_equal(idx.count, 12);
    assert_memory_equal(idx.values, images + 16, 12);
    assert_int_equal(pp_idx_parse(&idx, &other, 1, NULL), 0);
    assert_int_equal(idx.count, 2);
    assert_int_equal(idx.values[1], 9);
    free(file.bytes);
    free(other.bytes);
}

static void assert_refused(const unsigned char *bytes, size_t count, size_t dimensions, const char *word) {
    struct pp_input file = copy_of(bytes, count);
    struct pp_idx idx = {.count = 77};
    struct pp_error error = {0};
    assert_int_equal(pp_idx_parse(&idx, &file, dimensions, &error), -EINVAL);
    assert_non_null(strstr(error.text, "x-ubyte: "));
    if (!strstr(error.text, word))
        fail_msg("\"%s\" is not in: %s", word, error.text);
    assert_int_equal(idx.count, 77);
    assert_int_equal(pp_idx_parse(&idx, &file, dimensions, NULL), -EINVAL);
    free(file.bytes);
}

static void files_cut_anywhere_are_refused(void **state) {
    (void)state;
    for (size_t count = 1; count < sizeof images; count++)
        assert_refused(images, count, 3, count < 16 ? "expected at least the 16" : "is it cut off?");
    for (size_t count = 1; count < sizeof labels; count++)
        assert_refused(labels, count, 1, count < 8 ? "expected at least the 8" : "is it cut off?");
}

static void other_beginnings_and_sizes_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t at;
        unsigned char value;
        const char *word;
    } cases[] = {{0, 1, "begins with 01 00 08 03"},
                 {1, 1, "begins with 00 01"},
                 {2, 13, "begins with 00 00 0d 03, expected 00 00 08 03"},
                 {3, 2, "with 3 dimensions (idx3-ubyte)"},
                 {7, 0, "size 1 of its 3 is 0"},
                 {15, 0, "size 3 of its 3 is 0"},
                 {7, 1, "found 12 bytes of values, expected 6"},
                 {4, 255, "is it cut off?"},
                 {11, 3, "expected 18"}};
    unsigned char changed[sizeof images];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(changed, images, sizeof images);
        changed[cases[i].at] = cases[i].value;
        assert_refused(changed, sizeof changed, 3, cases[i].word);
    }
    memcpy(changed, images, sizeof images);
    memset(changed + 4, 0xff, 12);
    assert_refused(changed, sizeof changed, 3, "more values than any file has");
    assert_refused(images, sizeof images, 1, "begins with 00 00 08 03, expected 00 00 08 01");
    memcpy(changed, labels, sizeof labels);
    assert_refused(changed, sizeof labels + 1, 1, "found 3 bytes of values, expected 2");
}

struct folder {
    char dir[64], path[96];
};

static int folder_make(void **state) {
    static struct folder folder;
    strcpy(folder.dir, "/tmp/pptest_idx_XXXXXX");
    assert_non_null(mkdtemp(folder.dir));
    snprintf(folder.path, sizeof folder.path, "%s/x-ubyte", folder.dir);
    *state = &folder;
    return 0;
}

static int folder_remove(void **state) {
    struct folder *folder = *state;
    unlink(folder->path);
    return rmdir(folder->dir);
}

static void write_file(const struct folder *folder, const void *bytes, size_t count) {
    FILE *file = fopen(folder->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static int load(const struct folder *folder, struct pp_idx *idx, struct pp_error *error) {
    const struct pp_env env = {.config_dir = "."};
    return pp_idx_load(idx, &env, folder->path, 3, error);
}

static void files_are_loaded_into_memory_of_their_own(void **state) {
    const struct folder *folder = *state;
    struct pp_idx idx = {0};
    struct pp_error error = {0};
    assert_int_equal(load(folder, &idx, &error), -ENOENT);
    assert_non_null(strstr(error.text, "IDX file"));
    write_file(folder, images, sizeof images);
    assert_int_equal(load(folder, &idx, NULL), 0);
    assert_memory_equal(idx.values, images + 16, 12);
    pp_idx_release(&idx);
    pp_idx_release(&idx);
    write_file(folder, images, sizeof images - 1);
    assert_int_equal(load(folder, &idx, &error), -EINVAL);
    assert_null(idx.values);
}

static void shipped_digits_are_read(void **state) {
    (void)state;
#ifdef PP_HAVE_ZLIB
    const struct pp_env env = {.config_dir = "example_configs"};
    struct pp_idx idx, named;
    assert_int_equal(pp_idx_load(&idx, &env, "digits/test-images-idx3-ubyte.gz", 3, NULL), 0);
    assert_int_equal(idx.sizes[0], 2000);
    assert_int_equal(idx.sizes[1], 28);
    assert_int_equal(idx.sizes[2], 28);
    assert_int_equal(pp_idx_load(&named, &env, "digits/test-labels-idx1-ubyte.gz", 1, NULL), 0);
    assert_int_equal(named.count, 2000);
    pp_idx_release(&idx);
    pp_idx_release(&named);
#endif
}

#ifdef PP_HAVE_ZLIB

/* One gzip member; returns its length. */
static size_t pack(const void *bytes, size_t count, unsigned char *packed, size_t room) {
    struct pp_zlib zlib;
    assert_int_equal(pp_zlib_load(&zlib, NULL), 0);
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)bytes,
                       .avail_in = (uInt)count,
                       .next_out = packed,
                       .avail_out = (uInt)room};
    assert_int_equal(
        zlib.deflate_init(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, (int)sizeof stream), Z_OK);
    assert_int_equal(zlib.deflate(&stream, Z_FINISH), Z_STREAM_END);
    zlib.deflate_end(&stream);
    return room - stream.avail_out;
}

static void packed_files_are_unpacked_and_damaged_ones_refused(void **state) {
    const struct folder *folder = *state;
    unsigned char packed[256];
    struct pp_idx idx = {0};
    size_t count = pack(images, sizeof images, packed, sizeof packed);
    write_file(folder, packed, count);
    assert_int_equal(load(folder, &idx, NULL), 0);
    assert_memory_equal(idx.values, images + 16, 12);
    pp_idx_release(&idx);
    for (size_t cut = 2; cut < count; cut++) {
        struct pp_error error = {0};
        write_file(folder, packed, cut);
        assert_int_equal(load(folder, &idx, &error), -EBADMSG);
        assert_non_null(strstr(error.text, "ends too early"));
    }
    for (size_t at = 10; at < count; at++) { /* behind gzip's own header, of which not all is checked */
        packed[at] ^= 0x55;
        write_file(folder, packed, count);
        assert_int_not_equal(load(folder, &idx, NULL), 0);
        packed[at] ^= 0x55;
    }
    packed[count] = 0;
    struct pp_error error = {0};
    write_file(folder, packed, count + 1);
    assert_int_equal(load(folder, &idx, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "has 1 bytes after the end"));
    write_file(folder, packed, pack("", 0, packed, sizeof packed));
    assert_int_equal(load(folder, &idx, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "has nothing in it"));
    assert_null(idx.values);
}

static void members_one_after_another_are_one_file(void **state) {
    const struct folder *folder = *state;
    unsigned char packed[512];
    for (size_t at = 0; at <= sizeof images; at++) { /* what is in one of them may end in the middle of a size */
        struct pp_idx idx = {0};
        size_t count = pack(images, at, packed, sizeof packed);
        count += pack("", 0, packed + count, sizeof packed - count);
        size_t last = count;
        count += pack(images + at, sizeof images - at, packed + count, sizeof packed - count);
        write_file(folder, packed, count);
        assert_int_equal(load(folder, &idx, NULL), 0);
        assert_int_equal(idx.count, 12);
        assert_memory_equal(idx.values, images + 16, 12);
        pp_idx_release(&idx);
        for (size_t cut = last + 1; cut < count; cut++) {
            struct pp_error error = {0};
            write_file(folder, packed, cut);
            assert_int_equal(load(folder, &idx, &error), -EBADMSG);
            const char *words = cut == last + 1 ? "has 1 bytes after the end of its gzip data" : "ends too early";
            assert_non_null(strstr(error.text, words));
        }
        packed[count] = 0x1f; /* the beginning of a beginning */
        packed[count + 1] = 0;
        struct pp_error error = {0};
        write_file(folder, packed, count + 2);
        assert_int_equal(load(folder, &idx, &error), -EBADMSG);
        assert_non_null(strstr(error.text, "has 2 bytes after the end of its gzip data, expected none"));
        packed[count - 8] ^= 1; /* the check sum of the last one */
        write_file(folder, packed, count);
        assert_int_equal(load(folder, &idx, &error), -EBADMSG);
        assert_non_null(strstr(error.text, "cannot be unpacked: incorrect data check"));
        assert_null(idx.values);
    }
}

/* Far more than the room that is made at first. */
static void much_comes_out_of_little(void **state) {
    const struct folder *folder = *state;
    enum { SIDE = 1000, COUNT = 16 + SIDE * SIDE };
    unsigned char *bytes = calloc(1, COUNT), packed[8192];
    assert_non_null(bytes);
    memcpy(bytes, (const unsigned char[]){0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 3, 0xe8, 0, 0, 3, 0xe8}, 16);
    bytes[COUNT - 1] = 5;
    write_file(folder, packed, pack(bytes, COUNT, packed, sizeof packed));
    struct pp_idx idx = {0};
    assert_int_equal(load(folder, &idx, NULL), 0);
    assert_int_equal(idx.count, SIDE * SIDE);
    assert_int_equal(idx.values[SIDE * SIDE - 1], 5);
    pp_idx_release(&idx);
    free(bytes);
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_sizes_are_found),
        cmocka_unit_test(files_cut_anywhere_are_refused),
        cmocka_unit_test(other_beginnings_and_sizes_are_refused),
        cmocka_unit_test(files_are_loaded_into_memory_of_their_own),
        cmocka_unit_test(shipped_digits_are_read),
#ifdef PP_HAVE_ZLIB
        cmocka_unit_test(packed_files_are_unpacked_and_damaged_ones_refused),
        cmocka_unit_test(members_one_after_another_are_one_file),
        cmocka_unit_test(much_comes_out_of_little),
#endif
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
