/* A config as a list of cases: names, the arguments in words, and how long it may take. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/names.h"
#include "plan/plan.h"
#include "schema/config.h"

/* ---- cases ---- */

static struct pp_config config_of(const int64_t *workers, size_t count) {
    static const struct pp_task nothing = {.name = "nothing"};
    return (struct pp_config){.task = &nothing,
                              .task_count = 10,
                              .iterations = 3,
                              .warmup = 1,
                              .sweep.workers = {.count = count, .items = workers},
                              .label = ""};
}

static void cases_come_in_the_order_of_the_config(void **state) {
    (void)state;
    const int64_t workers[] = {4, 0, 1, 1024};
    const char *const names[] = {"parallel_4", "sequential", "parallel_1", "parallel_1024"};
    struct pp_config config = config_of(workers, 4);
    const int64_t chunk = 17, threads = 3;
    config.sweep.chunk_sizes = (struct pp_ints){1, &chunk};
    config.sweep.library_threads = (struct pp_ints){1, &threads};
    assert_int_equal(pp_plan_room(&config), 4);
    struct pp_case cases[4];
    assert_int_equal(pp_plan_cases(&config, cases), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(cases[i].name, names[i]);
        assert_int_equal(cases[i].workers, workers[i]);
        assert_int_equal(cases[i].chunk_size, workers[i] ? 17 : 0);
        assert_int_equal(cases[i].library_threads, 3);
    }
}

static void the_longest_name_fits(void **state) {
    (void)state;
    const int64_t workers[] = {UINT32_MAX};
    struct pp_config config = config_of(workers, 1);
    struct pp_case one;
    pp_plan_cases(&config, &one);
    assert_string_equal(one.name, "parallel_4294967295");
}

/* ---- combinations ---- */

enum { CASES = 32 };

static const int64_t none_to_two[] = {0, 1, 2}, one_and_five[] = {1, 5}, default_and_one[] = {0, 1}, two[] = {2};
static const char *const process_and_thread[] = {"process", "thread"};

