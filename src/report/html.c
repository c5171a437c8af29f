#include "report/html.h"

#include "base/number.h"
#include "base/utf8.h"
#include "report/compare.h"
#include "report/report.h"
#include "report/web.h"
#include "result/shapes.h"
#include "schema/json_build.h"
#include "schema/json_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- text ---- */

/* As part of an element or of a quoted attribute. */
static void write_escaped(const char *text, FILE *out) {
    static const char special[] = "<>&\"'";
    static const char *const entities[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    for (size_t left = text ? strlen(text) : 0, length; left > 0; text += length, left -= length) {
        length = pp_utf8_length(text, left);
        const char *found = strchr(special, *text);
        if (found)
            fputs(entities[found - special], out);
        else if (length == 0 || ((unsigned char)*text < ' ' && !strchr("\t\n", *text)) || *text == 0x7f)
            fputs("\uFFFD", out);
        else
            fwrite(text, 1, length, out);
        length = length ? length : 1;
    }
}

enum { HEADING_LETTERS = 80 };

/* A label may be as long as a book; all of it stands in the config. */
static void write_heading(const char *text, FILE *out) {
    char heading[4 * HEADING_LETTERS + 4];
    size_t used = 0, left = strlen(text);
    for (int letters = 0; left > 0 && letters < HEADING_LETTERS; letters++) {
        size_t length = pp_utf8_length(text + used, left);
        used += length ? length : 1;
        left -= length ? length : 1;
    }
    snprintf(heading, sizeof heading, "%.*s%s", (int)used, text, left > 0 ? "…" : "");
    write_escaped(heading, out);
}

static void write_element(const char *tag, const char *class, const char *text, FILE *out) {
    fprintf(out, class[0] ? "<%s class=\"%s\">" : "<%s>", tag, class);
    write_escaped(text, out);
    fprintf(out, "</%s>\n", tag);
}

/* JSON that stands inside a script element: nothing in it may end that, or begin a comment there. The two separators
 * end lines for old readers of scripts. */
static void write_json_text(const char *text, FILE *out) {
    static const char line_separator[] = "\u2028", paragraph_separator[] = "\u2029";
    for (; *text; text++) {
        bool line = strncmp(text, line_separator, 3) == 0;
        if (line || strncmp(text, paragraph_separator, 3) == 0) {
            fputs(line ? "\\u2028" : "\\u2029", out);
            text += 2;
        } else if (strchr("<>&", *text))
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fputc(*text, out);
    }
}

/* ---- what can be read without running the script ---- */

static void write_duration(double seconds, FILE *out) {
    char text[24] = "–";
    if (!isnan(seconds))
        pp_duration_text(seconds, text, sizeof text);
    size_t length = strlen(text);
    bool micro = length > 2 && strcmp(text + length - 2, "us") == 0;
    fprintf(out, "<td>%.*s%s</td>", (int)(micro ? length - 2 : length), text, micro ? "µs" : "");
}

static void write_row(const struct pp_case_result *row, FILE *out) {
    char limiter[64] = "";
    if (row->limiter != PP_LIMITER_NONE)
        pp_limiter_say(row, limiter, sizeof limiter);
    fputs("<tr><th scope=\"row\">", out);
    write_escaped(row->name, out);
    fprintf(out, "</th><td>%u</td>", row->workers);
    write_duration(row->total.median, out);
    write_duration(row->total.ci95.low, out);
    write_duration(row->total.ci95.high, out);
    fprintf(out, "<td>%s</td>", pp_figure_of(row->tasks_per_second, 4).text);
    fprintf(out, isnan(row->speedup.value) ? "<td>–</td>" : "<td>%.2f×</td>", row->speedup.value);
    fprintf(out, isnan(row->efficiency) ? "<td>–</td>" : "<td>%.0f %%</td>", 100.0 * row->efficiency);
    fprintf(out, "<td>%zu</td><td>%zu</td><td class=\"words\">", row->counted, row->disturbed);
    write_escaped(limiter, out);
    fputs("</td></tr>\n", out);
}

static void write_table(const struct pp_result *result, FILE *out) {
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"all "
          "cases\"><table>\n<thead><tr><th>case</th>"
          "<th>workers</th><th>total, median</th><th>95 %, from</th><th>to</th><th>tasks/s</th><th>speed-up</th>"
          "<th>efficiency</th><th>passes</th><th>disturbed</th><th>limited by</th></tr></thead>\n<tbody>\n",
          out);
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0)
            write_row(&result->cases[i], out);
    fputs("</tbody></table></div>\n", out);
}

