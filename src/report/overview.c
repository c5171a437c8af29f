#include "report/overview.h"

#include "base/textbuf.h"
#include "base/utf8.h"
#include "report/text.h"
#include "result/dimension.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_USUAL = 100, COLUMNS_MIN = 40, NAME_WIDTH_MAX = 28, WIDTH_LEAST = 12, CELL_BYTES = 256 };

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
    snprintf(row->work, sizeof row->work, "%s%s%.80s", result->task, result->details[0] ? " " : "", result->details);
    snprintf(row->reason, sizeof row->reason, "%.199s", verdict->reason);
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

/* ---- cells ---- */

/* Cuts text that is wider than `width` and marks it with "..."; `text` is well-formed UTF-8. */
static void cut(char *text, size_t width) {
    static const char mark[] = "...";
    if (pp_text_width(text) <= width)
        return;
    size_t kept = width > sizeof mark - 1 ? width - (sizeof mark - 1) : 0;
    snprintf(text + pp_text_prefix(text, kept), sizeof mark, "%s", mark);
}

/* Copies the text for a line of a terminal. */
static void plain(const char *from, char *to, size_t size) {
    struct pp_textbuf text = pp_textbuf_in(to, size);
    pp_textbuf_plain(&text, from);
    to[pp_utf8_prefix(to, strlen(to))] = '\0'; /* a character that was cut in two */
}

/* The file's name without folder and ending, or where another config has the same, its path. */
static void say_name(const struct pp_overview_row *row, bool whole, char *cell, size_t size) {
    const char *slash = strrchr(row->path, '/');
    const char *name = slash && !whole ? slash + 1 : row->path;
    plain(name, cell, size);
    size_t length = strlen(cell);
    if (!whole && length > 5 && strcmp(cell + length - 5, ".json") == 0)
        cell[length - 5] = '\0';
}

static void say_work(const struct pp_overview_row *row, char *cell, size_t size) { plain(row->work, cell, size); }

static void say_workers(const struct pp_overview_row *row, char *cell, size_t size) {
    snprintf(cell, size, "%u", row->workers);
}

static void say_interval(const struct pp_overview_row *row, char *cell, size_t size) {
    if (!pp_interval_known(row->interval))
        snprintf(cell, size, "-");
    else if (row->interval.low < row->interval.high)
        snprintf(cell, size, "%g-%g", row->interval.low, row->interval.high);
    else
        snprintf(cell, size, "%g", row->interval.low);
}

static void say_who(const struct pp_overview_row *row, char *cell, size_t size) { plain(row->who, cell, size); }

static void say_speedup(const struct pp_overview_row *row, char *cell, size_t size) {
    snprintf(cell, size, isnan(row->speedup) ? "-" : "%.2fx", row->speedup);
}

static void say_rate(const struct pp_overview_row *row, char *cell, size_t size) {
    snprintf(cell, size, "%.4g", row->tasks_per_second);
}

static void say_limiter(const struct pp_overview_row *row, char *cell, size_t size) { plain(row->limiter, cell, size); }

/* ---- the table ---- */

static const struct column {
    const char *title;
    void (*say)(const struct pp_overview_row *row, char *cell, size_t size);
    size_t width_max; /* what is wider is cut */
    bool to_right;
    int keep; /* where the table is too wide, the column with the smallest number is left out first */
} table_columns[] = {
    {.title = "work", .say = say_work, .width_max = 30, .keep = 1},
    {.title = "workers", .say = say_workers, .width_max = 8, .to_right = true, .keep = 9},
    {.title = "95 %", .say = say_interval, .width_max = 11, .to_right = true, .keep = 8},
    {.title = "who", .say = say_who, .width_max = 24, .keep = 4},
    {.title = "speedup", .say = say_speedup, .width_max = 9, .to_right = true, .keep = 5},
    {.title = "tasks/s", .say = say_rate, .width_max = 9, .to_right = true, .keep = 2},
    {.title = "limited by", .say = say_limiter, .width_max = 16, .keep = 3},
};
enum { TABLE_COLUMNS = sizeof table_columns / sizeof table_columns[0], GAP = 2 };

