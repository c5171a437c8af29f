#include "report/report.h"

#include "base/textbuf.h"
#include "machine/disturbance.h"

#include <math.h>
#include <string.h>

/* What the names of most configs need: tables of one run look like those of the next. */
enum { NAME_WIDTH_MIN = 12 };

/* Bounds lie where rounding would need another digit: 999.6 ms is written 1.00 s. */
void pp_console_duration(double seconds, char *text, size_t size) {
    static const struct {
        double least;
        double per_unit;
        const char *unit;
    } units[] = {{0.9995, 1.0, "s"}, {0.9995e-3, 1e3, "ms"}, {0.9995e-6, 1e6, "us"}, {0.0, 1e9, "ns"}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof units[0] && seconds < units[i].least)
        i++;
    double value = seconds * units[i].per_unit;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, size, "%.*f %s", decimals, value, units[i].unit);
}

int pp_console_name_width(int width, const char *name) {
    int length = (int)strlen(name), wide = width > NAME_WIDTH_MIN ? width : NAME_WIDTH_MIN;
    return length > wide ? length : wide;
}

static int name_width(const struct pp_result *result) {
    int width = 0;
    for (size_t i = 0; i < result->case_count; i++)
        width = pp_console_name_width(width, result->cases[i].name);
    return width;
}

/* ---- times ---- */

static void write_duration(FILE *out, double seconds) {
    char text[24] = "-";
    if (!isnan(seconds))
        pp_console_duration(seconds, text, sizeof text);
    fprintf(out, " %9s", text);
}

/* Half the width of the interval, as a share of the value. */
static void write_interval(FILE *out, const struct pp_stats *total) {
    char text[16] = "";
    if (pp_interval_known(total->ci95) && total->median > 0.0)
        snprintf(text, sizeof text, "±%.1f%%", 50.0 * (total->ci95.high - total->ci95.low) / total->median);
    /* The sign is one column wide, and two bytes. */
    fprintf(out, " %*s", text[0] ? 8 : 7, text);
}

static void write_times(FILE *out, int width, const struct pp_case_result *row) {
    fprintf(out, "%-*s", width, row->name);
    write_duration(out, row->init.median);
    write_duration(out, row->work.median);
    write_duration(out, row->task_avg.median);
    write_duration(out, row->total.median);
    write_interval(out, &row->total);
    fprintf(out, " %9.4g", row->tasks_per_second * row->total.mean / row->total.median);
    if (!isnan(row->speedup.value))
        fprintf(out, " %7.2fx", row->speedup.value);
    fputs(row->disturbed > 0 ? " *\n" : "\n", out);
}

static void write_all_times(const struct pp_result *result, FILE *out) {
    int width = name_width(result);
    fprintf(out, "%-*s %9s %9s %9s %9s %7s %9s %8s\n", width, "", "init", "work", "task avg", "total", "95 %",
            "tasks/s", "speedup");
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0)
            write_times(out, width, &result->cases[i]);
}

/* ---- where the time went ---- */

static void write_parts(FILE *out, int width, const struct pp_case_result *row) {
    const struct pp_breakdown *parts = &row->breakdown;
    const double values[] = {parts->cpu,      parts->runnable, parts->blocked, parts->verify,
                             parts->transfer, parts->waiting,  parts->tail};
    double whole_s = row->work.mean * (row->workers ? row->workers : 1);
    fprintf(out, "%-*s", width, row->name);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (isnan(values[i]))
            fprintf(out, " %8s", "-");
        else
            fprintf(out, " %7.1f%%", 100.0 * values[i] / whole_s);
    char limiter[64];
    pp_limiter_say(row, limiter, sizeof limiter);
    if (row->limiter != PP_LIMITER_NONE) /* what others did may have made the difference */
        fprintf(out, "  %s%s", limiter, 2 * row->disturbed > row->counted ? " ?" : "");
    fputc('\n', out);
}

static void write_all_parts(const struct pp_result *result, FILE *out) {
    if (result->lean)
        return;
    int width = name_width(result);
    fprintf(out, "\n%-*s %8s %8s %8s %8s %8s %8s %8s  %s\n", width, "work", "cpu", "no cpu", "blocked", "verify",
            "transfer", "waiting", "tail", "limited by");
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0 && !isnan(result->cases[i].breakdown.cpu))
            write_parts(out, width, &result->cases[i]);
}