static void write_alternatives(const struct pp_verdict *verdict, FILE *out) {
    for (size_t i = 0; i < verdict->alternative_count; i++) {
        const struct pp_alternative *each = &verdict->alternatives[i];
        fputs("<li>", out);
        write_escaped(each->kind, out);
        if (each->value[0])
            fputc(' ', out);
        write_escaped(each->value, out);
        if (each->name) {
            fputs(": ", out);
            write_escaped(each->name, out);
        } else
            fprintf(out, ": %u workers, extrapolated", each->workers);
        fputs(" (", out);
        write_escaped(each->reason, out);
        fputs(")</li>\n", out);
    }
}

/* There can be as many as cases: those after the first few are folded. */
static void write_warnings(const struct pp_result *result, FILE *out) {
    enum { FEW = 4 };
    bool folds = result->warning_count > FEW + 1;
    fputs("<ul>\n", out);
    for (size_t i = 0; i < result->warning_count; i++) {
        if (folds && i == FEW)
            fprintf(out, "</ul>\n<details><summary>and %zu more to mind</summary>\n<ul>\n",
                    result->warning_count - FEW);
        write_element("li", "", result->warnings[i], out);
    }
    fputs(folds ? "</ul>\n</details>\n" : "</ul>\n", out);
}

static void write_plain(const struct pp_html_item *item, FILE *out) {
    const struct pp_result *result = item->result;
    fputs("<section class=\"plain\">\n<h2>", out);
    write_escaped(result->task, out);
    if (result->details[0])
        fputc(' ', out);
    write_escaped(result->details, out);
    fprintf(out, ", %llu task%s</h2>\n", (unsigned long long)result->task_count, pp_plural(result->task_count, "s"));
    if (result->label[0] || item->file[0]) {
        fputs("<p class=\"note\">", out);
        write_heading(result->label[0] ? result->label : item->file, out);
        fputs("</p>\n", out);
    }
    if (!result->complete)
        write_element("p", "partial", "Partial: the run did not end. This is what was measured until then.", out);
    write_element("p", "answer", result->verdict.text, out);
    if (result->verdict.known)
        write_element("p", "", result->verdict.reason, out);
    fputs("<ul>\n", out);
    write_alternatives(&result->verdict, out);
    fputs("</ul>\n", out);
    write_table(result, out);
    write_warnings(result, out);
    fputs("</section>\n", out);
}

/* ---- what the script reads ---- */

/* Nobody looks at a million passes; those that are left out are counted. */
static json_t *result_json(const struct pp_result *result) {
    size_t left_out = 0, room = result->case_count ? result->case_count : 1;
    struct pp_case_result *cases = calloc(room, sizeof *cases);
    if (!cases)
        return NULL;
    size_t each_max = PP_HTML_PASSES_MAX / room > 0 ? PP_HTML_PASSES_MAX / room : 1;
    for (size_t i = 0; i < result->case_count; i++) {
        cases[i] = result->cases[i];
        if (cases[i].pass_count > each_max) {
            left_out += cases[i].pass_count - each_max;
            cases[i].pass_count = each_max;
        }
    }
    struct pp_result shown = *result;
    shown.cases = cases;
    json_t *document = pp_shape_write(pp_result_shape, &shown);
    int bad = !document;
    pp_json_put(document, "passes_left_out", json_integer((json_int_t)left_out), &bad);
    free(cases);
    return pp_json_unless(bad, document);
}

