/* The line that shows a run going on, at every width. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/live_line.h"
#include "report/text.h"

static struct pp_live_state usual(void) {
    return (struct pp_live_state){.work = "sum 1000000",
                                  .config = 1,
                                  .configs = 1,
                                  .name = "parallel_2",
                                  .number = 3,
                                  .cases = 4,
                                  .pass = 17,
                                  .passes = 28,
                                  .tasks_per_second = 5662.3,
                                  .speedup = 1.789,
                                  .share = 0.5,
                                  .left_s = 12.9,
                                  .over = "15:42:07"};
}

static char text[4096];

static const char *line_of(const struct pp_live_state *state, struct pp_terminal terminal) {
    struct pp_textbuf line = pp_textbuf_in(text, sizeof text);
    pp_live_line(state, &terminal, &line);
    assert_true(line.length < sizeof text);
    return text;
}

static const char *at(const struct pp_live_state *state, size_t columns) {
    return line_of(state, (struct pp_terminal){.columns = columns, .utf8 = true});
}

static void each_width_has_what_there_is_room_for(void **state) {
    (void)state;
    const struct pp_live_state now = usual();
    assert_string_equal(at(&now, 200), "sum 1000000  parallel_2  case 3/4  pass 17/28  "
                                       "[████████████████████                    ]  5662 tasks/s  speed-up 1.79x  "
                                       "0:12 left  until 15:42:07");
    assert_string_equal(at(&now, 80),
                        "parallel_2  case 3/4  pass 17/28  [█████▌     ]  5662 tasks/s  1.79x  0:12 left");
    assert_string_equal(at(&now, 40), "parallel_2 3/4 17/28 5662/s 1.79x 0:12");
    struct pp_live_state wide = now;
    wide.name = "sequential";
    wide.pass = 102;
    wide.passes = 900;
    wide.tasks_per_second = 464.54;
    assert_string_equal(at(&wide, 40), "sequential 3/4 102/900 465/s 1.79x 0:12");
    struct pp_live_state fast = now;
    fast.tasks_per_second = 16592.3;
    assert_non_null(strstr(at(&fast, 80), "  16592 tasks/s  "));
    fast.tasks_per_second = 100000.4;
    fast.pass = 7;
    assert_string_equal(at(&fast, 41), "parallel_2 3/4 7/28 100000/s 1.79x 0:12");
    assert_string_equal(at(&now, 20), "3/4 17/28 0:12");
    assert_string_equal(at(&now, 8), "3/4…:12");
    assert_string_equal(at(&now, 1), "");
}

static void no_width_is_exceeded_and_none_goes_to_waste(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    for (size_t columns = 1; columns <= 300; columns++) {
        assert_true(pp_text_width(at(&now, columns)) < columns);
        assert_true(pp_text_width(line_of(&now, (struct pp_terminal){.columns = columns})) < columns);
    }
    assert_true(pp_text_width(at(&now, 80)) >= 77);
}

static void several_configs_are_counted(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.config = 2;
    now.configs = 5;
    assert_non_null(strstr(at(&now, 200), "config 2/5  sum 1000000"));
    assert_non_null(strstr(at(&now, 80), "config 2/5  parallel_2"));
    assert_int_equal(strncmp(at(&now, 43), "2/5 parallel_2 3/4", 18), 0);
}

static void what_is_not_known_is_not_there(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.tasks_per_second = now.speedup = now.share = now.left_s = NAN;
    now.passes = 0;
    assert_string_equal(at(&now, 80), "sum 1000000  parallel_2  case 3/4  pass 17");
    assert_string_equal(at(&now, 22), "3/4 pass 17");
}

static void estimates_and_limits_are_marked(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.rough = true;
    assert_non_null(strstr(at(&now, 120), "about 0:12 left  until 15:42:07"));
    assert_non_null(strstr(at(&now, 40), " ~0:12"));
    now.at_most = true;
    assert_non_null(strstr(at(&now, 120), "at most 0:12 left  by 15:42:07"));
    assert_non_null(strstr(at(&now, 40), " <0:12"));
}

static void where_the_line_stands_long_only_the_end_is_told(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.stands = true;
    assert_non_null(strstr(at(&now, 200), "  speed-up 1.79x  until 15:42:07"));
    assert_string_equal(at(&now, 80), "parallel_2  case 3/4  pass 17/28  5662 tasks/s  1.79x  until 15:42:07");
    assert_string_equal(at(&now, 40), "parallel_2 3/4 17/28 1.79x ->15:42:07");
    assert_string_equal(at(&now, 21), "3/4 17/28 ->15:42:07");
    now.rough = true;
    assert_non_null(strstr(at(&now, 200), "  until about 15:42:07"));
    assert_non_null(strstr(at(&now, 40), " ~15:42:07"));
    now.at_most = true;
    assert_non_null(strstr(at(&now, 200), "  by 15:42:07"));
    assert_non_null(strstr(at(&now, 40), " <15:42:07"));
    for (size_t columns = 1; columns <= 300; columns++) {
        assert_true(pp_text_width(at(&now, columns)) < columns);
        assert_null(strstr(text, "0:12"));
    }
    now.over = ""; /* in so long a time that nobody waits for it */
    assert_non_null(strstr(at(&now, 200), "at most 0:12 left"));
}

