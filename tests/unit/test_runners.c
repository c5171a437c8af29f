/* Configs that say who does the work: lists that are swept, and runners. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/problems.h"
#include "config/load.h"
#include "plan/plan.h"

#define TOP "\"task\": \"noop\", \"task_count\": 5"

static struct pp_config *load(const char *text) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    if (pp_config_load_text(text, strlen(text), "runners.json", NULL, &config, &problems) != 0)
        for (size_t i = 0; i < problems.count; i++)
            print_error("%s: %s\n", problems.items[i].place, problems.items[i].text);
    pp_problems_release(&problems);
    assert_non_null(config);
    return config;
}

static void assert_refused(const char *text, const char *place, const char *words) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(pp_config_load_text(text, strlen(text), "runners.json", NULL, &config, &problems), -EINVAL);
    assert_null(config);
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.items[0].place, place);
    if (!strstr(problems.items[0].text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, problems.items[0].text);
    pp_problems_release(&problems);
}

static void one_item_may_stand_for_a_list(void **state) {
    (void)state;
    struct pp_config *config = load("{" TOP ", \"executor\": \"thread\", \"workers\": 3, \"chunk_size\": 7}");
    assert_int_equal(config->sweep.executors.count, 1);
    assert_string_equal(config->sweep.executors.items[0], "thread");
    assert_true(config->sweep.workers.count == 1 && config->sweep.workers.items[0] == 3);
    assert_true(config->sweep.chunk_sizes.count == 1 && config->sweep.chunk_sizes.items[0] == 7);
    pp_config_free(config);
}

static void what_stands_for_a_choice_may_be_an_item(void **state) {
    (void)state;
    struct pp_config *config =
        load("{" TOP ", \"workers\": [1], \"chunk_size\": [\"auto\", 5], \"library_threads\": [null, 1]}");
    assert_true(config->sweep.chunk_sizes.count == 2 && config->sweep.chunk_sizes.items[0] == 0);
    assert_true(config->sweep.library_threads.count == 2 && config->sweep.library_threads.items[0] == 0);
    assert_int_equal(config->sweep.library_threads.items[1], 1);
    char *text = pp_config_dump(config);
    assert_non_null(strstr(text, "\"chunk_size\": [\"auto\", 5], \"library_threads\": [null, 1]"));
    free(text);
    pp_config_free(config);
}

static void runners_start_from_what_is_said_at_the_top(void **state) {
    (void)state;
    struct pp_config *config =
        load("{" TOP ", \"workers\": [0, 1], \"chunk_size\": 4, \"runners\": [{}, {\"executor\": \"thread\", "
             "\"workers\": 2}, {\"multiprocessing_start_method\": \"spawn\", \"transfer\": {\"result\": \"pipe\"}, "
             "\"pin\": \"scatter\"}]}");
    assert_int_equal(config->runner_count, 3);
    assert_string_equal(config->runners[0].executors.items[0], "process");
    assert_int_equal(config->runners[0].workers.count, 2);
    assert_string_equal(config->runners[1].executors.items[0], "thread");
    assert_true(config->runners[1].workers.count == 1 && config->runners[1].workers.items[0] == 2);
    assert_int_equal(config->runners[1].chunk_sizes.items[0], 4);
    assert_int_equal(config->runners[2].start_method, PP_START_SPAWN);
    assert_int_equal(config->runners[2].transfer.result, PP_RESULT_PIPE);
    assert_int_equal(config->runners[2].pin, PP_PIN_SCATTER);
    assert_int_equal(config->runners[1].pin, PP_PIN_NONE);
    pp_config_free(config);
}

/* So that a spawned worker, and whoever reads a result, sees the same cases. */
static void a_dump_of_runners_means_the_same(void **state) {
    (void)state;
    struct pp_config *config = load("{" TOP ", \"workers\": \"auto\", \"runners\": [{\"executor\": [\"process\", "
                                    "\"thread\"]}, {\"workers\": [3], \"transfer\": {\"input\": \"shared\"}}]}");
    assert_int_equal(pp_config_expand_workers(config, 2), 0);
    struct pp_case before[32], after[32];
    assert_in_range(pp_plan_room(config), 2, 32);
    size_t count = pp_plan_cases(config, before);
    char *text = pp_config_dump(config);
    struct pp_config *again = load(text);
    assert_int_equal(pp_plan_cases(again, after), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(before[i].name, after[i].name);
    assert_int_equal(again->runners[1].transfer.input, PP_INPUT_SHARED);
    free(text);
    pp_config_free(config);
    pp_config_free(again);
}

static void runners_are_checked_like_the_rest(void **state) {
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        {"{" TOP ", \"executor\": [\"thread\", \"fibre\"], \"workers\": 1}", "/executor/1", "found \"fibre\""},
        {"{" TOP ", \"executor\": [\"thread\", \"thread\"], \"workers\": 1}", "/executor/1", "/executor/0 has already"},
        {"{" TOP ", \"workers\": 1, \"chunk_size\": [5, 5]}", "/chunk_size/1", "/chunk_size/0 has already"},
        {"{" TOP ", \"workers\": [0, \"auto\"]}", "/workers/1", "found \"auto\""},
        {"{" TOP ", \"workers\": 1, \"transfer\": {\"results\": \"pipe\"}}", "/transfer/results", "\"result\"?"},
        {"{" TOP ", \"workers\": 1, \"transfer\": \"pipe\"}", "/transfer", "expected an object with \"input\""},
        {"{" TOP ", \"workers\": 1, \"runners\": []}", "/runners", "found [], expected a list"},
        {"{" TOP ", \"workers\": 1, \"runners\": [3]}", "/runners/0", "found 3, expected an object"},
        {"{" TOP ", \"workers\": 1, \"runners\": [{\"seed\": 2}]}", "/runners/0/seed", "at the top"},
        {"{" TOP ", \"workers\": 1, \"runners\": [{\"worker\": 2}]}", "/runners/0/worker", "\"workers\"?"},
        {"{" TOP ", \"workers\": 1, \"runners\": [{\"workers\": [2, 2]}]}", "/runners/0/workers/1", "has already"},
        {"{" TOP ", \"runners\": [{\"workers\": [2]}, {\"executor\": \"thread\"}]}", "/runners/1", "is missing"},
        {"{" TOP "}", "", "\"workers\" is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused(cases[i].text, cases[i].place, cases[i].words);
}

static void a_product_of_endless_lists_is_refused(void **state) {
    (void)state;
    static char text[1 << 20];
    size_t used = (size_t)snprintf(text, sizeof text,
                                   "{" TOP ", \"chunk_size\": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], "
                                   "\"workers\": [0");
    for (int i = 1; i < 10000; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, ",%d", i);
    snprintf(text + used, sizeof text - used, "]}");
    assert_refused(text, "/workers", "makes 110000 cases");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_item_may_stand_for_a_list),
        cmocka_unit_test(what_stands_for_a_choice_may_be_an_item),
        cmocka_unit_test(runners_start_from_what_is_said_at_the_top),
        cmocka_unit_test(a_dump_of_runners_means_the_same),
        cmocka_unit_test(runners_are_checked_like_the_rest),
        cmocka_unit_test(a_product_of_endless_lists_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
