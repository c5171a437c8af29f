/* Tasks as arguments of a task: what configs say of them, in the program's own tasks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/members.h"
#include "config/load.h"
#include "plan/plan.h"
#include "schema/config.h"
#include "schema/describe.h"
#include "schema/json_schema.h"

#define REST "\"task_count\": 2, \"workers\": [0, 1]}"

static int load(const char *args, struct pp_config **config, struct pp_problems *problems) {
    char text[8192];
    int length = snprintf(text, sizeof text, "{\"task\": \"mix\", \"task_args\": %s, " REST, args);
    assert_true(length < (int)sizeof text);
    return pp_config_load_text(text, (size_t)length, "a.json", NULL, config, problems);
}

static struct pp_config *good(const char *args) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    if (load(args, &config, &problems) != 0)
        fail_msg("%s: %s: %s", args, problems.items[0].place, problems.items[0].text);
    return config;
}

static struct pp_members members_of(const struct pp_config *config) {
    return pp_members_of(config->task, config->args);
}

/* ---- what loads ---- */

static void arguments_and_weights_are_read(void **state) {
    (void)state;
    struct pp_config *config =
        good("[[\"sum\", [1000], 3], [\"zip\", {\"level\": 1}, 0.5], [\"sum\"], [\"noop\", []]]");
    struct pp_members members = members_of(config);
    assert_int_equal(members.count, 4);
    assert_int_equal(config->args_given, 1);
    const struct pp_member *items = members.items;
    assert_ptr_equal(items[0].task, pp_task_find("sum"));
    assert_ptr_equal(items[1].task, pp_task_find("zip"));
    assert_string_equal(items[1].name, "zip");
    assert_true(items[0].weight == 3 && items[1].weight == 0.5 && items[2].weight == 1 && items[3].weight == 1);
    assert_int_equal(items[0].args_given, 1);
    assert_int_equal(items[1].args_given, 2);
    assert_int_equal(items[2].args_given, 0);
    assert_int_equal(*(const int64_t *)items[0].args, 1000);
    assert_int_equal(*(const int64_t *)items[2].args, 1000000); /* the default */
    pp_config_free(config);
}

static void by_name_they_are_the_same(void **state) {
    (void)state;
    struct pp_config *config = good("{\"tasks\": [[\"sum\", [1000], 3], [\"sleep\"]]}");
    assert_int_equal(members_of(config).count, 2);
    assert_int_equal(config->args_given, 1);
    pp_config_free(config);
}

static void a_dump_loads_as_the_same(void **state) {
    (void)state;
    struct pp_config *config = good(
        "[[\"zip\", {\"filesize_mb\": 10, \"level\": 1}, 0.1], [\"sum\"], [\"password\", [1, 2, [3, 4], 0.8], 3]]");
    char *dump = pp_config_dump(config);
    assert_non_null(strstr(dump,
                           "\"task_args\": [[\"zip\", [10, 1], 0.1], [\"sum\", [], 1], [\"password\", [1, 2, [3, 4], "
                           "0.8], 3]]"));
    struct pp_config *again = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(pp_config_load_text(dump, strlen(dump), "a.json", NULL, &again, &problems), 0);
    char *second = pp_config_dump(again);
    assert_string_equal(second, dump);
    free(second);
    free(dump);
    pp_config_free(again);
    pp_config_free(config);
}

static void details_name_weights_and_arguments(void **state) {
    (void)state;
    struct pp_config *config = good("[[\"sum\", [1000], 3], [\"zip\", [1, 1], 0.25], [\"noop\"], [\"sleep\", [50]]]");
    char text[512];
    pp_plan_details(config, text, sizeof text);
    assert_string_equal(text, "3 sum 1000; 0.25 zip 1x1; 1 noop; 1 sleep 50");
    pp_plan_details(config, text, 10);
    assert_string_equal(text, "3 sum 100");
    pp_config_free(config);
}

/* A mix waits when a part of it does; nobody can time it in bulk, whatever its parts. */
static void what_holds_for_one_task_holds_for_all(void **state) {
    (void)state;
    struct pp_config *computing = good("[[\"sum\"], [\"multi\"]]"), *waiting = good("[[\"sum\"], [\"sleep\"]]");
    assert_int_equal(computing->task->caps, 0);
    assert_int_equal(waiting->task->caps, PP_TASK_WAITS);
    assert_null(computing->task->step);
    assert_non_null(waiting->task->step);
    assert_int_equal(pp_task_find("mix")->caps, 0);
    assert_string_equal(waiting->task->name, "mix");
    pp_config_free(waiting);
    pp_config_free(computing);
}

static int gather(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    (void)state, (void)args, (void)part, (void)error;
    return 0;
}

