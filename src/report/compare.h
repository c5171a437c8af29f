/* What came of comparing two results: for people, and as JSON. */
#ifndef PP_REPORT_COMPARE_H
#define PP_REPORT_COMPARE_H

#include "report/terminal.h"

#include <jansson.h>
#include <stdio.h>

struct pp_comparison;

/* In the order of enum pp_change_verdict. */
extern const char *const pp_change_words[];

/* All of a comparison, as a new reference; NULL when there is no memory. */
json_t *pp_comparison_json(const struct pp_comparison *comparison);

/* A way to show a comparison; `write` returns 0, or -ENOMEM before anything was written. What is for people is shown as
 * the terminal can: nothing is wider than it, and what results say is made harmless (report/text.h). */
struct pp_compare_format {
    const char *name; /* as --format names it */
    int (*write)(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out);
};

/* The first is what is shown when nothing is said; ended by a row without a name. */
extern const struct pp_compare_format pp_compare_formats[];

#endif
