/* Manual pages in the macros of man(7). What has a meaning to roff is escaped here, and nowhere else. */
#ifndef PP_MANUAL_ROFF_H
#define PP_MANUAL_ROFF_H

#include <stdio.h>

/* .TH: `source` stands in the footer, `manual` in the header. */
void pp_roff_title(FILE *out, const char *section, const char *date, const char *source, const char *manual);

void pp_roff_section(FILE *out, const char *name);
void pp_roff_subsection(FILE *out, const char *name);

/* Text, in UTF-8. What stands between backquotes is set bold, as what one types. */
void pp_roff_text(FILE *out, const char *text);

/* The same as a paragraph of its own. */
void pp_roff_paragraph(FILE *out, const char *text);

/* A bold tag, and what hangs from it: text that follows. */
void pp_roff_tag(FILE *out, const char *tag);

/* A usage: "--config FILE [--quiet]". Words that begin with a capital letter stand for something, and are set italic;
 * other words are typed, and set bold. */
void pp_roff_usage(FILE *out, const char *usage);

/* Lines as they are. */
void pp_roff_example(FILE *out, const char *lines);

#endif
