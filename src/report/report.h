/* Reporters: a result in, a document out. One file each, behind one table. */
#ifndef PP_REPORT_REPORT_H
#define PP_REPORT_REPORT_H

#include "report/terminal.h"
#include "result/result.h"

#include <stdio.h>

/* What two documents of a kind are, one after the other in one stream. */
enum pp_several {
    PP_SEVERAL_NEVER, /* nothing that anybody reads */
    PP_SEVERAL_WHOLE, /* a sequence of documents */
    PP_SEVERAL_ROWS   /* one document, of which the first line of all but the first is left out */
};

struct pp_reporter {
    const char *name;        /* as --format names it; also the file's ending */
    const char *summary;     /* one line, no full stop */
    const char *unavailable; /* NULL, or why this build cannot write it, and the way out */
    int several;             /* enum pp_several */
    /* Writes the whole document. Returns 0 or -ENOMEM; whether the stream took it all is for the caller to ask it. */
    int (*write)(const struct pp_result *result, FILE *out);
};

/* Every reporter that writes a file, ended by NULL; and one by name, NULL when there is none. */
extern const struct pp_reporter *const pp_reporters[];
const struct pp_reporter *pp_reporter_find(const char *name);

extern const struct pp_reporter pp_reporter_csv, pp_reporter_json, pp_reporter_html, pp_reporter_trace;

/* The tables, remarks and verdict for people, as the terminal can show them: nothing is wider than it, and what configs
 * and programs have said is made harmless (report/text.h). */
void pp_console_write(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out);

#endif
