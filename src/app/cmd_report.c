#include "app/app.h"
#include "app/output_file.h"
#include "app/say.h"

#include "analysis/analysis.h"
#include "analysis/comparison.h"
#include "base/arena.h"
#include "base/stop.h"
#include "report/html.h"
#include "report/report.h"
#include "result/load.h"
#include "result/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* As of `pptest compare`, where nothing is said. */
static const double min_effect = 0.01;

struct report {
    const struct pp_options *options;
    bool to_file; /* not to standard output */
    struct pp_output_file file;
    struct pp_arena arena;      /* results, comparisons, words */
    struct pp_html_item *items; /* those that could be read */
    const char **problems;      /* of the others, one for each file */
    size_t item_count, problem_count;
};

/* ---- reading ---- */

/* As in the run itself, so that the same numbers come out. What was warned of then is in the result. */
static int analyse(struct pp_result *result, struct pp_arena *arena) {
    const char **warnings = result->warnings;
    size_t warning_count = result->warning_count;
    json_int_t seed = json_integer_value(json_object_get(result->config, "seed"));
    int status = pp_analysis_run(result, (uint64_t)seed, arena);
    result->warnings = warnings;
    result->warning_count = warning_count;
    return status;
}

static int note_problem(struct report *report, const struct pp_problem *problem) {
    char text[2048];
    pp_problem_format(problem, text, sizeof text);
    char *copy = pp_arena_copy(&report->arena, text, strlen(text));
    report->problems[report->problem_count] = copy;
    report->problem_count += copy != NULL;
    return copy ? 0 : -ENOMEM;
}

/* Returns 0 when the file was taken or named among the problems, or -ENOMEM. */
static int read_one(struct report *report, const char *path) {
    struct pp_problems problems = {0};
    struct pp_result *result = pp_arena_alloc(&report->arena, sizeof *result);
    if (!result)
        return -ENOMEM;
    int status = pp_result_load_whole(path, &report->arena, &problems, result);
    pp_print_problems(&problems);
    if (status == 0) {
        report->items[report->item_count++] = (struct pp_html_item){.file = path, .result = result, .reason = ""};
        status = analyse(result, &report->arena);
    } else if (status != -ENOMEM && problems.count > 0)
        status = note_problem(report, &problems.items[0]);
    pp_problems_release(&problems);
    return status;
}

/* ---- comparing ---- */

/* Joins the first item of the same work, if there is one. */
static int compare(struct report *report, size_t index) {
    struct pp_html_item *items = report->items, *item = &items[index];
    struct pp_error error = {0};
    item->base = 0;
    while (item->base < index &&
           (items[item->base].base != item->base || !pp_is_same_work(items[item->base].result, item->result, &error)))
        item->base++;
    if (item->base == index)
        return 0;
    struct pp_comparison *comparison = pp_arena_alloc(&report->arena, sizeof *comparison);
    error.code = 0;
    int status =
        comparison ? pp_compare(items[item->base].result, item->result, min_effect, &report->arena, comparison, &error)
                   : -ENOMEM;
    if (status == 0)
        item->comparison = comparison;
    else if (status != -ENOMEM && (item->reason = pp_arena_copy(&report->arena, error.text, strlen(error.text))))
        status = 0;
    return status == 0 ? 0 : -ENOMEM;
}

static int read_all(struct report *report) {
    const struct pp_options *options = report->options;
    report->items = pp_arena_array(&report->arena, options->word_count, sizeof *report->items);
    report->problems = pp_arena_array(&report->arena, options->word_count, sizeof *report->problems);
    int status = report->items && report->problems ? 0 : -ENOMEM;
    for (size_t i = 0; i < options->word_count && status == 0; i++)
        status = read_one(report, options->words[i]);
    for (size_t i = 0; i < report->item_count && status == 0; i++)
        status = compare(report, i);
    return status;
}

/* ---- writing ---- */

/* The whole page, in memory. Returns 0 with *text to be freed, or -ENOMEM. */
static int make_page(const struct report *report, char **text, size_t *size) {
    const struct pp_html_page page = {.count = report->item_count,
                                      .items = report->items,
                                      .problem_count = report->problem_count,
                                      .problems = report->problems};
    *text = NULL;
    FILE *out = open_memstream(text, size);
    if (!out)
        return -ENOMEM;
    int status = pp_html_write(&page, out);
    bool lost = ferror(out);
    if (fclose(out) != 0 || lost)
        status = -ENOMEM;
    return status;
}

static int write_page(const struct report *report, const char *text, size_t size) {
    struct pp_error error = {0};
    if (!report->to_file) {
        fwrite(text, 1, size, stdout); /* whether it was taken is seen at the end */
        return 0;
    }
    if (report->file.replaced) /* from here to the new name nobody may stop it: that takes a moment */
        pp_stop_install();
    int status = pp_output_file_write(&report->file, text, size, &error);
    if (status != 0)
        pp_print_error("--output", &error);
    return status;
}

static int run(struct report *report) {
    char *text = NULL;
    size_t size = 0;
    int status = read_all(report);
    if (status == 0 && report->item_count == 0) {
        pp_say(stderr, "error: none of the results could be read: no report was written");
        return PP_EXIT_WRONG;
    }
    if (status == 0)
        status = make_page(report, &text, &size);
    if (status == -ENOMEM)
        pp_say(stderr, "error: there is not enough memory for the report");
    else if (status == 0)
        status = write_page(report, text, size);
    free(text);
    return status != 0 || report->problem_count > 0 ? PP_EXIT_FAILED : PP_EXIT_DONE;
}

/* ---- before ---- */

static int open_output(struct report *report, struct pp_error *error) {
    const struct pp_options *options = report->options;
    if (pp_reporter_html.unavailable)
        return pp_error_set(error, -ENOTSUP, "%s", pp_reporter_html.unavailable);
    if (!options->output)
        return pp_error_set(error, -EINVAL,
                            "there is no file to write to: `pptest report RESULT.json … --output FILE.html`, - for "
                            "standard output");
    report->to_file = strcmp(options->output, "-") != 0;
    if (!report->to_file)
        return 0;
    return pp_output_file_open(&report->file, options->output, PP_HTML_BEGINNING, options->words, options->word_count,
                               error);
}

int pp_command_report(const struct pp_options *options) {
    struct report report = {.options = options};
    struct pp_error error = {0};
    if (open_output(&report, &error) != 0) {
        pp_print_error(report.to_file ? "--output" : "report", &error);
        return PP_EXIT_WRONG;
    }
    int exit_status = run(&report);
    for (size_t i = 0; i < report.item_count; i++)
        json_decref(report.items[i].result->config);
    pp_arena_release(&report.arena);
    return exit_status;
}
