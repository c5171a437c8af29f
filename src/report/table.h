/* Tables: a row for each case, as wide as their cells need and the terminal allows. */
#ifndef PP_REPORT_TABLE_H
#define PP_REPORT_TABLE_H

#include "report/text.h"

/* What a table is about. */
struct pp_rows {
    const void *owner; /* of the rows, for cells that need to know of others; or NULL */
    const void *first; /* of `count` structs of `size` bytes */
    size_t count, size;
    const char *(*name)(const void *row);
};

/* One cell: of that row, in a column that is the `part`-th of its kind. */
struct pp_cell {
    const void *owner, *row;
    size_t part;
};

struct pp_column {
    const char *title;
    size_t least;  /* columns that it takes where there is room; 0: those that it needs */
    unsigned rank; /* the highest is left out first where there is no room; 0: never */
    bool left;     /* ranged left */
    bool cut;      /* where there is no room, before names are */
    size_t cut_to; /* columns to which it may be cut before any column is left out; 0: it may not */
    enum pp_style style;
    size_t part;
    /* Appends the words of a cell, or those that are 0 to `share` of the bar: one of the two. */
    void (*say)(const struct pp_cell *cell, struct pp_textbuf *text);
    double (*share)(const struct pp_cell *cell);
};

enum { PP_TABLE_COLUMNS_MAX = 12 };

struct pp_table {
    const char *title; /* above the names */
    const struct pp_column *columns;
    size_t count;                   /* at most PP_TABLE_COLUMNS_MAX */
    bool (*shows)(const void *row); /* NULL: all */
};

/* Writes a table with those rows that it shows, without columns in which no cell says anything. On a terminal that is
 * too narrow, columns in which nothing but zeros stands are left out first, then those of the highest rank, unless it
 * is enough to cut those that have a `cut_to`; then a column of words that may be, or else names are cut. A long one
 * has its headings again from time to time there. */
void pp_table_write(const struct pp_table *table, const struct pp_rows *rows, const struct pp_terminal *terminal,
                    FILE *out);

#endif