struct table {
    const struct pp_overview_row *rows;
    size_t count;
    size_t limit; /* display columns */
    size_t name_width;
    size_t widths[TABLE_COLUMNS]; /* 0: left out */
    bool whole_names;
    FILE *out;
};

static bool names_clash(const struct table *table) {
    char one[CELL_BYTES], other[CELL_BYTES];
    for (size_t i = 0; i < table->count; i++)
        for (size_t k = 0; k < i; k++) {
            say_name(&table->rows[i], false, one, sizeof one);
            say_name(&table->rows[k], false, other, sizeof other);
            if (strcmp(one, other) == 0)
                return true;
        }
    return false;
}

static void name_in(const struct table *table, size_t index, char *cell) {
    say_name(&table->rows[index], table->whole_names, cell, CELL_BYTES);
    cut(cell, NAME_WIDTH_MAX < table->limit / 2 ? NAME_WIDTH_MAX : table->limit / 2);
}

static size_t wider(size_t width, const char *text) {
    return pp_text_width(text) > width ? pp_text_width(text) : width;
}

static void measure(struct table *table) {
    char cell[CELL_BYTES];
    for (size_t i = 0; i < table->count; i++) {
        if (table->rows[i].end != PP_OVERVIEW_ENDED && table->rows[i].end != PP_OVERVIEW_FAILED)
            continue;
        name_in(table, i, cell);
        table->name_width = wider(table->name_width, cell);
        for (size_t k = 0; table->rows[i].known && k < TABLE_COLUMNS; k++) {
            const struct column *column = &table_columns[k];
            column->say(&table->rows[i], cell, sizeof cell);
            cut(cell, column->width_max);
            table->widths[k] = wider(wider(table->widths[k], column->title), cell);
        }
    }
}

static size_t width_of_table(const struct table *table) {
    size_t width = table->name_width;
    for (size_t k = 0; k < TABLE_COLUMNS; k++)
        width += table->widths[k] > 0 ? GAP + table->widths[k] : 0;
    return width;
}

static void narrow(struct table *table) {
    while (width_of_table(table) > table->limit) { /* a column of text may be cut, as long as it still says something */
        size_t least = TABLE_COLUMNS;
        for (size_t k = 0; k < TABLE_COLUMNS; k++)
            if (table->widths[k] > 0 && (least == TABLE_COLUMNS || table_columns[k].keep < table_columns[least].keep))
                least = k;
        if (least == TABLE_COLUMNS)
            return;
        size_t others = width_of_table(table) - table->widths[least];
        bool may_shrink = !table_columns[least].to_right && others + WIDTH_LEAST <= table->limit;
        table->widths[least] = may_shrink ? table->limit - others : 0;
    }
}

static void pad(FILE *out, size_t from, size_t to) {
    for (; from < to; from++)
        fputc(' ', out);
}

/* Blanks are owed until something follows them, so that no line ends in any. */
static void write_cell(struct table *table, size_t *owed, const struct column *column, size_t width, char *cell) {
    cut(cell, width);
    size_t rest = width - pp_text_width(cell);
    pad(table->out, 0, *owed + GAP + (column->to_right ? rest : 0));
    fputs(cell, table->out);
    *owed = column->to_right ? 0 : rest;
}

static void write_head(struct table *table) {
    size_t owed = table->name_width;
    char cell[CELL_BYTES];
    if (width_of_table(table) == table->name_width) /* no row has a verdict */
        return;
    for (size_t k = 0; k < TABLE_COLUMNS; k++) {
        snprintf(cell, sizeof cell, "%s", table_columns[k].title);
        if (table->widths[k] > 0)
            write_cell(table, &owed, &table_columns[k], table->widths[k], cell);
    }
    fputc('\n', table->out);
}

