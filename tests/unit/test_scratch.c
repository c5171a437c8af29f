/* Folders for temporary files. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "pptest/error.h"
#include "runner/scratch.h"

static void a_scratch_folder_goes_with_all_that_is_in_it(void **state) {
    (void)state;
    char outer[256], path[512], deep[600], link_path[600], kept[600];
    assert_int_equal(pp_scratch_make("", outer, sizeof outer, NULL), 0);
    assert_int_equal(pp_scratch_make(outer, path, sizeof path, NULL), 0);
    snprintf(deep, sizeof deep, "%s/sub", path);
    assert_int_equal(mkdir(deep, 0700), 0);
    snprintf(deep, sizeof deep, "%s/sub/file", path);
    snprintf(kept, sizeof kept, "%s/kept", outer);
    snprintf(link_path, sizeof link_path, "%s/link", path);
    assert_int_equal(mkdir(kept, 0700), 0);
    assert_int_equal(symlink(kept, link_path), 0); /* removed itself, not what it leads to */
    int fd = open(deep, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    pp_scratch_remove(path);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(kept, F_OK), 0);
    pp_scratch_remove(path); /* again: no error */
    pp_scratch_remove(outer);
    assert_int_equal(access(outer, F_OK), -1);
}

static void a_scratch_folder_is_made_where_it_is_asked_for(void **state) {
    (void)state;
    char outer[256], path[512];
    struct pp_error error = {0};
    assert_int_equal(pp_scratch_make("/tmp", outer, sizeof outer, &error), 0);
    assert_int_equal(strncmp(outer, "/tmp/pptest-", 12), 0);
    const char *before = getenv("TMPDIR");
    char *kept = before ? strdup(before) : NULL;
    setenv("TMPDIR", outer, 1);
    assert_int_equal(pp_scratch_make("", path, sizeof path, &error), 0);
    assert_int_equal(strncmp(path, outer, strlen(outer)), 0);
    pp_scratch_remove(path);
    setenv("TMPDIR", "", 1);
    assert_int_equal(pp_scratch_make("", path, sizeof path, &error), 0);
    assert_int_equal(strncmp(path, "/tmp/pptest-", 12), 0);
    pp_scratch_remove(path);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
    pp_scratch_remove(outer);
}

static void a_scratch_folder_that_cannot_be_is_an_error(void **state) {
    (void)state;
    char path[512], tiny[10];
    struct pp_error error = {0};
    assert_int_equal(pp_scratch_make("/tmp/no/such/folder", path, sizeof path, &error), -ENOENT);
    assert_string_equal(error.where, "/tmp_dir");
    assert_non_null(strstr(error.text, "/tmp/no/such/folder"));
    assert_int_equal(pp_scratch_make("/tmp", tiny, sizeof tiny, &error), -ENAMETOOLONG);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scratch_folder_goes_with_all_that_is_in_it),
        cmocka_unit_test(a_scratch_folder_is_made_where_it_is_asked_for),
        cmocka_unit_test(a_scratch_folder_that_cannot_be_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
