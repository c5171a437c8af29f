#include "report/console.h"

#include "base/number.h"
#include "report/report.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

void pp_console_say(FILE *out, const struct pp_terminal *terminal, const char *format, ...) {
    char line[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    pp_text_wrap(out, line, 4, PP_STYLE_NONE, terminal);
}

/* ---- verdict ---- */

static const struct pp_model *chosen_model(const struct pp_result *result) {
    for (size_t i = 0; i < result->model_count; i++)
        if (result->models[i].chosen && result->models[i].series == result->verdict.series)
            return &result->models[i];
    return NULL;
}

static void write_model(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_model *model = chosen_model(result);
    char line[512];
    struct pp_textbuf text = pp_textbuf_in(line, sizeof line);
    if (!model && !result->model_remark[0])
        return;
    if (model && !isnan(model->roof))
        pp_textbuf_add(&text, "roof: %s tasks/s for each worker up to %s", pp_figure_of(model->gamma, 4).text,
                       pp_figure_of(model->roof, 4).text);
    else if (model)
        pp_textbuf_add(&text, "%s: contention %.2g, coherency %.2g, residuals %.1f %%", model->name, model->sigma,
                       isnan(model->kappa) ? 0.0 : model->kappa, 100.0 * model->residual_rms);
    pp_console_say(out, terminal, "  model: %s%s%s", line, model && result->model_remark[0] ? "; " : "",
                   result->model_remark);
}

static void write_alternative(const struct pp_result *result, const struct pp_alternative *each,
                              const struct pp_terminal *terminal, FILE *out) {
    char what[64];
    snprintf(what, sizeof what, "%s%s%s", each->kind, each->value[0] ? " " : "", each->value);
    if (each->name && result->series_count > 1)
        pp_console_say(out, terminal, "  %s: %s (%s)", what, each->name, each->reason);
    else
        pp_console_say(out, terminal, "  %s: %u%s (%s)", what, each->workers,
                       each->extrapolated ? ", extrapolated" : "", each->reason);
}

static void write_verdict(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_verdict *verdict = &result->verdict;
    if (!verdict->text[0])
        return;
    fputc('\n', out);
    pp_text_wrap(out, verdict->text, 2, PP_STYLE_BOLD, terminal);
    if (verdict->known && verdict->reason[0])
        pp_console_say(out, terminal, "  reason: %s", verdict->reason);
    for (size_t i = 0; i < verdict->alternative_count; i++)
        write_alternative(result, &verdict->alternatives[i], terminal, out);
    if (verdict->known && !isnan(result->rule_of_thumb))
        pp_console_say(out, terminal, "  rule of thumb: CPUs / CPU share of a task = %s",
                       pp_figure_of(result->rule_of_thumb, 3).text);
    if (verdict->known)
        write_model(result, terminal, out);
}

/* ---- all ---- */

static size_t fewest_passes(const struct pp_result *result) {
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0 && result->cases[i].counted < fewest)
            fewest = result->cases[i].counted;
    return fewest == SIZE_MAX ? 0 : fewest;
}

static void write_title(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    char line[2048];
    struct pp_textbuf text = pp_textbuf_in(line, sizeof line);
    pp_textbuf_add(&text, "%s%s%s, %llu task%s", result->task, result->details[0] ? " " : "", result->details,
                   (unsigned long long)result->task_count, pp_plural(result->task_count, "s"));
    size_t passes = fewest_passes(result);
    if (passes > 1)
        pp_textbuf_add(&text, ", medians of %zu passes", passes);
    if (result->label[0])
        pp_textbuf_add(&text, ": %s", result->label);
    if (!result->complete)
        pp_textbuf_add(&text, " (PARTIAL: the run did not end)");
    pp_text_wrap(out, line, 2, PP_STYLE_NONE, terminal);
}

void pp_console_write(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    write_title(result, terminal, out);
    fputc('\n', out);
    pp_console_tables(result, terminal, out);
    pp_console_remarks(result, terminal, out);
    write_verdict(result, terminal, out);
}
