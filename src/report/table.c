#include "report/table.h"

#include <string.h>

enum {
    CELL_BYTES = 1024,  /* the details of a task, or a name of 96 bytes, each spelled \xNN */
    LINE_BYTES = 4096,  /* a line of the widest bars, three bytes a column */
    BAR_LEAST = 6,      /* a bar in fewer columns tells nothing */
    BAR_MOST = 60,      /* and in more no more than that */
    NAME_LEAST = 10,    /* "sequential" */
    NAME_USUAL = 12,    /* what most need: tables of one run look like those of the next */
    ROWS_PER_HEAD = 20, /* as many as a window has lines, less the rest */
    ZERO_RANK = 1000,   /* above all others: nothing is lost with such a column */
};

struct layout {
    const struct pp_table *table;
    const struct pp_rows *rows;
    const struct pp_terminal *terminal;
    size_t name;                         /* columns of the names */
    size_t width[PP_TABLE_COLUMNS_MAX];  /* of each column; 0: it is left out */
    unsigned rank[PP_TABLE_COLUMNS_MAX]; /* of each, as its cells turn out */
};

static const void *row_at(const struct layout *layout, size_t index) {
    return (const char *)layout->rows->first + index * layout->rows->size;
}

static bool is_shown(const struct layout *layout, size_t index) {
    return !layout->table->shows || layout->table->shows(row_at(layout, index));
}

/* ---- how wide ---- */

static void say_cell(const struct layout *layout, const struct pp_column *column, const void *row,
                     struct pp_textbuf *text) {
    char raw[CELL_BYTES];
    struct pp_textbuf words = pp_textbuf_in(raw, sizeof raw);
    column->say(&(struct pp_cell){layout->rows->owner, row, column->part}, &words);
    pp_text_put(text, raw, layout->terminal);
}

static bool is_zero(const char *text) { return strpbrk(text, "123456789") == NULL; }

/* The width of its widest cell; and whether any tells more than zero. */
static size_t widest_cell(const struct layout *layout, const struct pp_column *column, bool *tells) {
    size_t widest = 0;
    for (size_t i = 0; i < layout->rows->count; i++) {
        char cell[CELL_BYTES];
        struct pp_textbuf text = pp_textbuf_in(cell, sizeof cell);
        if (!is_shown(layout, i))
            continue;
        say_cell(layout, column, row_at(layout, i), &text);
        size_t width = pp_text_width(cell);
        widest = width > widest ? width : widest;
        *tells |= column->left || !is_zero(cell);
    }
    return widest;
}

static size_t larger(size_t one, size_t other) { return one > other ? one : other; }

static void measure_column(struct layout *layout, size_t index, bool roomy) {
    const struct pp_column *column = &layout->table->columns[index];
    bool limited = layout->terminal->columns > 0, tells = false;
    size_t least = roomy ? column->least : 0;
    layout->rank[index] = column->rank;
    if (column->share) {
        layout->width[index] = limited ? BAR_LEAST : column->least;
        return;
    }
    size_t widest = widest_cell(layout, column, &tells);
    if (column->rank > 0 && !tells)
        layout->rank[index] += ZERO_RANK;
    if (widest > 0) /* a heading over nothing tells nothing */
        layout->width[index] = larger(larger(widest, pp_text_width(column->title)), least);
}

static void measure_names(struct layout *layout, bool roomy) {
    size_t name = larger(roomy ? NAME_USUAL : 0, pp_text_width(layout->table->title));
    for (size_t i = 0; i < layout->rows->count; i++) {
        char text[CELL_BYTES];
        struct pp_textbuf put = pp_textbuf_in(text, sizeof text);
        pp_text_put(&put, layout->rows->name(row_at(layout, i)), layout->terminal);
        name = larger(name, pp_text_width(text));
    }
    size_t most = larger(layout->terminal->columns / 2, NAME_LEAST);
    layout->name = layout->terminal->columns && name > most ? most : name;
}

/* Words stand a little apart from figures. */
static size_t gap(const struct pp_column *column) { return column->left && column->title[0] ? 2 : 1; }

static size_t total_width(const struct layout *layout) {
    size_t total = layout->name;
    for (size_t i = 0; i < layout->table->count; i++)
        total += layout->width[i] ? layout->width[i] + gap(&layout->table->columns[i]) : 0;
    return total;
}

/* How far a column may be cut before any is left out. */
static size_t slack(const struct layout *layout, size_t index) {
    size_t least = layout->table->columns[index].cut_to;
    return least > 0 && layout->width[index] > least ? layout->width[index] - least : 0;
}

static size_t least_width(const struct layout *layout) {
    size_t least = total_width(layout);
    for (size_t i = 0; i < layout->table->count; i++)
        least -= slack(layout, i);
    return least;
}

static bool leave_one_out(struct layout *layout) {
    size_t out = layout->table->count;
    for (size_t i = 0; i < layout->table->count; i++)
        if (layout->width[i] && layout->rank[i] && (out == layout->table->count || layout->rank[i] > layout->rank[out]))
            out = i;
    if (out == layout->table->count)
        return false;
    layout->width[out] = 0;
    return true;
}

/* By one; the widest, so that a short one stays whole. */
static bool cut_widest(struct layout *layout) {
    size_t widest = layout->table->count;
    for (size_t i = 0; i < layout->table->count; i++)
        if (slack(layout, i) > 0 && (widest == layout->table->count || layout->width[i] > layout->width[widest]))
            widest = i;
    if (widest == layout->table->count)
        return false;
    layout->width[widest]--;
    return true;
}