static void figures_of_another_case_are_marked(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.last = true;
    assert_non_null(strstr(at(&now, 80), "last:  5662 tasks/s  1.79x"));
    assert_non_null(strstr(at(&now, 40), "last: 1.79x"));
    now.tasks_per_second = now.speedup = NAN;
    assert_null(strstr(at(&now, 80), "last"));
}

static void times_left_are_as_clocks_show_them(void **state) {
    (void)state;
    const struct {
        double left_s;
        const char *words;
    } rows[] = {{0.0, "0:00 left"},          {-3.0, "0:00 left"},        {59.99, "0:59 left"},
                {60.0, "1:00 left"},         {3599.0, "59:59 left"},     {3661.0, "1:01:01 left"},
                {359999.0, "99:59:59 left"}, {864000.0, "10 days left"}, {1e300, "e+295 days left"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_live_state now = usual();
        now.left_s = rows[i].left_s;
        if (!strstr(at(&now, 200), rows[i].words))
            fail_msg("%s is not in: %s", rows[i].words, text);
    }
}

static void huge_numbers_stay_short(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.tasks_per_second = 1.7976931348623157e308;
    now.speedup = 1e300;
    now.number = now.cases = now.pass = now.passes = SIZE_MAX;
    now.name = "async-blocking_100000 chunk_size=18446744073709551615 library_threads=default input=inherit";
    for (size_t columns = 20; columns <= 300; columns++)
        assert_true(pp_text_width(at(&now, columns)) < columns);
}

static void without_utf8_all_is_ascii(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.work = "exec größer";
    for (size_t columns = 1; columns <= 200; columns++)
        for (const char *c = line_of(&now, (struct pp_terminal){.columns = columns}); *c; c++)
            assert_true(*c >= 0x20 && *c < 0x7f);
    assert_non_null(strstr(text, "[####################                    ]"));
}

static void colour_changes_nothing_but_colour(void **state) {
    (void)state;
    const struct pp_live_state now = usual();
    for (size_t columns = 1; columns <= 200; columns++) {
        char plain[4096], colored[4096];
        size_t length = 0;
        strcpy(plain, at(&now, columns));
        const char *from = line_of(&now, (struct pp_terminal){.columns = columns, .utf8 = true, .color = true});
        while (*from)
            if (*from == '\033')
                from = strchr(from, 'm') + 1;
            else
                colored[length++] = *from++;
        colored[length] = '\0';
        assert_string_equal(colored, plain);
    }
    assert_non_null(strstr(text, "\033[1mparallel_2\033[0m"));
    assert_null(strchr(at(&now, 80), '\033'));
}

static void what_configs_say_is_no_command_to_a_terminal(void **state) {
    (void)state;
    struct pp_live_state now = usual();
    now.work = "exec \033[2J\r\n\xff";
    assert_non_null(strstr(at(&now, 200), "exec \\x1b[2J\\x0d\\x0a\\xff  parallel_2"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_width_has_what_there_is_room_for),
        cmocka_unit_test(no_width_is_exceeded_and_none_goes_to_waste),
        cmocka_unit_test(several_configs_are_counted),
        cmocka_unit_test(what_is_not_known_is_not_there),
        cmocka_unit_test(estimates_and_limits_are_marked),
        cmocka_unit_test(where_the_line_stands_long_only_the_end_is_told),
        cmocka_unit_test(figures_of_another_case_are_marked),
        cmocka_unit_test(times_left_are_as_clocks_show_them),
        cmocka_unit_test(huge_numbers_stay_short),
        cmocka_unit_test(without_utf8_all_is_ascii),
        cmocka_unit_test(colour_changes_nothing_but_colour),
        cmocka_unit_test(what_configs_say_is_no_command_to_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
