/* The page for browsers, as text: what is escaped, what is there without scripts, what the scripts are given. */
#include <jansson.h>
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

#include "report/html.h"
#include "report/report.h"
#include "result/comparison.h"
#include "result/shapes.h"

/* ---- results made by hand ---- */

enum { PASSES = 3 };

struct handmade {
    struct pp_pass passes[PASSES];
    struct pp_case_result cases[2];
    struct pp_result result;
};

static struct pp_case_result case_of(const char *name, unsigned workers, struct pp_pass *passes) {
    const struct pp_stats stats = {.mean = 0.0002, .median = 0.0002, .ci95 = PP_INTERVAL_UNKNOWN};
    return (struct pp_case_result){.name = name,
                                   .executor = workers ? "process" : "sequential",
                                   .workers = workers,
                                   .task_count = 10,
                                   .verified = true,
                                   .pass_count = PASSES,
                                   .counted = PASSES,
                                   .passes = passes,
                                   .total = stats,
                                   .init = stats,
                                   .work = stats,
                                   .task_avg = stats,
                                   .tasks_per_second = 50000,
                                   .speedup = {workers ? 1.5 : NAN, PP_INTERVAL_UNKNOWN, "sequential"},
                                   .efficiency = 0.75};
}

static void make(struct handmade *made) {
    *made = (struct handmade){.passes = {{.total_s = 0.0002}}};
    made->cases[0] = case_of("sequential", 0, made->passes);
    made->cases[1] = case_of("parallel_2", 2, made->passes);
    made->result = (struct pp_result){.schema = PP_RESULT_SCHEMA,
                                      .version = "1",
                                      .label = "",
                                      .task = "sum",
                                      .summary = "adds",
                                      .task_count = 10,
                                      .complete = true,
                                      .case_count = 2,
                                      .cases = made->cases,
                                      .rule_of_thumb = NAN,
                                      .noise_floor = NAN,
                                      .verdict = {.known = true, .workers = 2, .text = "use 2 workers", .series = "s"}};
}

static __attribute__((noinline)) char *page_of(const struct pp_html_page *page) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(pp_html_write(page, out), 0);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static char *text_of(const struct pp_result *result) {
    const struct pp_html_item item = {.file = "", .result = result, .reason = ""};
    return page_of(&(struct pp_html_page){.count = 1, .items = &item});
}

static bool has(const char *text, const char *words) { return strstr(text, words) != NULL; }

static size_t count_of(const char *text, const char *words) {
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, words)); at += strlen(words))
        count++;
    return count;
}

/* The JSON that the scripts read of item `index`; a new reference. */
static json_t *data_of(const char *text, size_t index) {
    static const char start[] = "<script type=\"application/json\" class=\"result\">";
    const char *at = text;
    for (size_t i = 0; i <= index; i++) {
        at = strstr(at, start);
        assert_non_null(at);
        at += strlen(start);
    }
    json_error_t error;
    json_t *data = json_loadb(at, (size_t)(strstr(at, "</script>") - at), 0, &error);
    if (!data)
        fail_msg("%s", error.text);
    return data;
}

static const char *label_in(const json_t *data) {
    return json_string_value(json_object_get(json_object_get(data, "result"), "label"));
}

/* ---- what stands there ---- */

static void the_answer_is_there_without_scripts(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    char *text = text_of(&made.result);
    assert_int_equal(strncmp(text, PP_HTML_BEGINNING, strlen(PP_HTML_BEGINNING)), 0);
    assert_true(has(text, "<p class=\"answer\">use 2 workers</p>"));
    assert_true(has(text, "<th scope=\"row\">parallel_2</th><td>2</td><td>200 µs</td><td>–</td><td>–</td><td>50000</td>"
                          "<td>1.50×</td><td>75 %</td>"));
    assert_false(has(text, "<p class=\"partial\">"));
    free(text);
}

static void why_there_is_no_verdict_is_said_once(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.verdict.known = false;
    snprintf(made.result.verdict.text, sizeof made.result.verdict.text, "no verdict: too few");
    snprintf(made.result.verdict.reason, sizeof made.result.verdict.reason, "too few");
    char *text = text_of(&made.result);
    assert_true(has(text, "<p class=\"answer\">no verdict: too few</p>"));
    assert_false(has(text, "<p>too few</p>"));
    free(text);
}

