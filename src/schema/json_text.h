/* JSON as text that programs read and people look at. */
#ifndef PP_SCHEMA_JSON_TEXT_H
#define PP_SCHEMA_JSON_TEXT_H

#include <jansson.h>

/* A file's width: what an editor shows side by side with another one. */
enum { PP_JSON_WIDTH = 120 };

/* `value` as text in UTF-8 without a newline at its end. Whatever fits into the rest of a line of `width` bytes stands
 * on it; longer objects and arrays are spread over lines indented by 2 more, where arrays of numbers, and of short
 * arrays of them, fill their lines. `width` 0: all on one line.
 *
 * Each real has its own fewest digits (pp_number_text) and stays a real, so that reading the text makes an equal value
 * (json_equal): jansson's own json_dumps knows one precision for all, which writes either 0.10000000000000001 or less
 * than there is. The caller frees the text. NULL for NULL, and when there is no memory. */
char *pp_json_text(const json_t *value, size_t width);

#endif
