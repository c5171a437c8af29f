#include "report/overview.h"

#include "base/number.h"
#include "report/console.h"
#include "report/table.h"
#include "result/dimension.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- one row ---- */

static const struct pp_case_result *chosen_case(const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (result->verdict.name && strcmp(result->cases[i].name, result->verdict.name) == 0)
            return &result->cases[i];
    return NULL;
}

static bool is_sequential(const struct pp_result *result, const char *name) {
    for (size_t i = 0; name && i < result->case_count; i++)
        if (result->cases[i].workers == 0 && strcmp(result->cases[i].name, name) == 0)
            return true;
    return false;
}

void pp_overview_note(struct pp_overview_row *row, const struct pp_result *result) {
    const struct pp_verdict *verdict = &result->verdict;
    const struct pp_case_result *best = verdict->known ? chosen_case(result) : NULL;
    row->end = PP_OVERVIEW_ENDED;
    row->known = best != NULL;
    row->speedup = row->tasks_per_second = NAN;
    snprintf(row->work, sizeof row->work, "%s%s%s", result->task, result->details[0] ? " " : "", result->details);
    snprintf(row->reason, sizeof row->reason, "%s", verdict->reason);
    if (!best)
        return;
    row->workers = best->workers;
    row->interval = verdict->interval;
    struct pp_textbuf who = pp_textbuf_in(row->who, sizeof row->who);
    unsigned others = pp_dimensions_varying(result) & ~(1u << PP_DIMENSION_EXECUTOR);
    pp_textbuf_add(&who, "%s%s", best->executor, others ? ", " : "");
    pp_dimensions_say(others, best, &who);
    if (others && who.length == strlen(best->executor) + 2) /* nothing of it counts for this case */
        row->who[strlen(best->executor)] = '\0';
    row->tasks_per_second = best->tasks_per_second;
    if (is_sequential(result, best->speedup.base))
        row->speedup = best->speedup.value;
    else if (best->workers == 0)
        row->speedup = 1.0;
    snprintf(row->limiter, sizeof row->limiter, "%s",
             verdict->limiter == PP_LIMITER_NONE ? "" : pp_limiter_words[verdict->limiter]);
}

/* ---- the table ---- */

/* A row with its name, which stands beside it because a row keeps but a path. */
struct line {
    const struct pp_overview_row *row;
    const char *name; /* `file`, or the path where several configs have that name */
    char file[NAME_MAX + 1];
};

static const struct pp_overview_row *row_of(const struct pp_cell *cell) {
    return ((const struct line *)cell->row)->row;
}

static const char *name_of(const void *row) { return ((const struct line *)row)->name; }

static bool has_row(const struct pp_overview_row *row) {
    return row->end == PP_OVERVIEW_ENDED || row->end == PP_OVERVIEW_FAILED;
}

static bool is_shown(const void *row) { return has_row(((const struct line *)row)->row); }

static void say_work(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", row_of(cell)->work);
}

static void say_workers(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (row_of(cell)->known)
        pp_textbuf_add(text, "%u", row_of(cell)->workers);
    else
        pp_textbuf_add(text, "-");
}

static void say_interval(const struct pp_cell *cell, struct pp_textbuf *text) {
    const struct pp_interval interval = row_of(cell)->interval;
    if (!row_of(cell)->known)
        return;
    if (!pp_interval_known(interval))
        pp_textbuf_add(text, "-");
    else if (interval.low < interval.high)
        pp_textbuf_add(text, "%g-%g", interval.low, interval.high);
    else
        pp_textbuf_add(text, "%g", interval.low);
}

static void say_who(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", row_of(cell)->who);
}

static void say_speedup(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (row_of(cell)->known && isnan(row_of(cell)->speedup))
        pp_textbuf_add(text, "-");
    else if (row_of(cell)->known)
        pp_textbuf_add(text, "%.2fx", row_of(cell)->speedup);
}

static void say_rate(const struct pp_cell *cell, struct pp_textbuf *text) {
    if (row_of(cell)->known)
        pp_textbuf_add(text, "%s", pp_figure_of(row_of(cell)->tasks_per_second, 4).text);
}

static void say_limiter(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", row_of(cell)->limiter);
}

static void write_rows(const struct line *lines, size_t count, const struct pp_terminal *terminal, FILE *out) {
    static const struct pp_column columns[] = {
        {.title = "work", .left = true, .rank = 5, .cut_to = 12, .say = say_work},
        {.title = "workers", .least = 8, .say = say_workers},
        {.title = "95 %", .least = 7, .say = say_interval},
        {.title = "who", .left = true, .rank = 2, .cut_to = 12, .say = say_who},
        {.title = "speedup", .least = 8, .rank = 1, .say = say_speedup},
        {.title = "tasks/s", .least = 9, .rank = 4, .say = say_rate},
        {.title = "limited by", .left = true, .rank = 3, .cut_to = 12, .say = say_limiter},
    };
    const struct pp_table table = {"", columns, sizeof columns / sizeof columns[0], is_shown};
    const struct pp_rows rows = {.first = lines, .count = count, .size = sizeof *lines, .name = name_of};
    pp_table_write(&table, &rows, terminal, out);
}

