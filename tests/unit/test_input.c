/* Input files: what is read, what is refused, and who is asked. */
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

#include "pptest/input.h"
#include "pptest/task.h"

static int make_folder(void **state) {
    char *dir = strdup("/tmp/pptest-input-XXXXXX");
    *state = dir;
    return dir && mkdtemp(dir) ? 0 : -1;
}

static int remove_folder(void **state) {
    char path[64];
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    remove(path);
    remove(*state);
    free(*state);
    return 0;
}

static void write_file(const char *dir, const char *text) {
    char path[64];
    snprintf(path, sizeof path, "%s/file", dir);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(const char *dir, const char *name, int code, const char *words) {
    const struct pp_env env = {.config_dir = dir};
    struct pp_input input = {0};
    struct pp_error error = {0};
    assert_int_equal(pp_input_read(&env, name, "JPEG", &input, &error), code);
    assert_int_equal(error.code, code);
    assert_null(input.path);
    assert_null(input.bytes);
    if (!strstr(error.text, name) || !strstr(error.text, words))
        fail_msg("not named, or not \"%s\": %s", words, error.text);
}

static void reads_a_file_beside_the_config(void **state) {
    const struct pp_env env = {.config_dir = *state};
    struct pp_input input;
    write_file(*state, "some bytes");
    assert_int_equal(pp_input_read(&env, "file", "JPEG", &input, NULL), 0);
    assert_int_equal(input.count, 10);
    assert_memory_equal(input.bytes, "some bytes", 10);
    assert_memory_equal(input.path, *state, strlen(*state));
    pp_input_release(&input);
    assert_null(input.path);
    assert_null(input.bytes);
    pp_input_release(&input);
}

static void refuses_what_is_no_file(void **state) {
    assert_refused(*state, "file", -ENOENT, "expected the path of a JPEG file");
    write_file(*state, "");
    assert_refused(*state, "file", -EINVAL, "an empty file; expected a JPEG file");
    assert_refused("/", *state, -EINVAL, "not a regular file; expected a JPEG file");
    char name[5000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct pp_input input;
    const struct pp_env env = {.config_dir = "."};
    assert_int_equal(pp_input_read(&env, name, "JPEG", &input, NULL), -ENAMETOOLONG);
}

/* Opening it to read would wait for somebody who writes. */
static void does_not_wait_for_a_pipe(void **state) {
    char path[64];
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(*state, "file", -EINVAL, "not a regular file");
}

static int give(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                struct pp_error *error) {
    assert_string_equal(kind, "JPEG");
    if (strcmp(name, "there") != 0)
        return pp_error_set(error, -ENOENT, "%s: not there", name);
    input->count = *(size_t *)env->input_owner;
    return 0;
}

static void asks_the_env_that_knows_better(void **state) {
    (void)state;
    size_t count = 7;
    const struct pp_env env = {.config_dir = ".", .read_input = give, .input_owner = &count};
    struct pp_input input = {0};
    struct pp_error error = {0};
    assert_int_equal(pp_input_read(&env, "there", "JPEG", &input, &error), 0);
    assert_int_equal(input.count, 7);
    assert_int_equal(pp_input_read(&env, "elsewhere", "JPEG", &input, &error), -ENOENT);
    assert_string_equal(error.text, "elsewhere: not there");
}

#define FOLDER_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(reads_a_file_beside_the_config),
        FOLDER_TEST(refuses_what_is_no_file),
        FOLDER_TEST(does_not_wait_for_a_pipe),
        cmocka_unit_test(asks_the_env_that_knows_better),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