static void stateful_and_missing_tasks_cannot_be_members(void **state) {
    (void)state;
    const struct pp_task stateful = {.name = "s", .gather = gather}, missing = {.name = "m", .unavailable = "no"},
                         plain = {.name = "p"};
    assert_string_equal(pp_member_unfit(&stateful), "answers for all its items together");
    assert_string_equal(pp_member_unfit(&missing), "cannot run in this build");
    assert_null(pp_member_unfit(&plain));
}

static void no_other_task_has_members(void **state) {
    (void)state;
    assert_int_equal(pp_members_of(pp_task_find("sum"), NULL).count, 0);
    assert_null(pp_members_field(pp_task_find("noop")));
    assert_non_null(pp_members_field(pp_task_find("mix")));
}

/* ---- what is refused ---- */

static void assert_refused(const char *args, const char *place, const char *text) {
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(load(args, &config, &problems), -EINVAL);
    if (problems.count != 1 || strcmp(problems.items[0].place, place) != 0 || !strstr(problems.items[0].text, text))
        fail_msg("%s: %zu problems, the first: %s: %s", args, problems.count, problems.items[0].place,
                 problems.items[0].text);
    pp_problems_release(&problems);
}

static void whole_lists_are_checked(void **state) {
    (void)state;
    assert_refused("[]", "/task_args", "found [], expected a list of one or more [task, arguments, weight]");
    assert_refused("{\"tasks\": []}", "/task_args/tasks", "found [], expected a list of one or more");
    assert_refused("{}", "/task_args", "\"tasks\" is missing; expected a list of one or more");
    assert_refused("3", "/task_args", "found 3, expected an array or an object of arguments");
    assert_refused("{\"task\": [], \"tasks\": [[\"noop\"]]}", "/task_args/task",
                   "unknown argument; did you mean \"tasks\"?");
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    const char *none = "{\"task\": \"mix\", " REST;
    assert_int_equal(pp_config_load_text(none, strlen(none), "a.json", NULL, &config, &problems), -EINVAL);
    assert_non_null(strstr(problems.items[0].text, "\"tasks\" is missing"));
    pp_problems_release(&problems);
}

