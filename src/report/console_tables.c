#include "report/console.h"

#include "base/number.h"
#include "report/report.h"
#include "report/table.h"

#include <math.h>

static const struct pp_case_result *row_of(const struct pp_cell *cell) { return cell->row; }

static bool counts(const void *row) { return ((const struct pp_case_result *)row)->counted > 0; }

static const char *name_of(const void *row) { return ((const struct pp_case_result *)row)->name; }

static void write_table(const struct pp_table *table, const struct pp_result *result,
                        const struct pp_terminal *terminal, FILE *out) {
    const struct pp_rows rows = {result, result->cases, result->case_count, sizeof *result->cases, name_of};
    pp_table_write(table, &rows, terminal, out);
}

static size_t count_shown(const struct pp_result *result, bool (*shows)(const void *row)) {
    size_t count = 0;
    for (size_t i = 0; i < result->case_count; i++)
        count += shows(&result->cases[i]);
    return count;
}

/* ---- times ---- */

static void say_duration(struct pp_textbuf *text, double seconds) {
    char words[24] = "-";
    if (!isnan(seconds))
        pp_duration_text(seconds, words, sizeof words);
    pp_textbuf_add(text, "%s", words);
}

static void say_time(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_case_result *row = cell->row;
    const double times[] = {row->init.median, row->work.median, row->task_avg.median, row->total.median};
    say_duration(text, times[cell->part]);
}

/* Half the width of the interval, as a share of the value. */
static void say_spread(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_stats *total = &row_of(cell)->total;
    if (pp_interval_known(total->ci95) && total->median > 0.0)
        pp_textbuf_add(text, "±%.1f%%", 50.0 * (total->ci95.high - total->ci95.low) / total->median);
}

static void say_rate(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", pp_figure_of(row_of(cell)->tasks_per_second, 4).text);
}

static void say_speedup(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (!isnan(row_of(cell)->speedup.value))
        pp_textbuf_add(text, "%.2fx", row_of(cell)->speedup.value);
}

static void say_mark(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (row_of(cell)->disturbed > 0)
        pp_textbuf_add(text, "*");
}

static const struct pp_column mark = {.title = "", .left = true, .style = PP_STYLE_BAD, .say = say_mark};

static void write_times(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_column columns[] = {
        {.title = "init", .least = 9, .rank = 5, .say = say_time, .part = 0},
        {.title = "work", .least = 9, .rank = 4, .say = say_time, .part = 1},
        {.title = "task avg", .least = 9, .rank = 3, .say = say_time, .part = 2},
        {.title = "total", .least = 9, .say = say_time, .part = 3},
        {.title = "95 %", .least = 7, .rank = 1, .say = say_spread},
        {.title = "tasks/s", .least = 9, .rank = 2, .say = say_rate},
        {.title = "speedup", .least = 8, .say = say_speedup},
        mark,
    };
    const struct pp_table table = {"", columns, sizeof columns / sizeof columns[0], counts};
    write_table(&table, result, terminal, out);
}

/* ---- bars ---- */

static bool is_compared(const void *row) {
    return counts(row) && !isnan(((const struct pp_case_result *)row)->speedup.value);
}

static double efficiency(const struct pp_case_result *row) { return isnan(row->efficiency) ? 0.0 : row->efficiency; }

/* The longest bar is the largest there is; for efficiencies 100 % at least. */
static double speedup_share(const struct pp_cell *cell) {
    const struct pp_result *result = cell->owner;
    double largest = 0.0;
    for (size_t i = 0; i < result->case_count; i++)
        if (is_compared(&result->cases[i]))
            largest = fmax(largest, result->cases[i].speedup.value);
    return row_of(cell)->speedup.value / largest;
}

static double efficiency_share(const struct pp_cell *cell) {
    const struct pp_result *result = cell->owner;
    double largest = 1.0;
    for (size_t i = 0; i < result->case_count; i++)
        if (is_compared(&result->cases[i]))
            largest = fmax(largest, efficiency(&result->cases[i]));
    return efficiency(row_of(cell)) / largest;
}

static void say_speedup_interval(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_interval interval = row_of(cell)->speedup.ci95;
    if (pp_interval_known(interval))
        pp_textbuf_add(text, "%.2f–%.2f", interval.low, interval.high);
}

static void say_efficiency(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (!isnan(row_of(cell)->efficiency))
        pp_textbuf_add(text, "%.0f%%", 100.0 * row_of(cell)->efficiency);
}

