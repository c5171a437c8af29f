/* Results as one page for a browser: it needs no other file, and no network. */
#ifndef PP_REPORT_HTML_H
#define PP_REPORT_HTML_H

#include <stddef.h>
#include <stdio.h>

struct pp_comparison;
struct pp_result;

/* How every page begins: what starts like that may be overwritten by another. */
#define PP_HTML_BEGINNING "<!DOCTYPE html>\n<!-- a report of pptest -->\n"

/* More passes than this of one result are left out of its page, and counted there: nobody reads them in a browser, and
 * a page of hundreds of megabytes opens nowhere. The JSON result has them all. */
enum { PP_HTML_PASSES_MAX = 2000 };

struct pp_html_item {
    const char *file; /* that the result was read from; "" where there is none */
    const struct pp_result *result;
    size_t base;                            /* index of the first item of the same work; its own where that is it */
    const struct pp_comparison *comparison; /* with that one; NULL: this is it, or `reason` says why there is none */
    const char *reason;                     /* "" for none */
};

struct pp_html_page {
    size_t count; /* 1 or more */
    const struct pp_html_item *items;
    size_t problem_count; /* of files that were left out */
    const char *const *problems;
};

/* Writes the whole page. All text of results, files and problems is escaped; bytes that are no UTF-8 become U+FFFD.
 * Returns 0 or -ENOMEM; whether the stream took it all is for the caller to ask it. */
int pp_html_write(const struct pp_html_page *page, FILE *out);

#endif
