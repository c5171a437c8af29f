#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/jpeg.h"
#include "pptest/memory.h"
#include "task_fixture.h"

extern const struct pp_task pp_task_img;

/* As the task's only argument is laid out. */
struct img_args {
    struct pp_strings images;
};

#define SAMPLE "example_configs/images/sample.jpg"

static void test_descriptor(void **state) {
    (void)state;
    static const char *const names[] = {"a.jpg", "dir/b c.jpg"};
    struct img_args args = {{.count = 2, .items = names}};
    char text[64], cut[8];
    assert_int_equal(pp_task_img.details(&args, text, sizeof text), 17);
    assert_string_equal(text, "a.jpg;dir/b c.jpg");
    assert_int_equal(pp_task_img.details(&args, cut, sizeof cut), 17);
    assert_string_equal(cut, "a.jpg;d");
    assert_int_equal(pp_task_img.details(&args, NULL, 0), 17);
    assert_true(pp_task_img.estimate(&args) > 0);
}

#ifdef PP_HAVE_JPEG

static struct pp_jpeg jpeg;

static int library_setup(void **state) {
    (void)state;
    return pp_jpeg_load(&jpeg, NULL);
}

struct folder {
    char dir[64], path[128];
    size_t count;
    uint8_t *sample; /* the sample's file */
};

static int folder_setup(void **state) {
    enum { ROOM = 1 << 20 };
    struct folder *folder = calloc(1, sizeof *folder);
    FILE *file = fopen(SAMPLE, "rb");
    assert_non_null(folder);
    assert_non_null(file);
    *state = folder;
    folder->sample = malloc(ROOM);
    assert_non_null(folder->sample);
    folder->count = fread(folder->sample, 1, ROOM, file);
    fclose(file);
    strcpy(folder->dir, "/tmp/pptest_img_XXXXXX");
    assert_non_null(mkdtemp(folder->dir));
    snprintf(folder->path, sizeof folder->path, "%s/picture.jpg", folder->dir);
    return 0;
}

static int folder_teardown(void **state) {
    struct folder *folder = *state;
    unlink(folder->path);
    rmdir(folder->dir);
    free(folder->sample);
    free(folder);
    return 0;
}