static void write_bars(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_column columns[] = {
        {.title = "", .least = 8, .say = say_speedup},
        {.title = "95 %", .rank = 2, .say = say_speedup_interval},
        mark,
        {.title = "", .least = 20, .style = PP_STYLE_GOOD, .share = speedup_share},
        {.title = "efficiency", .rank = 1, .say = say_efficiency},
        {.title = "", .least = 10, .rank = 3, .style = PP_STYLE_GOOD, .share = efficiency_share},
    };
    const struct pp_table table = {"speed-up", columns, sizeof columns / sizeof columns[0], is_compared};
    if (count_shown(result, is_compared) < 2)
        return;
    fputc('\n', out);
    write_table(&table, result, terminal, out);
}

/* ---- where the time went ---- */

static bool has_parts(const void *row) {
    return counts(row) && !isnan(((const struct pp_case_result *)row)->breakdown.cpu);
}

static void say_part(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_breakdown *parts = &row_of(cell)->breakdown;
    const double values[] = {parts->cpu,      parts->runnable, parts->blocked, parts->verify,
                             parts->transfer, parts->waiting,  parts->tail};
    double whole_s = row_of(cell)->work.mean * (row_of(cell)->workers ? row_of(cell)->workers : 1);
    if (isnan(values[cell->part]))
        pp_textbuf_add(text, "-");
    else
        pp_textbuf_add(text, "%.1f%%", 100.0 * values[cell->part] / whole_s);
}

static void say_limiter(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_case_result *row = cell->row;
    char limiter[64];
    if (row->limiter == PP_LIMITER_NONE)
        return;
    pp_limiter_say(row, limiter, sizeof limiter); /* what others did may have made the difference: "?" */
    pp_textbuf_add(text, "%s%s", limiter, 2 * row->disturbed > row->counted ? " ?" : "");
}

static void write_parts(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_column columns[] = {
        {.title = "cpu", .least = 8, .rank = 1, .say = say_part, .part = 0},
        {.title = "no cpu", .least = 8, .rank = 2, .say = say_part, .part = 1},
        {.title = "blocked", .least = 8, .rank = 3, .say = say_part, .part = 2},
        {.title = "verify", .least = 8, .rank = 7, .say = say_part, .part = 3},
        {.title = "transfer", .least = 8, .rank = 5, .say = say_part, .part = 4},
        {.title = "waiting", .least = 8, .rank = 4, .say = say_part, .part = 5},
        {.title = "tail", .least = 8, .rank = 6, .say = say_part, .part = 6},
        {.title = "limited by", .least = 10, .left = true, .cut = true, .say = say_limiter},
    };
    const struct pp_table table = {"work", columns, sizeof columns / sizeof columns[0], has_parts};
    if (count_shown(result, has_parts) == 0)
        return;
    fputc('\n', out);
    write_table(&table, result, terminal, out);
}

/* ---- what it costs ---- */

static void say_cpu_time(const struct pp_cell *cell, struct pp_textbuf *text) {
    say_duration(text, row_of(cell)->cost.cpu_s);
}

static void say_cost(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_cost *cost = &row_of(cell)->cost;
    const double values[] = {cost->tasks_per_cpu_s, cost->switches_voluntary, cost->switches_involuntary,
                             cost->faults_minor, row_of(cell)->memory.peak_pss / 1e6};
    if (isnan(values[cell->part]))
        pp_textbuf_add(text, "-");
    else
        pp_textbuf_add(text, "%s", pp_figure_of(values[cell->part], 3).text);
}

static void say_energy(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (!isnan(row_of(cell)->cost.energy_j))
        pp_textbuf_add(text, "%s", pp_figure_of(row_of(cell)->cost.energy_j, 3).text);
}

static void write_costs(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_column columns[] = {
        {.title = "CPU time", .least = 9, .say = say_cpu_time},
        {.title = "tasks/CPU s", .least = 11, .rank = 5, .say = say_cost, .part = 0},
        {.title = "waits", .least = 9, .rank = 3, .say = say_cost, .part = 1},
        {.title = "preempted", .least = 9, .rank = 2, .say = say_cost, .part = 2},
        {.title = "faults", .least = 9, .rank = 4, .say = say_cost, .part = 3},
        {.title = "peak MB", .least = 9, .rank = 1, .say = say_cost, .part = 4},
        {.title = "joules", .rank = 6, .say = say_energy},
    };
    const struct pp_table table = {"cost", columns, sizeof columns / sizeof columns[0], counts};
    fputc('\n', out);
    write_table(&table, result, terminal, out);
}

void pp_console_tables(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    write_times(result, terminal, out);
    write_bars(result, terminal, out);
    if (result->lean)
        return;
    write_parts(result, terminal, out);
    write_costs(result, terminal, out);
}