static void write_row(struct table *table, size_t index) {
    const struct pp_overview_row *row = &table->rows[index];
    char cell[CELL_BYTES];
    name_in(table, index, cell);
    fputs(cell, table->out);
    size_t owed = table->name_width - pp_text_width(cell);
    for (size_t k = 0; row->known && k < TABLE_COLUMNS; k++)
        if (table->widths[k] > 0) {
            table_columns[k].say(row, cell, sizeof cell);
            if (cell[0])
                write_cell(table, &owed, &table_columns[k], table->widths[k], cell);
            else
                owed += GAP + table->widths[k];
        }
    if (!row->known) {
        char reason[sizeof row->reason];
        plain(row->end == PP_OVERVIEW_FAILED ? "failed, see above" : row->reason, reason, sizeof reason);
        snprintf(cell, sizeof cell, "%s%s", row->end == PP_OVERVIEW_FAILED ? "" : "no verdict: ", reason);
        cut(cell, table->limit - table->name_width - GAP);
        pad(table->out, 0, owed + GAP);
        fputs(cell, table->out);
    }
    fputc('\n', table->out);
}

/* ---- what they come to ---- */

static size_t count_of(const struct table *table, enum pp_overview_end end) {
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        count += table->rows[i].end == end;
    return count;
}

static size_t with_workers(const struct table *table, unsigned workers) {
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        count += table->rows[i].known && table->rows[i].workers == workers;
    return count;
}

/* A number that more than half of them share; otherwise none is named, for it would be wrong for most. */
static void write_most(const struct table *table) {
    size_t known = 0, most = 0;
    unsigned workers = 0;
    for (size_t i = 0; i < table->count; i++) {
        size_t same = table->rows[i].known ? with_workers(table, table->rows[i].workers) : 0;
        known += table->rows[i].known;
        if (same > most) {
            most = same;
            workers = table->rows[i].workers;
        }
    }
    if (known < 2)
        return;
    char number[48];
    snprintf(number, sizeof number, "%u worker%s", workers, workers == 1 ? "" : workers == 0 ? "s (plain calls)" : "s");
    if (2 * most <= known)
        fputs("\nno number of workers is the best for most of them\n", table->out);
    else if (most == known)
        fprintf(table->out, "\n%s for each of them\n", number);
    else
        fprintf(table->out, "\n%s for most of them (%zu of %zu)\n", number, most, known);
}

static void write_unsure(const struct table *table) {
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].known && !pp_interval_known(table->rows[i].interval)) {
            fputs("no interval (-): too few passes to say how sure that is\n", table->out);
            return;
        }
}

static void write_missing(const struct table *table) {
    size_t stopped = count_of(table, PP_OVERVIEW_STOPPED), not_run = count_of(table, PP_OVERVIEW_NOT_RUN);
    if (stopped + not_run > 0)
        fprintf(table->out, "\nPARTIAL: of %zu configs %zu stopped before the end, %zu not run\n", table->count,
                stopped, not_run);
}

void pp_overview_write(const struct pp_overview_row *rows, size_t count, unsigned columns, FILE *out) {
    struct table table = {.rows = rows, .count = count, .out = out};
    table.limit = columns == 0 ? COLUMNS_USUAL : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
    table.whole_names = names_clash(&table);
    if (count_of(&table, PP_OVERVIEW_ENDED) == 0)
        return;
    measure(&table);
    narrow(&table);
    fprintf(out, "best number of workers for each kind of work\n\n");
    write_head(&table);
    for (size_t i = 0; i < count; i++)
        if (rows[i].end == PP_OVERVIEW_ENDED || rows[i].end == PP_OVERVIEW_FAILED)
            write_row(&table, i);
    write_most(&table);
    write_unsure(&table);
    write_missing(&table);
}
