/* The keys that decide how many passes there are: which of them go together, and that a dump says no more than is
 * meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "plan/plan.h"
#include "schema/config.h"

#define NOOP "\"task\": \"noop\", \"task_count\": 5, \"workers\": [0, 1]"

static struct pp_config *load(const char *text) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    int status = pp_config_load_text(text, strlen(text), "a.json", NULL, &config, &problems);
    if (status != 0)
        fail_msg("%s: %s", text, problems.count ? problems.items[0].text : "no memory");
    pp_problems_release(&problems);
    return config;
}

static void refused(const char *text, const char *place, const char *words) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_true(pp_config_load_text(text, strlen(text), "a.json", NULL, &config, &problems) != 0);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].place, place);
    assert_non_null(strstr(problems.items[0].text, words));
    pp_problems_release(&problems);
}

static void without_precision_iterations_count(void **state) {
    (void)state;
    struct pp_config *config = load("{" NOOP ", \"iterations\": 4, \"warmup\": 1, \"precision\": null}");
    assert_true(config->precision <= 0.0);
    assert_int_equal(pp_plan_rounds(config), 4);
    assert_int_equal(pp_plan_passes(config, pp_plan_room(config)), 10);
    pp_config_free(config);
}

static void with_precision_the_number_of_passes_is_open(void **state) {
    (void)state;
    struct pp_config *config = load("{" NOOP ", \"precision\": 0.02, \"max_time\": 30}");
    assert_true(config->precision > 0.019 && config->precision < 0.021);
    assert_true(config->max_time_s > 29.9 && config->max_time_s < 30.1);
    assert_int_equal(pp_plan_rounds(config), 0);
    pp_config_free(config);
    config = load("{" NOOP ", \"precision\": 0.02}");
    assert_true(config->max_time_s > 599.0);
    pp_config_free(config);
}

static void both_at_once_are_refused(void **state) {
    (void)state;
    refused("{" NOOP ", \"precision\": 0.02, \"iterations\": 3}", "/iterations", "\"precision\" decides");
    refused("{" NOOP ", \"max_time\": 3}", "/max_time", "there is none");
    refused("{" NOOP ", \"max_time\": 3, \"precision\": null}", "/max_time", "there is none");
    refused("{" NOOP ", \"precision\": 0.9}", "/precision", "0.5");
}

/* One rule for the passes stands in the config, and settings put the other in its place. */
static void settings_replace_the_rule(const char *const *precise, const char *const *counted, int64_t iterations) {
    static const char text[] = "{" NOOP ", \"iterations\": 3}",
                      other[] = "{" NOOP ", \"precision\": 0.1, \"max_time\": 3}";
    struct pp_problems problems = {0};
    struct pp_config *config = NULL;
    assert_int_equal(pp_config_load_text(text, sizeof text - 1, "a.json", precise, &config, &problems), 0);
    assert_true(config->precision > 0.019);
    pp_config_free(config);
    assert_int_equal(pp_config_load_text(other, sizeof other - 1, "a.json", counted, &config, &problems), 0);
    assert_true(config->precision <= 0.0 && config->iterations == iterations);
    pp_config_free(config);
}

/* Or no file that has one could be tried with the other. */
static void the_command_line_replaces_the_one_of_the_file(void **state) {
    (void)state;
    const char *const precise[] = {"precision=0.02", NULL}, *const counted[] = {"iterations=4", NULL};
    settings_replace_the_rule(precise, counted, 4);
}

static void the_command_line_takes_one_back(void **state) {
    (void)state;
    const char *const precise[] = {"iterations=null", "precision=0.02", NULL};
    const char *const counted[] = {"precision=null", "max_time=null", NULL};
    settings_replace_the_rule(precise, counted, 1);
    refused("{" NOOP ", \"iterations\": null}", "/iterations", "null"); /* but a file has no need to */
}

static void a_dump_says_what_is_meant(void **state) {
    (void)state;
    const char *const texts[] = {"{" NOOP "}", "{" NOOP ", \"iterations\": 3}", "{" NOOP ", \"precision\": 0.1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct pp_config *config = load(texts[i]);
        char *dump = pp_config_dump(config);
        assert_int_equal(strstr(dump, "\"iterations\"") == NULL, i == 2);
        assert_int_equal(strstr(dump, "\"max_time\"") != NULL, i == 2);
        struct pp_config *again = load(dump);
        assert_true(again->iterations == config->iterations && again->precision == config->precision);
        pp_config_free(again);
        pp_config_free(config);
        free(dump);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_precision_iterations_count),
        cmocka_unit_test(with_precision_the_number_of_passes_is_open),
        cmocka_unit_test(both_at_once_are_refused),
        cmocka_unit_test(the_command_line_replaces_the_one_of_the_file),
        cmocka_unit_test(the_command_line_takes_one_back),
        cmocka_unit_test(a_dump_says_what_is_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