static void a_partial_result_is_called_so(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.complete = false;
    char *text = text_of(&made.result);
    assert_true(has(text, "<p class=\"partial\">Partial: the run did not end."));
    free(text);
}

static void only_a_few_warnings_stand_open(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    const char *warnings[] = {"one", "two", "three", "four", "five", "six"};
    made.result.warnings = warnings;
    made.result.warning_count = 6;
    char *text = text_of(&made.result);
    assert_true(has(text, "<li>four</li>\n</ul>\n<details><summary>and 2 more to mind</summary>\n<ul>\n<li>five</li>"));
    assert_true(strstr(text, "<li>one</li>") > strstr(text, "</table>"));
    free(text);
    made.result.warning_count = 5;
    text = text_of(&made.result);
    assert_false(has(text, "more to mind"));
    assert_true(has(text, "<li>five</li>"));
    free(text);
}

static void a_case_without_passes_has_no_row(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.cases[1].counted = 0;
    char *text = text_of(&made.result);
    assert_false(has(text, "<th scope=\"row\">parallel_2</th>"));
    free(text);
}

static void the_network_is_forbidden(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    char *text = text_of(&made.result);
    assert_true(has(text, "content=\"default-src 'none'; script-src 'sha256-"));
    assert_false(has(text, "unsafe"));
    assert_false(has(text, "src=\"http"));
    assert_false(has(text, "href=\"http"));
    free(text);
}

static void the_licence_of_the_chart_library_is_in_the_page(void **state) {
    (void)state;
    if (pp_reporter_html.unavailable)
        skip();
    struct handmade made;
    make(&made);
    char *text = text_of(&made.result);
    assert_true(has(text, "Chart.js Contributors"));
    assert_true(has(text, "The above copyright notice and this permission notice shall be included"));
    free(text);
}

static void the_reporter_says_what_it_lacks(void **state) {
    (void)state;
    assert_ptr_equal(pp_reporter_find("html"), &pp_reporter_html);
#ifdef PP_HAVE_CHART_JS
    assert_null(pp_reporter_html.unavailable);
#else
    assert_true(has(pp_reporter_html.unavailable, "built without Chart.js"));
    assert_true(has(pp_reporter_html.unavailable, "libjs-chart.js"));
#endif
}

/* ---- what is escaped ---- */

static const char hostile[] = "</script><img src=x onerror=alert(1)><!--\"'&\xe2\x80\xa8\xe2\x80\xa9";

static void markup_in_words_is_text(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    const char *warnings[] = {hostile};
    made.result.label = hostile;
    made.result.task = hostile;
    made.result.warnings = warnings;
    made.result.warning_count = 1;
    made.cases[1].name = hostile;
    snprintf(made.result.details, sizeof made.result.details, "%s", hostile);
    snprintf(made.result.verdict.text, sizeof made.result.verdict.text, "%s", hostile);
    snprintf(made.result.verdict.reason, sizeof made.result.verdict.reason, "%s", hostile);
    made.result.verdict.alternative_count = 1;
    made.result.verdict.alternatives[0] = (struct pp_alternative){.kind = hostile, .name = hostile};
    const struct pp_html_item item = {.file = hostile, .result = &made.result, .reason = hostile};
    const char *problems[] = {hostile};
    char *text = page_of(&(struct pp_html_page){.count = 1, .items = &item, .problem_count = 1, .problems = problems});
    assert_false(has(text, "<img"));
    assert_false(has(text, "</script><img"));
    assert_true(count_of(text, "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&lt;!--&quot;&#39;&amp;") >= 9);
    assert_true(
        has(text, "\\u003c/script\\u003e\\u003cimg src=x onerror=alert(1)\\u003e\\u003c!--\\\"'\\u0026\\u2028\\u2029"));
    assert_int_equal(count_of(text, "</script>"), 2); /* the data's and the scripts' own ends */
    json_t *data = data_of(text, 0);
    assert_string_equal(label_in(data), hostile);
    json_decref(data);
    free(text);
}

static void bytes_that_are_no_text_are_replaced(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    made.result.label = "a\xff"
                        "b\x01"
                        "c\xe2\x82";
    char *text = text_of(&made.result);
    assert_true(has(text, "<p class=\"note\">a\xef\xbf\xbd"
                          "b\xef\xbf\xbd"
                          "c\xef\xbf\xbd\xef\xbf\xbd</p>"));
    json_t *data = data_of(text, 0);
    assert_non_null(label_in(data));
    json_decref(data);
    free(text);
}

