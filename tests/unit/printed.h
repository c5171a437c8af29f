/* What must hold for text that is printed on a terminal. Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_PRINTED_H
#define PPTEST_TESTS_PRINTED_H

#include <string.h>

#include "report/text.h"

static inline void assert_no_line_is_wider(const char *text, size_t columns) {
    while (*text) {
        char line[1024];
        size_t length = strcspn(text, "\n");
        assert_true(length < sizeof line);
        memcpy(line, text, length);
        line[length] = '\0';
        if (pp_text_width(line) > columns)
            fail_msg("%zu columns, not %zu: %s", pp_text_width(line), columns, line);
        if (length > 0 && line[length - 1] == ' ')
            fail_msg("ends in a space: %s", line);
        text += length + 1;
    }
}

static inline void assert_has(const char *text, const char *words) {
    if (!strstr(text, words))
        fail_msg("\"%s\" is not in:\n%s", words, text);
}

/* No byte moves the cursor or changes a colour. */
static inline void assert_commands_nothing(const char *text) {
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
}

#endif