/* ---- what it costs ---- */

static void write_number(FILE *out, int width, double value) {
    if (isnan(value))
        fprintf(out, " %*s", width, "-");
    else
        fprintf(out, " %*.3g", width, value);
}

static void write_cost(FILE *out, int width, const struct pp_case_result *row) {
    const struct pp_cost *cost = &row->cost;
    fprintf(out, "%-*s", width, row->name);
    write_duration(out, cost->cpu_s);
    write_number(out, 11, cost->tasks_per_cpu_s);
    write_number(out, 9, cost->switches_voluntary);
    write_number(out, 9, cost->switches_involuntary);
    write_number(out, 9, cost->faults_minor);
    write_number(out, 9, row->memory.peak_pss / 1e6);
    if (!isnan(cost->energy_j))
        write_number(out, 9, cost->energy_j);
    fputc('\n', out);
}

static void write_all_costs(const struct pp_result *result, FILE *out) {
    if (result->lean)
        return;
    int width = name_width(result);
    fprintf(out, "\n%-*s %9s %11s %9s %9s %9s %9s\n", width, "cost", "CPU time", "tasks/CPU s", "waits", "preempted",
            "faults", "peak MB");
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0)
            write_cost(out, width, &result->cases[i]);
}

/* ---- remarks ---- */

static unsigned kinds_of_disturbance(const struct pp_case_result *row) {
    unsigned kinds = 0;
    for (size_t i = 0; i < row->pass_count; i++)
        kinds |= row->passes[i].disturbed;
    return kinds;
}

static void write_disturbed(FILE *out, const struct pp_case_result *row) {
    char words[128];
    pp_words_join(kinds_of_disturbance(row), pp_disturbance_words, words, sizeof words);
    if (row->disturbed > 0)
        fprintf(out, "* %s: %zu of %zu passes were disturbed", row->name, row->disturbed, row->counted);
    else if (row->repeats > 0)
        fprintf(out, "  %s: none of %zu passes was disturbed", row->name, row->counted);
    if (row->repeats > 0)
        fprintf(out, ", after %zu that were run again", row->repeats);
    if (row->disturbed > 0 || row->repeats > 0)
        fprintf(out, " (%s)\n", words);
}

static void write_spread(FILE *out, const struct pp_case_result *row) {
    char least[24], most[24];
    if (!row->total.unstable || row->counted < 2)
        return;
    pp_console_duration(row->total.min, least, sizeof least);
    pp_console_duration(row->total.max, most, sizeof most);
    fprintf(out, "  %s: the passes differ widely, %s to %s\n", row->name, least, most);
}

static void write_remark(FILE *out, const struct pp_case_result *row, const char *words, size_t length) {
    if (row->counted > 0 && length > 0)
        fprintf(out, "  %s: %s\n", row->name, words);
}

static void write_remarks(const struct pp_result *result, FILE *out) {
    char words[160];
    for (size_t i = 0; result->complete && i < result->case_count; i++)
        write_remark(out, &result->cases[i], words,
                     pp_words_precision(&result->cases[i].total, result->precision, words, sizeof words));
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *row = &result->cases[i];
        write_remark(out, row, words, pp_words_loop(row->loop_blocked, row->workers, words, sizeof words));
    }
}

static void write_trouble(FILE *out, const struct pp_case_result *row) {
    if (row->failed == 0 && row->workers_lost == 0)
        return;
    fprintf(out,
            "%s: %llu tasks failed (%llu of them with a wrong answer), %llu workers were lost, %llu tasks with them\n",
            row->name, (unsigned long long)row->failed, (unsigned long long)row->wrong,
            (unsigned long long)row->workers_lost, (unsigned long long)row->lost);
}

/* Of the case that ran on most: those of the others are among them. */
static void write_hosts(const struct pp_result *result, FILE *out) {
    const struct pp_case_result *most = &result->cases[0];
    for (size_t i = 1; i < result->case_count; i++)
        if (result->cases[i].host_count > most->host_count)
            most = &result->cases[i];
    if (most->host_count < 2)
        return;
    fprintf(out, "  ranks of %s on %zu hosts: ", most->name, most->host_count);
    for (size_t i = 0; i < most->host_count; i++)
        fprintf(out, "%s%s", most->hosts[i], i + 1 < most->host_count ? ", " : "\n");
}