static void assert_names(const struct pp_config *config, const char *const *names, size_t count) {
    struct pp_case cases[CASES];
    assert_in_range(pp_plan_room(config), count, CASES);
    assert_int_equal(pp_plan_cases(config, cases), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(cases[i].name, names[i]);
}

static void lists_are_combined_and_one_sequential_case_serves_all(void **state) {
    (void)state;
    struct pp_config config = config_of(none_to_two, 3);
    config.sweep.executors = (struct pp_strings){.count = 2, .items = process_and_thread};
    static const char *const names[] = {"sequential", "parallel_1", "parallel_2", "thread_1", "thread_2"};
    assert_names(&config, names, 5);
    config.sweep.chunk_sizes = (struct pp_ints){2, one_and_five};
    static const char *const chunked[] = {"sequential",
                                          "parallel_1 chunk_size=1",
                                          "parallel_1 chunk_size=5",
                                          "parallel_2 chunk_size=1",
                                          "parallel_2 chunk_size=5",
                                          "thread_1 chunk_size=1",
                                          "thread_1 chunk_size=5",
                                          "thread_2 chunk_size=1",
                                          "thread_2 chunk_size=5"};
    assert_names(&config, chunked, 9);
}

static void library_threads_are_swept_without_workers_too(void **state) {
    (void)state;
    struct pp_config config = config_of(none_to_two, 2);
    config.sweep.library_threads = (struct pp_ints){2, default_and_one};
    static const char *const names[] = {"sequential library_threads=default", "sequential library_threads=1",
                                        "parallel_1 library_threads=default", "parallel_1 library_threads=1"};
    assert_names(&config, names, 4);
}

/* Equal cases of different runners are one. */
static void runners_follow_each_other(void **state) {
    (void)state;
    struct pp_config config = config_of(none_to_two, 3);
    struct pp_sweep runners[] = {config.sweep, config.sweep, config.sweep};
    runners[1].start_method = PP_START_SPAWN;
    runners[2].workers = (struct pp_ints){1, two};
    runners[2].transfer.result = PP_RESULT_PIPE;
    config.runners = runners;
    config.runner_count = 3;
    static const char *const names[] = {"sequential",
                                        "parallel_1 fork result=digest",
                                        "parallel_2 fork result=digest",
                                        "parallel_1 spawn result=digest",
                                        "parallel_2 spawn result=digest",
                                        "parallel_2 fork result=pipe"};
    assert_names(&config, names, 6);
    struct pp_case cases[CASES];
    size_t count = pp_plan_cases(&config, cases);
    assert_int_equal(pp_plan_start_methods(cases, count), 1u << PP_START_FORK | 1u << PP_START_SPAWN);
    char place[32];
    pp_plan_place(&cases[5], "transfer", place, sizeof place);
    assert_string_equal(place, "/runners/2/transfer");
}

static void without_runners_a_place_is_at_the_top(void **state) {
    (void)state;
    struct pp_config config = config_of(none_to_two, 3);
    struct pp_case cases[CASES];
    pp_plan_cases(&config, cases);
    char place[32];
    pp_plan_place(&cases[1], "executor", place, sizeof place);
    assert_string_equal(place, "/executor");
}

static void passes_are_warm_ups_and_iterations(void **state) {
    (void)state;
    const int64_t workers[] = {0, 2};
    struct pp_config config = config_of(workers, 2);
    assert_int_equal(pp_plan_passes(&config, 2), 8);
    config.warmup = 0;
    assert_int_equal(pp_plan_passes(&config, 2), 6);
}

/* ---- arguments in words ---- */

struct every_type {
    int64_t number;
    double real;
    bool truth;
    const char *text;
    int choice;
    struct pp_pair pair;
    struct pp_ints ints;
    struct pp_strings strings;
};

#define AT(member) .offset = offsetof(struct every_type, member)

static const char *const colours[] = {"red", "green", NULL};
static const struct pp_field every_field[] = {
    {.name = "number", .type = PP_INT, AT(number)},
    {.name = "real", .type = PP_REAL, AT(real)},
    {.name = "truth", .type = PP_BOOL, AT(truth)},
    {.name = "text", .type = PP_STRING, AT(text)},
    {.name = "choice", .type = PP_CHOICE, AT(choice), .choices = colours},
    {.name = "pair", .type = PP_PAIR, AT(pair)},
    {.name = "ints", .type = PP_INTS, AT(ints)},
    {.name = "strings", .type = PP_STRINGS, AT(strings)},
    {.name = "json", .type = PP_JSON},
    {.name = NULL},
};

static const struct pp_task every_task = {.name = "every", .args = every_field, .args_size = sizeof(struct every_type)};

static const int64_t some_ints[] = {1, -2, 3};
static const char *const some_strings[] = {"a.jpg", "b c.jpg"};

static struct every_type every_value(void) {
    return (struct every_type){.number = -12,
                               .real = 0.8,
                               .truth = true,
                               .text = "hello",
                               .choice = 1,
                               .pair = {6, 20},
                               .ints = {3, some_ints},
                               .strings = {.count = 2, .items = some_strings}};
}

static const char *details_of(const struct pp_task *task, const void *args, size_t given, char *text, size_t size) {
    struct pp_config config = config_of(NULL, 0);
    config.task = task;
    config.args = args;
    config.args_given = given;
    memset(text, '#', size);
    pp_plan_details(&config, text, size);
    assert_non_null(memchr(text, '\0', size));
    return text;
}

static void every_type_has_words(void **state) {
    (void)state;
    struct every_type args = every_value();
    char text[512];
    assert_string_equal(details_of(&every_task, &args, 9, text, sizeof text),
                        "-12x0.8xtruexhelloxgreenx[6, 20]x1;-2;3xa.jpg;b c.jpgx");
    args.truth = false;
    args.ints.count = 0;
    args.strings.count = 1;
    assert_string_equal(details_of(&every_task, &args, 8, text, sizeof text),
                        "-12x0.8xfalsexhelloxgreenx[6, 20]xxa.jpg");
}

static void only_given_arguments_are_named_or_all(void **state) {
    (void)state;
    struct every_type args = every_value();
    char text[512];
    assert_string_equal(details_of(&every_task, &args, 1, text, sizeof text), "-12");
    assert_string_equal(details_of(&every_task, &args, 3, text, sizeof text), "-12x0.8xtrue");
    details_of(&every_task, &args, 0, text, sizeof text);
    assert_non_null(strstr(text, "xa.jpg;b c.jpg"));
}

static void long_words_are_cut(void **state) {
    (void)state;
    struct every_type args = every_value();
    char text[512];
    for (size_t size = 1; size < 60; size++)
        assert_true(strlen(details_of(&every_task, &args, 8, text, size)) < size);
    assert_string_equal(details_of(&every_task, &args, 8, text, 6), "-12x0");
}

static int own_details(const void *args, char *text, size_t size) {
    (void)args;
    return snprintf(text, size, "in its own words");
}

static void a_task_may_find_its_own_words(void **state) {
    (void)state;
    const struct pp_task task = {.name = "own", .args = every_field, .details = own_details};
    struct every_type args = every_value();
    char text[64];
    assert_string_equal(details_of(&task, &args, 2, text, sizeof text), "in its own words");
    assert_string_equal(details_of(&task, &args, 2, text, 4), "in ");
}

static void no_arguments_no_words(void **state) {
    (void)state;
    const struct pp_task task = {.name = "none"};
    char text[64];
    assert_string_equal(details_of(&task, NULL, 0, text, sizeof text), "");
}

static void no_names_joined_are_no_words(void **state) {
    (void)state;
    char text[] = "rubbish";
    assert_int_equal(pp_names_join(&(struct pp_strings){0}, ";", text, sizeof text), 0);
    assert_string_equal(text, "");
}

/* Every real task finds words for its defaults, in one line. */
static void every_task_describes_itself(void **state) {
    (void)state;
    for (const struct pp_task *const *each = pp_tasks(); *each; each++) {
        const struct pp_task *task = *each;
        void *args = calloc(1, task->args_size + 1);
        assert_non_null(args);
        pp_fields_default(task->args, args);
        char text[512], tiny[8];
        details_of(task, args, 0, text, sizeof text);
        assert_null(strpbrk(text, "\r\n"));
        bool has_default = task->args && !(task->args[0].flags & PP_FIELD_REQUIRED);
        assert_true(strlen(text) > 0 || !task->args || !task->args[0].name || !has_default ||
                    strcmp(task->name, "random") == 0);
        details_of(task, args, 0, tiny, sizeof tiny);
        free(args);
    }
}

static void details_of_a_known_task(void **state) {
    (void)state;
    const struct pp_task *sum = pp_task_find("sum");
    assert_non_null(sum);
    void *args = calloc(1, sum->args_size + 1);
    assert_non_null(args);
    pp_fields_default(sum->args, args);
    char text[64];
    assert_string_equal(details_of(sum, args, 1, text, sizeof text), "1000000");
    free(args);
}

/* ---- estimates ---- */

static double estimate(const struct pp_config *config, double cpus) {
    struct pp_case cases[8];
    assert_in_range(pp_plan_room(config), 1, 8);
    return pp_plan_estimate_s(config, cases, pp_plan_cases(config, cases), cpus);
}

static double a_tenth(const void *args) {
    (void)args;
    return 0.1;
}

static bool near(double a, double b) { return fabs(a - b) < 1e-9; }

static void computing_overlaps_as_far_as_there_are_cpus(void **state) {
    (void)state;
    const struct pp_task task = {.name = "t", .estimate = a_tenth};
    const int64_t workers[] = {0, 1, 2, 8};
    struct pp_config config = config_of(workers, 4);
    config.task = &task; /* 10 tasks of 0.1 s, four rounds */
    assert_true(near(estimate(&config, 2.0), 4.0 * (1.0 + 1.0 + 0.5 + 0.5)));
    assert_true(near(estimate(&config, 1.5), 4.0 * (1.0 + 1.0 + 2.0 / 1.5)));
}

static void waiting_overlaps_as_far_as_there_are_workers(void **state) {
    (void)state;
    const struct pp_task task = {.name = "t", .estimate = a_tenth, .caps = PP_TASK_WAITS};
    const int64_t workers[] = {10};
    struct pp_config config = config_of(workers, 1);
    config.task = &task;
    assert_true(near(estimate(&config, 2.0), 4.0 * 0.1));
}

static void an_event_loop_has_one_cpu(void **state) {
    (void)state;
    struct pp_task task = {.name = "t", .estimate = a_tenth};
    const int64_t workers[] = {10};
    const char *name = "async";
    struct pp_config config = config_of(workers, 1);
    config.task = &task;
    config.sweep.executors = (struct pp_strings){.count = 1, .items = &name};
    assert_true(near(estimate(&config, 2.0), 4.0));
    task.caps = PP_TASK_WAITS;
    assert_true(near(estimate(&config, 2.0), 4.0 * 0.1));
    name = "async-blocking"; /* nothing overlaps */
    assert_true(near(estimate(&config, 2.0), 4.0));
    assert_true(pp_plan_uses_one_cpu("async") && pp_plan_uses_one_cpu("async-blocking"));
    assert_false(pp_plan_uses_one_cpu("process") || pp_plan_uses_one_cpu("sequential"));
}

static void waits_between_passes_count(void **state) {
    (void)state;
    const int64_t workers[] = {0, 2};
    struct pp_config config = config_of(workers, 2); /* a task that says nothing of its time */
    config.wait_after_runner_s = 2.0;
    config.wait_after_iteration_s = 5.0;
    assert_true(near(estimate(&config, 2.0), 4.0 * (2.0 + 2.0 + 5.0)));
}

static void every_estimate_is_a_time(void **state) {
    (void)state;
    const int64_t workers[] = {0};
    struct pp_config config = config_of(workers, 1);
    for (const struct pp_task *const *each = pp_tasks(); *each; each++) {
        void *args = calloc(1, (*each)->args_size + 1);
        assert_non_null(args);
        pp_fields_default((*each)->args, args);
        config.task = *each;
        config.args = args;
        double seconds = estimate(&config, 2.0);
        assert_true(isfinite(seconds) && seconds >= 0.0);
        free(args);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_come_in_the_order_of_the_config),
        cmocka_unit_test(the_longest_name_fits),
        cmocka_unit_test(lists_are_combined_and_one_sequential_case_serves_all),
        cmocka_unit_test(library_threads_are_swept_without_workers_too),
        cmocka_unit_test(runners_follow_each_other),
        cmocka_unit_test(without_runners_a_place_is_at_the_top),
        cmocka_unit_test(passes_are_warm_ups_and_iterations),
        cmocka_unit_test(every_type_has_words),
        cmocka_unit_test(only_given_arguments_are_named_or_all),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(a_task_may_find_its_own_words),
        cmocka_unit_test(no_arguments_no_words),
        cmocka_unit_test(no_names_joined_are_no_words),
        cmocka_unit_test(every_task_describes_itself),
        cmocka_unit_test(details_of_a_known_task),
        cmocka_unit_test(computing_overlaps_as_far_as_there_are_cpus),
        cmocka_unit_test(waiting_overlaps_as_far_as_there_are_workers),
        cmocka_unit_test(an_event_loop_has_one_cpu),
        cmocka_unit_test(waits_between_passes_count),
        cmocka_unit_test(every_estimate_is_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
