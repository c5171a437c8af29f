/* The pieces of what is printed at a run's end (pp_console_write in report/report.h). */
#ifndef PP_REPORT_CONSOLE_H
#define PP_REPORT_CONSOLE_H

#include "report/text.h"
#include "result/result.h"

#include <stdio.h>

/* The tables: times; speed-up and efficiency as bars, where there is anything to compare; and, unless the result is
 * lean, where the time went and what it cost. */
void pp_console_tables(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out);

/* What is to be minded about the cases, a line each. */
void pp_console_remarks(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out);

/* Writes formatted text as a paragraph (pp_text_wrap), later lines indented by four columns. */
void pp_console_say(FILE *out, const struct pp_terminal *terminal, const char *format, ...) PP_PRINTF(3, 4);

#endif
