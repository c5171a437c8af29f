#include "schema/show.h"

#include <string.h>

#include "base/textbuf.h"
#include "base/utf8.h"

enum { SHOWN_BYTES = 40 };

/* Ends the dump when there is enough, so that a huge value costs nothing. */
static int take(const char *bytes, size_t length, void *out) {
    struct pp_textbuf *buffer = out;
    pp_textbuf_append(buffer, bytes, length);
    return buffer->length > SHOWN_BYTES ? -1 : 0;
}

struct pp_shown pp_json_show(const json_t *value) {
    struct pp_shown shown;
    struct pp_textbuf out = pp_textbuf_in(shown.text, sizeof shown.text);
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    if (json_dump_callback(value, take, &out, flags) != 0) {
        size_t end = pp_utf8_prefix(shown.text, strnlen(shown.text, SHOWN_BYTES));
        memcpy(shown.text + end, "...", sizeof "...");
    }
    return shown;
}
