/* Manual pages: what means something to roff is escaped; what a build lacks is described as in any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "manual/able.h"
#include "manual/command_line.h"
#include "manual/roff.h"

static void becomes(void (*write)(FILE *, const char *), const char *text, const char *expected) {
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);
    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(made, expected);
    free(made);
}

static void text_keeps_its_meaning_in_roff(void **state) {
    (void)state;
    becomes(pp_roff_text, ".dot at the beginning, not. here", "\\&.dot at the beginning, not. here\n");
    becomes(pp_roff_text, "'quote' \"double\"", "\\(aqquote\\(aq \\(dqdouble\\(dq\n");
    becomes(pp_roff_text, "a-b \\n ^ ~", "a\\-b \\en \\(ha \\(ti\n");
    becomes(pp_roff_text, "50 µs … done", "50 \\[u00B5]s \\[u2026] done\n");
    becomes(pp_roff_text, "`-l` is typed", "\\fB\\%\\-l\\fR is typed\n");
    becomes(pp_roff_example, ".a\n.b 'c'\n", ".PP\n.RS 4\n.EX\n\\&.a\n\\&.b \\(aqc\\(aq\n.EE\n.RE\n");
}

static void usages_tell_what_is_typed_from_what_stands_for_something(void **state) {
    (void)state;
    becomes(pp_roff_usage, "--set KEY [--all DIR …]",
            "\\%\\fB\\-\\-set\\fR \\%\\fIKEY\\fR \\%[\\fB\\-\\-all\\fR\\~\\fIDIR\\fR\\~\\[u2026]]\n");
}

static void commands_take_the_options_that_their_usage_names(void **state) {
    (void)state;
    const struct pp_option_row config = {.name = "config"}, output = {.name = "output"};
    const struct pp_option_row help = {.name = "help", .everywhere = true};
    assert_true(pp_usage_takes("--config FILE [--output-format X]", &config));
    assert_false(pp_usage_takes("--config FILE [--output-format X]", &output));
    assert_false(pp_usage_takes("[--output DIR]", &config));
    assert_true(pp_usage_takes("[--output DIR]", &output));
    assert_true(pp_usage_takes("[--output DIR]", &help));
    assert_false(pp_usage_takes("", &output));
}

/* The task as a build without its library has it: functions are gone, fields and caps are not. */
static void a_task_that_this_build_lacks_can_do_what_it_can_elsewhere(void **state) {
    (void)state;
    for (const struct pp_task *const *each = pp_tasks(); *each; each++) {
        const struct pp_task *task = *each;
        struct pp_task without = {
            .name = task->name, .args = task->args, .caps = task->caps, .unavailable = "built without it"};
        char here[256], there[256];
        if (task->unavailable || !task->library)
            continue;
        pp_able_executors(task, here, sizeof here);
        pp_able_executors(&without, there, sizeof there);
        assert_string_equal(here, there);
        assert_int_equal(pp_able_input(task), pp_able_input(&without));
        assert_int_equal(pp_able_result(task), pp_able_result(&without));
        assert_int_equal(task->step != NULL, (task->caps & PP_TASK_STEPS) != 0);
        assert_int_equal(task->input_bytes != NULL, pp_able_input(task));
        assert_int_equal(task->result_bytes != NULL, pp_able_result(task));
    }
}

static void tasks_that_cannot_be_done_in_steps_are_not_for_an_event_loop(void **state) {
    (void)state;
    char text[256];
    pp_able_executors(pp_task_find("sum"), text, sizeof text);
    assert_string_equal(text, "process, thread, openmp, async-blocking, mpi");
    pp_able_executors(pp_task_find("sleep"), text, sizeof text);
    assert_string_equal(text, "process, thread, openmp, async, async-blocking, mpi");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_keeps_its_meaning_in_roff),
        cmocka_unit_test(usages_tell_what_is_typed_from_what_stands_for_something),
        cmocka_unit_test(commands_take_the_options_that_their_usage_names),
        cmocka_unit_test(a_task_that_this_build_lacks_can_do_what_it_can_elsewhere),
        cmocka_unit_test(tasks_that_cannot_be_done_in_steps_are_not_for_an_event_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
