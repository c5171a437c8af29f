/* Text put together piece by piece in memory that the caller owns; what does not fit is cut. */
#ifndef PP_BASE_TEXTBUF_H
#define PP_BASE_TEXTBUF_H

#include <stdarg.h>
#include <stddef.h>

#include "pptest/error.h"

struct pp_textbuf {
    char *text;    /* always ended by NUL when size > 0 */
    size_t size;   /* room at text, NUL included */
    size_t length; /* of the whole text, cut off parts included: cut when length >= size */
};

/* An empty text in the `size` bytes at `text`. */
struct pp_textbuf pp_textbuf_in(char *text, size_t size);

/* Appends as printf does. */
void pp_textbuf_add(struct pp_textbuf *buffer, const char *format, ...) PP_PRINTF(2, 3);

/* Appends `length` bytes as they are. */
void pp_textbuf_append(struct pp_textbuf *buffer, const char *bytes, size_t length);

/* Appends text for a terminal's line: control characters and bytes that are not UTF-8 appear as \xNN, and
 * characters that order or hide others (of both directions of writing, of width 0) as \u{N}. At most four bytes come
 * of one. */
void pp_textbuf_plain(struct pp_textbuf *buffer, const char *text);

#endif