static void write_file(const struct folder *folder, const void *bytes, size_t count) {
    FILE *file = fopen(folder->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static int read_picture(const char *path, struct pp_picture *picture, struct pp_error *error) {
    const struct pp_env env = {.config_dir = "."};
    struct pp_input file;
    int status = pp_input_read(&env, path, "JPEG", &file, error);
    if (status != 0)
        return status;
    status = pp_jpeg_decode(&jpeg, file.path, file.bytes, file.count, picture, error);
    pp_input_release(&file);
    return status;
}

/* The file at folder->path is refused with this code, in words that name it and hold `word`. */
static void assert_refused(const struct folder *folder, int code, const char *word) {
    struct pp_picture picture = {0};
    struct pp_error error = {0};
    assert_int_equal(read_picture(folder->path, &picture, &error), code);
    assert_int_equal(error.code, code);
    assert_non_null(strstr(error.text, folder->path));
    if (strstr(error.text, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, error.text);
    assert_null(picture.rgb);
    assert_int_equal(read_picture(folder->path, &picture, NULL), code);
}

static void test_sample_is_read(void **state) {
    (void)state;
    struct pp_picture picture = {0}, copy = {0};
    assert_int_equal(read_picture(SAMPLE, &picture, NULL), 0);
    assert_int_equal(picture.width, 1024);
    assert_int_equal(picture.height, 660);
    assert_int_equal(pp_picture_copy(&picture, &copy), 0);
    assert_ptr_not_equal(copy.rgb, picture.rgb);
    assert_memory_equal(copy.rgb, picture.rgb, pp_picture_bytes(1024, 660));
    pp_picture_release(&picture);
    pp_picture_release(&copy);
    pp_picture_release(&copy);
}

static void test_no_file(void **state) { assert_refused(*state, -ENOENT, "no such file"); }

static void test_folder(void **state) {
    struct folder *folder = *state;
    assert_int_equal(mkdir(folder->path, 0700), 0);
    assert_refused(folder, -EINVAL, "not a regular file");
    rmdir(folder->path);
}

static void test_pipe(void **state) {
    struct folder *folder = *state;
    assert_int_equal(mkfifo(folder->path, 0600), 0);
    assert_refused(folder, -EINVAL, "not a regular file");
}

static void test_not_jpeg(void **state) {
    struct folder *folder = *state;
    write_file(folder, "", 0);
    assert_refused(folder, -EINVAL, "empty");
    write_file(folder, "{\"task\": \"img\"}", 15);
    assert_refused(folder, -EINVAL, "Not a JPEG file");
}

static void test_truncated(void **state) {
    struct folder *folder = *state;
    static const size_t parts[] = {2, 10, 200, 700};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        write_file(folder, folder->sample, parts[i]);
        assert_refused(folder, -EINVAL, "expected a complete JPEG file");
    }
    for (size_t percent = 10; percent < 100; percent += 20) {
        write_file(folder, folder->sample, folder->count * percent / 100);
        assert_refused(folder, -EINVAL, "expected a complete JPEG file");
    }
}

/* Damage anywhere is either refused or decodes to some picture; never a crash, whatever the place. */
static void test_garbled(void **state) {
    struct folder *folder = *state;
    struct pp_rng rng = {7};
    for (int i = 0; i < 16; i++) {
        size_t at = (size_t)pp_rng_range(&rng, 2, i % 2 ? 700 : (int64_t)folder->count - 20);
        uint8_t kept[16];
        memcpy(kept, folder->sample + at, sizeof kept);
        memset(folder->sample + at, i % 3 ? 0xff : 0, sizeof kept);
        write_file(folder, folder->sample, folder->count);
        memcpy(folder->sample + at, kept, sizeof kept);
        struct pp_picture picture = {0};
        struct pp_error error = {0};
        int status = read_picture(folder->path, &picture, &error);
        assert_true(status == 0 ? picture.rgb != NULL : error.code == status && error.text[0] != '\0');
        pp_picture_release(&picture);
    }
}

/* Offset of the frame header's height; width and components follow. */
static size_t frame_at(const struct folder *folder) {
    for (size_t at = 2; at + 10 < folder->count; at += 2 + 256U * folder->sample[at + 2] + folder->sample[at + 3])
        if (folder->sample[at] == 0xff && (folder->sample[at + 1] & 0xfe) == 0xc0)
            return at + 5;
    fail_msg("the sample has no frame header");
    return 0;
}

static void test_dimensions(void **state) {
    struct folder *folder = *state;
    uint8_t *frame = folder->sample + frame_at(folder);
    memset(frame, 0, 4);
    write_file(folder, folder->sample, folder->count);
    assert_refused(folder, -EINVAL, "expected");
    memset(frame, 0xfa, 4);
    write_file(folder, folder->sample, folder->count);
    assert_refused(folder, -EINVAL, "64250 x 64250 pixels");
}

static struct pp_picture picture_of_file(const struct folder *folder) {
    struct pp_picture picture = {0};
    struct pp_error error = {0};
    if (read_picture(folder->path, &picture, &error) != 0)
        fail_msg("%s", error.text);
    return picture;
}

/* The smallest greyscale JPEG: 8 x 8 pixels, one block whose only code says "all as it was", that is 128; and with
 * four components instead of one the smallest CMYK. */
static size_t tiny_jpeg(uint8_t *bytes, unsigned components) {
    size_t n = 0;
    const uint8_t start[] = {0xff, 0xd8, 0xff, 0xdb, 0, 67, 0};
    memcpy(bytes, start, sizeof start);
    n += sizeof start;
    memset(bytes + n, 1, 64);
    n += 64;
    const uint8_t frame[] = {0xff, 0xc0, 0, (uint8_t)(8 + 3 * components), 8, 0, 8, 0, 8, (uint8_t)components};
    memcpy(bytes + n, frame, sizeof frame);
    n += sizeof frame;
    for (unsigned i = 1; i <= components; i++, n += 3)
        memcpy(bytes + n, (uint8_t[]){(uint8_t)i, 0x11, 0}, 3);
    for (unsigned class = 0; class < 2; class ++) { /* one code of one bit, meaning 0 */
        const uint8_t table[] = {0xff, 0xc4, 0, 20, (uint8_t)(class << 4), 1};
        memcpy(bytes + n, table, sizeof table);
        memset(bytes + n + sizeof table, 0, 16);
        n += sizeof table + 16;
    }
    const uint8_t scan[] = {0xff, 0xda, 0, (uint8_t)(6 + 2 * components), (uint8_t)components};
    memcpy(bytes + n, scan, sizeof scan);
    n += sizeof scan;
    for (unsigned i = 1; i <= components; i++, n += 2)
        memcpy(bytes + n, (uint8_t[]){(uint8_t)i, 0}, 2);
    memcpy(bytes + n, (uint8_t[]){0, 63, 0, components == 1 ? 0x3f : 0x00, 0xff, 0xd9}, 6);
    return n + 6;
}

static void test_greyscale_becomes_rgb(void **state) {
    struct folder *folder = *state;
    uint8_t bytes[512];
    write_file(folder, bytes, tiny_jpeg(bytes, 1));
    struct pp_picture picture = picture_of_file(folder);
    assert_true(picture.width == 8 && picture.height == 8);
    for (size_t i = 0; i < sizeof(uint8_t[192]); i++)
        assert_int_equal(picture.rgb[i], 128);
    pp_picture_release(&picture);
}

static void test_cmyk_is_refused(void **state) {
    struct folder *folder = *state;
    uint8_t bytes[512];
    write_file(folder, bytes, tiny_jpeg(bytes, 4));
    assert_refused(folder, -EINVAL, "CMYK");
}

static uint64_t digest_with(unsigned threads, const struct pp_strings *images, uint64_t seed) {
    struct fixture f = fixture_new(&pp_task_img, "/tmp", threads);
    if (images != NULL)
        ((struct img_args *)f.args)->images = *images;
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    assert_int_equal(fixture_do(&f, seed), 0);
    fixture_free(&f, true);
    return f.output.digest;
}

static void test_task_with_its_default(void **state) {
    (void)state;
    uint64_t digest = digest_with(0, NULL, 5);
    assert_true(digest_with(3, NULL, 5) == digest);
    assert_true(digest_with(1, NULL, 6) != digest);
}

static void test_task_with_repeated_images(void **state) {
    const struct folder *folder = *state;
    uint8_t bytes[512];
    write_file(folder, bytes, tiny_jpeg(bytes, 1));
    const char *names[] = {folder->path, folder->path, folder->path};
    const struct pp_strings two = {.count = 2, .items = names}, three = {.count = 3, .items = names};
    assert_true(digest_with(2, &three, 5) == digest_with(1, &three, 5));
    assert_true(digest_with(1, &two, 5) != digest_with(1, &three, 5));
}

static void test_task_names_what_is_missing(void **state) {
    const struct folder *folder = *state;
    uint8_t bytes[512];
    write_file(folder, bytes, tiny_jpeg(bytes, 1));
    const char *names[] = {folder->path, folder->path, "nowhere/to be found.jpg"};
    struct fixture f = fixture_new(&pp_task_img, "/tmp", 1);
    ((struct img_args *)f.args)->images = (struct pp_strings){.count = 3, .items = names};
    assert_int_equal(fixture_start(&f), -ENOENT);
    assert_string_equal(f.error.where, "/0/2");
    assert_non_null(strstr(f.error.text, "nowhere/to be found.jpg: no such file"));
    names[2] = folder->dir;
    assert_int_equal(fixture_start(&f), -EINVAL);
    assert_string_equal(f.error.where, "/0/2");
    fixture_free(&f, false);
}

/* Of the state's members `answers` alone is known here by what it holds: found by its size. */
static uint8_t *answers_of(const struct fixture *f, size_t bytes) {
    for (size_t at = 0; at + sizeof(struct pp_buffer) <= f->task->state_size; at += sizeof(void *)) {
        struct pp_buffer buffer;
        memcpy(&buffer, (const char *)f->state + at, sizeof buffer);
        if (buffer.bytes >= bytes && buffer.bytes < bytes + 4096 && buffer.data != NULL)
            return buffer.data;
    }
    return NULL;
}

static void test_task_refuses_a_wrong_answer(void **state) {
    (void)state;
    struct fixture f = fixture_new(&pp_task_img, "/tmp", 1);
    assert_int_equal(fixture_start(&f), 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    uint8_t *answers = answers_of(&f, 3 * 512 * 512);
    assert_non_null(answers);
    const char *out = getenv("PP_IMG_OUT");
    if (out != NULL) {
        FILE *file = fopen(out, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(answers, 1, 3 * 512 * 512, file), 3 * 512 * 512);
        fclose(file);
    }
    answers[3 * (512 * 20 + 30) + 1] ^= 0x80;
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    assert_string_equal(f.error.where, "/0/0");
    assert_non_null(strstr(f.error.text, SAMPLE ": at column 30, row 20 green is "));
    for (size_t i = 0; i < 3 * 512 * 512; i++) /* a bias too small for any single pixel to show */
        answers[i] = (uint8_t)(answers[i] ^ 1);
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    fixture_free(&f, true);
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)

#else

#define library_setup NULL

static void test_is_listed_with_its_reason(void **state) {
    (void)state;
    assert_string_equal(pp_task_img.unavailable, "built without libjpeg-turbo");
}

#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
#ifdef PP_HAVE_JPEG
        cmocka_unit_test(test_sample_is_read),
        FOLDER_TEST(test_no_file),
        FOLDER_TEST(test_folder),
        FOLDER_TEST(test_pipe),
        FOLDER_TEST(test_not_jpeg),
        FOLDER_TEST(test_truncated),
        FOLDER_TEST(test_garbled),
        FOLDER_TEST(test_dimensions),
        FOLDER_TEST(test_greyscale_becomes_rgb),
        FOLDER_TEST(test_cmyk_is_refused),
        cmocka_unit_test(test_task_with_its_default),
        FOLDER_TEST(test_task_with_repeated_images),
        FOLDER_TEST(test_task_names_what_is_missing),
        cmocka_unit_test(test_task_refuses_a_wrong_answer),
#else
        cmocka_unit_test(test_is_listed_with_its_reason),
#endif
    };
    return cmocka_run_group_tests(tests, library_setup, NULL);
}
