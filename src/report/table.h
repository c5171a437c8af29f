/* Tables of cases: a row each, as wide as their cells need and the terminal allows. */
#ifndef PP_REPORT_TABLE_H
#define PP_REPORT_TABLE_H

#include "report/text.h"
#include "result/result.h"

/* One cell: of that row, in a column that is the `part`-th of its kind. */
struct pp_cell {
    const struct pp_result *result;
    const struct pp_case_result *row;
    size_t part;
};

struct pp_column {
    const char *title;
    size_t least;  /* columns that it takes where there is room; 0: those that it needs, and none when it is empty */
    unsigned rank; /* the highest is left out first where there is no room; 0: never */
    bool left;     /* ranged left */
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
    size_t count; /* at most PP_TABLE_COLUMNS_MAX */
    bool (*shows)(const struct pp_case_result *row);
};

/* Writes a table with those cases of the result that it shows. On a terminal that is too narrow, columns in which
 * nothing but zeros stands are left out first, then those of the highest rank; then names and the last column are cut.
 * A long one has its headings again from time to time there. */
void pp_table_write(const struct pp_table *table, const struct pp_result *result, const struct pp_terminal *terminal,
                    FILE *out);

#endif