static void write_check(const struct pp_result *result, FILE *out) {
    uint64_t failed = 0;
    for (size_t i = 0; i < result->case_count; i++)
        failed += result->cases[i].failed;
    if (result->check[0] && failed == 0)
        fprintf(out, "every answer verified; check value of the work %s\n", result->check);
}

static bool was_sequential(const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].workers == 0 && result->cases[i].counted > 0)
            return true;
    return false;
}

/* Where it is not the sequential case. */
static void write_base(const struct pp_result *result, FILE *out) {
    const char *first = NULL;
    bool many = false;
    for (size_t i = 0; i < result->case_count; i++) {
        const char *base = result->cases[i].speedup.base;
        many |= base && first && base != first;
        first = first ? first : base;
    }
    if (first && !was_sequential(result))
        fprintf(out, "  speed-ups are against %s\n", many ? "the fewest workers of the same kind" : first);
}

/* ---- verdict ---- */

static const struct pp_model *chosen_model(const struct pp_result *result) {
    for (size_t i = 0; i < result->model_count; i++)
        if (result->models[i].chosen && result->models[i].series == result->verdict.series)
            return &result->models[i];
    return NULL;
}

static void write_model(const struct pp_result *result, FILE *out) {
    const struct pp_model *model = chosen_model(result);
    if (!model && !result->model_remark[0])
        return;
    fputs("  model: ", out);
    if (model && !isnan(model->roof))
        fprintf(out, "roof: %.4g tasks/s for each worker up to %.4g", model->gamma, model->roof);
    else if (model)
        fprintf(out, "%s: contention %.2g, coherency %.2g, residuals %.1f %%", model->name, model->sigma,
                isnan(model->kappa) ? 0.0 : model->kappa, 100.0 * model->residual_rms);
    fprintf(out, "%s%s\n", model && result->model_remark[0] ? "; " : "", result->model_remark);
}

static void write_verdict(const struct pp_result *result, FILE *out) {
    const struct pp_verdict *verdict = &result->verdict;
    if (!verdict->text[0])
        return;
    fprintf(out, "\n%s\n", verdict->text);
    for (size_t i = 0; i < verdict->alternative_count; i++) {
        const struct pp_alternative *each = &verdict->alternatives[i];
        fprintf(out, "  %s%s%s: ", each->kind, each->value[0] ? " " : "", each->value);
        if (each->name && result->series_count > 1)
            fprintf(out, "%s (%s)\n", each->name, each->reason);
        else
            fprintf(out, "%u%s (%s)\n", each->workers, each->extrapolated ? ", extrapolated" : "", each->reason);
    }
    if (verdict->known && !isnan(result->rule_of_thumb))
        fprintf(out, "  rule of thumb: CPUs / CPU share of a task = %.3g\n", result->rule_of_thumb);
    if (verdict->known)
        write_model(result, out);
}

/* ---- all ---- */

static size_t fewest_passes(const struct pp_result *result) {
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0 && result->cases[i].counted < fewest)
            fewest = result->cases[i].counted;
    return fewest == SIZE_MAX ? 0 : fewest;
}

void pp_console_write(const struct pp_result *result, FILE *out) {
    fprintf(out, "%s%s%s, %llu tasks", result->task, result->details[0] ? " " : "", result->details,
            (unsigned long long)result->task_count);
    size_t passes = fewest_passes(result);
    if (passes > 1)
        fprintf(out, ", medians of %zu passes", passes);
    if (result->label[0])
        fprintf(out, ": %s", result->label);
    fprintf(out, "%s\n\n", result->complete ? "" : " (PARTIAL: the run did not end)");
    write_all_times(result, out);
    write_all_parts(result, out);
    write_all_costs(result, out);
    for (size_t i = 0; i < result->case_count; i++)
        write_disturbed(out, &result->cases[i]);
    for (size_t i = 0; i < result->case_count; i++)
        write_spread(out, &result->cases[i]);
    write_remarks(result, out);
    write_hosts(result, out);
    write_base(result, out);
    write_check(result, out);
    for (size_t i = 0; i < result->case_count; i++)
        write_trouble(out, &result->cases[i]);
    write_verdict(result, out);
}