/* The file's name without folder and ending. */
static void set_file(struct line *line) {
    const char *slash = strrchr(line->row->path, '/');
    snprintf(line->file, sizeof line->file, "%s", slash ? slash + 1 : line->row->path);
    size_t length = strlen(line->file);
    if (length > 5 && strcmp(line->file + length - 5, ".json") == 0)
        line->file[length - 5] = '\0';
    line->name = line->file;
}

/* Where two configs have one name, all are told by their paths. */
static void set_names(struct line *lines, size_t count) {
    bool clash = false;
    for (size_t i = 0; i < count; i++) {
        set_file(&lines[i]);
        for (size_t k = 0; k < i; k++)
            clash |= strcmp(lines[i].file, lines[k].file) == 0;
    }
    for (size_t i = 0; clash && i < count; i++)
        lines[i].name = lines[i].row->path;
}

/* Below the table, where there is room for them. */
static void write_reasons(const struct line *lines, size_t count, const struct pp_terminal *terminal, FILE *out) {
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        const struct pp_overview_row *row = lines[i].row;
        if (!has_row(row) || row->known)
            continue;
        if (first)
            fputc('\n', out);
        first = false;
        if (row->end == PP_OVERVIEW_FAILED)
            pp_console_say(out, terminal, "%s: failed, see above", lines[i].name);
        else
            pp_console_say(out, terminal, "%s: no verdict: %s", lines[i].name, row->reason);
    }
}

/* ---- what they come to ---- */

struct all {
    const struct pp_overview_row *rows;
    size_t count;
    const struct pp_terminal *terminal;
    FILE *out;
};

static size_t count_of(const struct all *all, enum pp_overview_end end) {
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->rows[i].end == end;
    return count;
}

static size_t with_workers(const struct all *all, unsigned workers) {
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->rows[i].known && all->rows[i].workers == workers;
    return count;
}

/* A number that more than half of them share; otherwise none is named, for it would be wrong for most. */
static void write_most(const struct all *all) {
    size_t known = 0, most = 0;
    unsigned workers = 0;
    for (size_t i = 0; i < all->count; i++) {
        size_t same = all->rows[i].known ? with_workers(all, all->rows[i].workers) : 0;
        known += all->rows[i].known;
        if (same > most) {
            most = same;
            workers = all->rows[i].workers;
        }
    }
    if (known < 2)
        return;
    char number[48];
    snprintf(number, sizeof number, "%u worker%s", workers, workers == 1 ? "" : workers == 0 ? "s (plain calls)" : "s");
    fputc('\n', all->out);
    if (2 * most <= known)
        pp_console_say(all->out, all->terminal, "no number of workers is the best for most of them");
    else if (most == known)
        pp_console_say(all->out, all->terminal, "%s for each of them", number);
    else
        pp_console_say(all->out, all->terminal, "%s for most of them (%zu of %zu)", number, most, known);
}

static void write_unsure(const struct all *all) {
    for (size_t i = 0; i < all->count; i++)
        if (all->rows[i].known && !pp_interval_known(all->rows[i].interval)) {
            pp_console_say(all->out, all->terminal, "no interval (-): too few passes to say how sure that is");
            return;
        }
}

static void write_missing(const struct all *all) {
    size_t stopped = count_of(all, PP_OVERVIEW_STOPPED), not_run = count_of(all, PP_OVERVIEW_NOT_RUN);
    if (stopped + not_run == 0)
        return;
    fputc('\n', all->out);
    pp_console_say(all->out, all->terminal, "PARTIAL: of %zu configs %zu stopped before the end, %zu not run",
                   all->count, stopped, not_run);
}

int pp_overview_write(const struct pp_overview_row *rows, size_t count, const struct pp_terminal *terminal, FILE *out) {
    const struct all all = {.rows = rows, .count = count, .terminal = terminal, .out = out};
    if (count_of(&all, PP_OVERVIEW_ENDED) == 0)
        return 0;
    struct line *lines = calloc(count, sizeof *lines);
    if (!lines)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        lines[i].row = &rows[i];
    set_names(lines, count);
    pp_console_say(out, terminal, "best number of workers for each kind of work");
    fputc('\n', out);
    write_rows(lines, count, terminal, out);
    write_reasons(lines, count, terminal, out);
    write_most(&all);
    write_unsure(&all);
    write_missing(&all);
    free(lines);
    return 0;
}
