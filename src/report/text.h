/* Text on a terminal: how wide it is, how it is made harmless, cut, wrapped and coloured; and bars. Nothing that is put
 * by these functions can move the cursor or change a colour but what they are asked for. */
#ifndef PP_REPORT_TEXT_H
#define PP_REPORT_TEXT_H

#include "base/textbuf.h"
#include "report/terminal.h"

#include <stdio.h>

/* Columns that UTF-8 text takes: combining characters none, East Asian wide ones and pictures two. What is no UTF-8
 * takes one for each byte. */
size_t pp_text_width(const char *text);

/* Bytes of the longest beginning that takes no more columns. */
size_t pp_text_prefix(const char *text, size_t columns);

/* Appends text: as pp_textbuf_plain does; without UTF-8 "±" is "+-", dashes are "-", "…" is "...",
 * "×" is "x", "µ" is "u", and other characters are \xNN for each byte. */
void pp_text_put(struct pp_textbuf *out, const char *text, const struct pp_terminal *terminal);

/* Appends text that was put already, in `width` columns at most: its middle gives way to "…" (without UTF-8 "~"), as
 * names often differ at their end. */
void pp_text_cut(struct pp_textbuf *out, const char *text, size_t width, const struct pp_terminal *terminal);

/* Appends so many spaces. */
void pp_text_pad(struct pp_textbuf *out, size_t count);

/* Appends a bar for a share from 0 to 1 (more: 1; NaN: nothing) of `width` columns, in eighths of a column; without
 * UTF-8 in whole "#". What is more than 0 is never nothing. Returns the columns that it takes. */
size_t pp_text_bar(struct pp_textbuf *out, double share, size_t width, const struct pp_terminal *terminal);

/* The escape sequences that begin and end a style: "" without colour. */
enum pp_style { PP_STYLE_NONE, PP_STYLE_BOLD, PP_STYLE_GOOD, PP_STYLE_BAD };
const char *pp_style_begin(enum pp_style style, const struct pp_terminal *terminal);
const char *pp_style_end(enum pp_style style, const struct pp_terminal *terminal);

/* Writes text (not yet put) as a paragraph: on a terminal it is wrapped at spaces, later lines indented by `indent`,
 * and words that are too long for a line broken. Ends with a newline. */
void pp_text_wrap(FILE *out, const char *text, size_t indent, enum pp_style style, const struct pp_terminal *terminal);

#endif