/* A file's name may be any bytes. */
static json_t *text_json(const char *text) {
    json_t *string = json_string(text);
    return string ? string : json_string("(a name that is no UTF-8)");
}

static json_t *item_json(const struct pp_html_item *item) {
    json_t *object = json_object();
    int bad = !object;
    pp_json_put(object, "file", text_json(item->file), &bad);
    pp_json_put(object, "base", json_integer((json_int_t)item->base), &bad);
    pp_json_put(object, "reason", text_json(item->reason), &bad);
    pp_json_put(object, "comparison", item->comparison ? pp_comparison_json(item->comparison) : json_null(), &bad);
    pp_json_put(object, "result", result_json(item->result), &bad);
    return pp_json_unless(bad, object);
}

static int write_data(const struct pp_html_item *item, FILE *out) {
    json_t *object = item_json(item);
    char *text = pp_json_text(object, 0);
    json_decref(object);
    if (!text)
        return -ENOMEM;
    fputs("<script type=\"application/json\" class=\"result\">", out);
    write_json_text(text, out);
    fputs("</script>\n", out);
    free(text);
    return 0;
}

/* ---- the page ---- */

static void write_title(const struct pp_html_page *page, FILE *out) {
    const struct pp_result *first = page->items[0].result;
    if (page->count > 1) {
        fprintf(out, "%zu results", page->count);
        return;
    }
    write_escaped(first->task, out);
    fputs(first->label[0] ? ": " : "", out);
    write_heading(first->label, out);
}

static void write_head(const struct pp_html_page *page, FILE *out) {
    fputs(PP_HTML_BEGINNING "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
    fprintf(out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '%s'; style-src "
            "'%s'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
            pp_web_script_hash, pp_web_style_hash);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta name=\"generator\" content=\"pptest " PP_VERSION "\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>How many workers? ",
          out);
    write_title(page, out);
    fprintf(out, "</title>\n<style>%s</style>\n</head>\n", pp_web_style);
}

static void write_problems(const struct pp_html_page *page, FILE *out) {
    if (page->problem_count == 0)
        return;
    fputs("<aside class=\"problems\" aria-label=\"left out\">\n<p>Not in this report, because they could not be "
          "read:</p>\n"
          "<ul>\n",
          out);
    for (size_t i = 0; i < page->problem_count; i++)
        write_element("li", "", page->problems[i], out);
    fputs("</ul>\n</aside>\n", out);
}

int pp_html_write(const struct pp_html_page *page, FILE *out) {
    write_head(page, out);
    fputs("<body>\n<header class=\"top\">\n<h1>How many workers? <span>", out);
    write_title(page, out);
    fputs("</span></h1>\n</header>\n", out);
    write_problems(page, out);
    fputs("<noscript><p class=\"note\">The charts need JavaScript; the answer and the numbers do not.</p></noscript>\n"
          "<main>\n",
          out);
    for (size_t i = 0; i < page->count; i++)
        write_plain(&page->items[i], out);
    fputs("</main>\n", out);
    for (size_t i = 0; i < page->count; i++) {
        int status = write_data(&page->items[i], out);
        if (status != 0)
            return status;
    }
    fprintf(out, "<script>%s</script>\n</body>\n</html>\n", pp_web_script);
    return 0;
}

static int write_html(const struct pp_result *result, FILE *out) {
    const struct pp_html_item item = {.file = "", .result = result, .reason = ""};
    return pp_html_write(&(struct pp_html_page){.count = 1, .items = &item}, out);
}

const struct pp_reporter pp_reporter_html = {
    .name = "html",
    .summary = "one page with charts, for a browser",
#ifndef PP_HAVE_CHART_JS
    .unavailable =
        "built without Chart.js; install libjs-chart.js, or name its file (`make CHART_JS=chart.umd.js`), and "
        "build pptest again",
#endif
    .write = write_html};
