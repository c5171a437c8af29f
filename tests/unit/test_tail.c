/* The end of what is written into a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/tail.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is said of `text`, written in parts of `part` bytes each of which is taken at once. */
static const char *said(const char *text, size_t part, size_t size) {
    static char words[512];
    struct pp_tail tail;
    int fd = pp_tail_open(&tail);
    assert_true(fd >= 0);
    for (size_t left = strlen(text), count; left > 0; left -= count, text += count) {
        count = part < left ? part : left;
        assert_int_equal(write(fd, text, count), count);
        pp_tail_take(&tail);
    }
    close(fd);
    pp_tail_take(&tail);
    assert_int_equal(tail.fd, -1);
    pp_tail_say(&tail, words, size);
    return words;
}

static void lines_become_one(void **state) {
    (void)state;
    assert_string_equal(said("", 1, 100), "");
    assert_string_equal(said(" \n\n", 1, 100), "");
    assert_string_equal(said("one\n", 1, 100), "one");
    assert_string_equal(said("one\ttwo\nthree\n", 5, 100), "one two|three");
}

static void only_whole_lines_of_the_end_are_said(void **state) {
    (void)state;
    char text[2000] = "";
    for (int i = 0; i < 150; i++)
        sprintf(text + strlen(text), "line %d\n", 1000 + i);
    for (size_t part = 1; part < sizeof text; part = part * 3 + 1) {
        const char *words = said(text, part, 225);
        assert_memory_equal(words, "line ", 5);
        assert_string_equal(words + strlen(words) - 9, "line 1149");
        assert_string_equal(said(text, part, 21), "line 1148|line 1149");
    }
}

static void of_one_long_line_the_end_is_said(void **state) {
    (void)state;
    char text[1000];
    memset(text, 'x', sizeof text);
    memcpy(text + sizeof text - 4, "end", 4);
    const char *words = said(text, 100, 225);
    assert_int_equal(strlen(words), 224);
    assert_string_equal(words + 221, "end");
    assert_string_equal(said(text, 999, 4), "end");
    assert_string_equal(said("x\xc3\xa4\xc3\xa4\xc3\xa4", 7, 4),
                        "\xc3\xa4"); /* not the second byte of the one before */
}

/* Neither memory nor time is spent on who never stops. */
static void nobody_is_read_for_ever(void **state) {
    (void)state;
    struct pp_tail tail;
    int fd = pp_tail_open(&tail);
    pid_t writer = fork();
    if (writer == 0) {
        pp_tail_close(&tail);
        while (write(fd, "for ever ", 9) > 0)
            continue;
        _exit(1);
    }
    for (int i = 0; i < 3; i++)
        pp_tail_take(&tail);
    pp_tail_close(&tail);
    close(fd);
    assert_int_equal(waitpid(writer, NULL, 0), writer); /* of SIGPIPE */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_one),
        cmocka_unit_test(only_whole_lines_of_the_end_are_said),
        cmocka_unit_test(of_one_long_line_the_end_is_said),
        cmocka_unit_test(nobody_is_read_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