static void a_file_may_have_any_name(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    const struct pp_html_item item = {.file = "\xff.json", .result = &made.result, .reason = ""};
    char *text = page_of(&(struct pp_html_page){.count = 1, .items = &item});
    assert_true(has(text, "<p class=\"note\">\xef\xbf\xbd.json</p>"));
    json_t *data = data_of(text, 0);
    assert_true(json_string_length(json_object_get(data, "file")) > 0);
    json_decref(data);
    free(text);
}

/* ---- several ---- */

static void several_results_have_a_part_each_and_their_comparison(void **state) {
    (void)state;
    struct handmade first, second;
    make(&first);
    make(&second);
    second.result.label = "second";
    struct pp_case_change change = {.name = "sequential", .base_s = 1.0, .new_s = 2.0};
    const struct pp_comparison comparison = {
        .task = "sum", .base_label = "", .new_label = "second", .case_count = 1, .cases = &change};
    const struct pp_html_item items[] = {
        {.file = "a.json", .result = &first.result, .reason = ""},
        {.file = "b.json", .result = &second.result, .comparison = &comparison, .reason = ""},
        {.file = "c.json", .result = &second.result, .base = 2, .reason = "no case in common"}};
    char *text = page_of(&(struct pp_html_page){.count = 3, .items = items});
    assert_true(has(text, "<title>How many workers? 3 results</title>"));
    assert_int_equal(count_of(text, "<section class=\"plain\">"), 3);
    json_t *data = data_of(text, 1);
    assert_string_equal(label_in(data), "second");
    json_t *cases = json_object_get(json_object_get(data, "comparison"), "cases");
    assert_true(json_real_value(json_object_get(json_array_get(cases, 0), "new")) == 2.0);
    json_decref(data);
    data = data_of(text, 2);
    assert_true(json_is_null(json_object_get(data, "comparison")));
    assert_int_equal(json_integer_value(json_object_get(data, "base")), 2);
    assert_string_equal(json_string_value(json_object_get(data, "reason")), "no case in common");
    json_decref(data);
    free(text);
}

static void what_could_not_be_read_is_named(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    const struct pp_html_item item = {.file = "", .result = &made.result, .reason = ""};
    const char *problems[] = {"b.json: there is no such file"};
    char *text = page_of(&(struct pp_html_page){.count = 1, .items = &item, .problem_count = 1, .problems = problems});
    assert_true(has(text, "<li>b.json: there is no such file</li>"));
    free(text);
}

static void more_passes_than_one_can_look_at_are_counted_and_left_out(void **state) {
    (void)state;
    struct handmade made;
    make(&made);
    size_t many = PP_HTML_PASSES_MAX;
    struct pp_pass *passes = calloc(many, sizeof *passes);
    assert_non_null(passes);
    made.cases[1].passes = passes;
    made.cases[1].pass_count = many;
    char *text = text_of(&made.result);
    json_t *data = data_of(text, 0), *result = json_object_get(data, "result");
    json_t *shown = json_object_get(json_array_get(json_object_get(result, "cases"), 1), "passes");
    assert_int_equal(json_array_size(shown), PP_HTML_PASSES_MAX / 2);
    assert_int_equal(json_integer_value(json_object_get(result, "passes_left_out")), PP_HTML_PASSES_MAX / 2);
    assert_int_equal(made.cases[1].pass_count, many);
    json_decref(data);
    free(text);
    free(passes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_there_without_scripts),
        cmocka_unit_test(why_there_is_no_verdict_is_said_once),
        cmocka_unit_test(a_partial_result_is_called_so),
        cmocka_unit_test(only_a_few_warnings_stand_open),
        cmocka_unit_test(a_case_without_passes_has_no_row),
        cmocka_unit_test(the_network_is_forbidden),
        cmocka_unit_test(the_licence_of_the_chart_library_is_in_the_page),
        cmocka_unit_test(the_reporter_says_what_it_lacks),
        cmocka_unit_test(markup_in_words_is_text),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(a_file_may_have_any_name),
        cmocka_unit_test(several_results_have_a_part_each_and_their_comparison),
        cmocka_unit_test(what_could_not_be_read_is_named),
        cmocka_unit_test(more_passes_than_one_can_look_at_are_counted_and_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