static void cut_words(struct layout *layout, size_t excess) {
    size_t at = 0;
    while (at < layout->table->count && !layout->table->columns[at].cut)
        at++;
    if (at < layout->table->count && layout->width[at] > excess + BAR_LEAST)
        layout->width[at] -= excess;
    else
        layout->name = layout->name > excess + BAR_LEAST ? layout->name - excess : BAR_LEAST;
}

static void widen_bars(struct layout *layout, size_t room) {
    size_t bars = 0;
    for (size_t i = 0; i < layout->table->count; i++)
        bars += layout->table->columns[i].share && layout->width[i];
    for (size_t i = 0; i < layout->table->count; i++)
        if (layout->table->columns[i].share && layout->width[i]) {
            size_t more = room / bars--;
            more = more > BAR_MOST - BAR_LEAST ? BAR_MOST - BAR_LEAST : more;
            layout->width[i] += more;
            room -= more;
        }
}

static void measure(struct layout *layout, bool roomy) {
    measure_names(layout, roomy);
    for (size_t i = 0; i < layout->table->count; i++)
        measure_column(layout, i, roomy);
}

static void fit(struct layout *layout) {
    size_t columns = layout->terminal->columns;
    measure(layout, true);
    if (columns == 0)
        return;
    if (total_width(layout) > columns)
        measure(layout, false);
    while (least_width(layout) > columns && leave_one_out(layout))
        continue;
    while (total_width(layout) > columns && cut_widest(layout))
        continue;
    if (total_width(layout) > columns)
        cut_words(layout, total_width(layout) - columns);
    else
        widen_bars(layout, columns - total_width(layout));
}

/* ---- writing ---- */

/* Appends a cell of `width` columns; spaces at the end are left to whoever ends the line. */
static void put_cell(struct pp_textbuf *line, const char *text, size_t width, const struct pp_column *column,
                     const struct layout *layout) {
    char cut[CELL_BYTES];
    struct pp_textbuf cell = pp_textbuf_in(cut, sizeof cut);
    pp_text_cut(&cell, text, width, layout->terminal);
    size_t spare = width - pp_text_width(cut);
    enum pp_style style = cut[0] ? column->style : PP_STYLE_NONE;
    pp_text_pad(line, gap(column) + (column->left ? 0 : spare));
    pp_textbuf_add(line, "%s%s%s", pp_style_begin(style, layout->terminal), cut, pp_style_end(style, layout->terminal));
    if (column->left)
        pp_text_pad(line, spare);
}

static void put_bar(struct pp_textbuf *line, double share, size_t width, const struct pp_column *column,
                    const struct layout *layout) {
    pp_text_pad(line, gap(column));
    pp_textbuf_add(line, "%s", pp_style_begin(column->style, layout->terminal));
    size_t taken = pp_text_bar(line, share, width, layout->terminal);
    pp_textbuf_add(line, "%s", pp_style_end(column->style, layout->terminal));
    pp_text_pad(line, width - taken);
}

static void end_line(char *line, FILE *out) {
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    fprintf(out, "%.*s\n", (int)length, line);
}

static void put_name(struct pp_textbuf *line, const char *name, const struct layout *layout) {
    char text[CELL_BYTES], cut[CELL_BYTES];
    struct pp_textbuf put = pp_textbuf_in(text, sizeof text), cell = pp_textbuf_in(cut, sizeof cut);
    pp_text_put(&put, name, layout->terminal);
    pp_text_cut(&cell, text, layout->name, layout->terminal);
    pp_textbuf_add(line, "%s", cut);
    pp_text_pad(line, layout->name - pp_text_width(cut));
}

static void write_head(const struct layout *layout, FILE *out) {
    char room[LINE_BYTES];
    struct pp_textbuf line = pp_textbuf_in(room, sizeof room);
    put_name(&line, layout->table->title, layout);
    for (size_t i = 0; i < layout->table->count; i++) {
        struct pp_column plain = layout->table->columns[i];
        plain.style = PP_STYLE_NONE;
        if (layout->width[i])
            put_cell(&line, plain.title, layout->width[i], &plain, layout);
    }
    end_line(room, out);
}

static void write_row(const struct layout *layout, const void *row, FILE *out) {
    char room[LINE_BYTES];
    struct pp_textbuf line = pp_textbuf_in(room, sizeof room);
    put_name(&line, layout->rows->name(row), layout);
    for (size_t i = 0; i < layout->table->count; i++) {
        const struct pp_column *column = &layout->table->columns[i];
        char cell[CELL_BYTES];
        struct pp_textbuf text = pp_textbuf_in(cell, sizeof cell);
        if (!layout->width[i])
            continue;
        if (column->share) {
            double share = column->share(&(struct pp_cell){layout->rows->owner, row, column->part});
            put_bar(&line, share, layout->width[i], column, layout);
        } else {
            say_cell(layout, column, row, &text);
            put_cell(&line, cell, layout->width[i], column, layout);
        }
    }
    end_line(room, out);
}

void pp_table_write(const struct pp_table *table, const struct pp_rows *rows, const struct pp_terminal *terminal,
                    FILE *out) {
    struct layout layout = {.table = table, .rows = rows, .terminal = terminal};
    fit(&layout);
    size_t written = 0;
    for (size_t i = 0; i < rows->count; i++) {
        if (!is_shown(&layout, i))
            continue;
        bool again = written > 0 && terminal->columns > 0 && written % ROWS_PER_HEAD == 0;
        if (again)
            fputc('\n', out);
        if (written++ == 0 || again)
            write_head(&layout, out);
        write_row(&layout, row_at(&layout, i), out);
    }
}