static void each_item_is_checked(void **state) {
    (void)state;
    static const struct {
        const char *item, *place, *text;
    } rows[] = {
        {"\"sum\"", "", "found \"sum\", expected [task, arguments, weight], such as [\"sum\", [1000], 3]"},
        {"[]", "", "found [], expected [task, arguments, weight]"},
        {"[\"sum\", [], 1, 2]", "", "expected [task, arguments, weight]"},
        {"[3]", "/0", "found 3, expected the name of a task"},
        {"[\"smu\"]", "/0",
         "found \"smu\", expected one of the tasks that `pptest tasks` lists; did you mean \"sum\"?"},
        {"[\"a.so\"]", "/0", "write \"./a.so\""},
        {"[\"./nowhere.so\"]", "/0", "found \"./nowhere.so\", and there is no such file"},
        {"[\"random\"]", "/0", "\"random\" is a mix itself, so it cannot be one of several tasks"},
        {"[\"mix\", [[\"sum\"]]]", "/0", "\"mix\" is a mix itself"},
        {"[\"sum\", 3]", "/1", "found 3, expected an array or an object of arguments; a weight comes after them"},
        {"[\"sum\", \"3\"]", "/1", "found \"3\", expected an array or an object of arguments"},
        {"[\"sum\", [0]]", "/1/0", "found 0, expected an integer"},
        {"[\"sum\", [1, 2]]", "/1/1", "found 2, one argument too many"},
        {"[\"sum\", {\"numbrs\": 1}]", "/1/numbrs", "unknown argument"},
        {"[\"password\", [1, 2, [4, 3]]]", "/1/2", "found [4,3], whose low end is above its high end"},
        {"[\"sum\", [], 0]", "/2", "found 0, expected a weight: a number > 0, at most 1000000000"},
        {"[\"sum\", [], -0.5]", "/2", "found -0.5, expected a weight"},
        {"[\"sum\", [], 1e10]", "/2", "expected a weight"},
        {"[\"sum\", [], \"3\"]", "/2", "found \"3\", expected a weight"},
        {"[\"sum\", [], null]", "/2", "found null, expected a weight"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char args[256], place[64];
        snprintf(args, sizeof args, "[[\"noop\"], %s]", rows[i].item);
        snprintf(place, sizeof place, "/task_args/1%s", rows[i].place);
        assert_refused(args, place, rows[i].text);
        snprintf(args, sizeof args, "{\"tasks\": [[\"noop\"], %s]}", rows[i].item);
        snprintf(place, sizeof place, "/task_args/tasks/1%s", rows[i].place);
        assert_refused(args, place, rows[i].text);
    }
}

static void everything_that_is_wrong_is_listed(void **state) {
    (void)state;
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(load("[[\"sum\", [0], -1], [\"smu\", [], 0], 5]", &config, &problems), -EINVAL);
    static const char *const places[] = {"/task_args/0/1/0", "/task_args/0/2", "/task_args/1/0", "/task_args/1/2",
                                         "/task_args/2"};
    assert_int_equal(problems.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(problems.items[i].place, places[i]);
    pp_problems_release(&problems);
}

/* Reading goes no deeper than tasks in a task, however deep a config is. */
static void mixes_in_mixes_end_at_the_first(void **state) {
    (void)state;
    enum { DEEP = 400 };
    char args[8192] = "";
    for (int i = 0; i < DEEP; i++)
        strcat(args, "[[\"mix\", ");
    strcat(args, "[]");
    for (int i = 0; i < DEEP; i++)
        strcat(args, "]]");
    assert_refused(args, "/task_args/0/0", "\"mix\" is a mix itself");
}

static void lists_have_a_limit(void **state) {
    (void)state;
    size_t bytes = 20 * (PP_MEMBERS_MAX + 2);
    char *text = malloc(bytes), *end = text;
    assert_non_null(text);
    end += snprintf(end, bytes, "{\"task\": \"mix\", \"task_args\": [");
    for (int i = 0; i <= PP_MEMBERS_MAX; i++)
        end += sprintf(end, "[\"noop\"], ");
    snprintf(end - 2, bytes - (size_t)(end - text), "], " REST);
    struct pp_config *config = NULL;
    struct pp_problems problems = {0};
    assert_int_equal(pp_config_load_text(text, strlen(text), "a.json", NULL, &config, &problems), -EINVAL);
    assert_string_equal(problems.items[0].text, "found 1001 tasks, expected at most 1000");
    pp_problems_release(&problems);
    free(text);
}

/* ---- its JSON Schema ---- */

static const json_t *find_rule(json_t *rules, const char *task) {
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule) {
        json_t *items = json_object_get(json_object_get(rule, "if"), "items");
        const char *name = json_string_value(json_object_get(json_array_get(items, 0), "const"));
        if (name && strcmp(name, task) == 0)
            return rule;
    }
    return NULL;
}

/* What the arguments of a member refer to must be the rule of the task of that name. */
static void schema_of_members_refers_to_that_of_their_tasks(void **state) {
    (void)state;
    json_t *schema = pp_json_schema(pp_config_fields, pp_tasks());
    json_t *rules = json_object_get(schema, "allOf");
    json_t *member = json_object_get(json_object_get(schema, "definitions"), "member");
    json_t *members = json_object_get(member, "allOf");
    assert_null(find_rule(members, "mix"));
    assert_null(find_rule(members, "random"));
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        if (pp_member_unfit(*task))
            continue;
        const json_t *rule = find_rule(members, (*task)->name);
        assert_non_null(rule);
        json_t *arguments = json_array_get(json_object_get(json_object_get(rule, "then"), "items"), 1);
        unsigned number;
        assert_int_equal(sscanf(json_string_value(json_object_get(arguments, "$ref")),
                                "#/allOf/%u/then/properties/task_args", &number),
                         1);
        json_t *target = json_object_get(json_object_get(json_array_get(rules, number), "if"), "properties");
        assert_string_equal(json_string_value(json_object_get(json_object_get(target, "task"), "const")),
                            (*task)->name);
    }
    json_decref(schema);
}

static void help_describes_the_list(void **state) {
    (void)state;
    char text[256];
    pp_field_describe(pp_members_field(pp_task_find("mix")), text, sizeof text);
    assert_string_equal(text, "list of one or more [task, arguments, weight], required");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_and_weights_are_read),
        cmocka_unit_test(by_name_they_are_the_same),
        cmocka_unit_test(a_dump_loads_as_the_same),
        cmocka_unit_test(details_name_weights_and_arguments),
        cmocka_unit_test(what_holds_for_one_task_holds_for_all),
        cmocka_unit_test(no_other_task_has_members),
        cmocka_unit_test(stateful_and_missing_tasks_cannot_be_members),
        cmocka_unit_test(whole_lists_are_checked),
        cmocka_unit_test(each_item_is_checked),
        cmocka_unit_test(everything_that_is_wrong_is_listed),
        cmocka_unit_test(mixes_in_mixes_end_at_the_first),
        cmocka_unit_test(lists_have_a_limit),
        cmocka_unit_test(schema_of_members_refers_to_that_of_their_tasks),
        cmocka_unit_test(help_describes_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
