#include "schema/place.h"

#include <string.h>

#include "base/textbuf.h"
#include "base/utf8.h"

/* Longer than any known key, short enough for a line. */
enum { KEY_BYTES = 60 };

static void add_key(struct pp_textbuf *out, const char *key) {
    size_t length = strnlen(key, KEY_BYTES + 1);
    size_t shown = length <= KEY_BYTES ? length : pp_utf8_prefix(key, KEY_BYTES);
    for (size_t i = 0; i < shown; i++)
        if (key[i] == '~' || key[i] == '/')
            pp_textbuf_add(out, key[i] == '~' ? "~0" : "~1");
        else
            pp_textbuf_append(out, key + i, 1);
    if (shown < length)
        pp_textbuf_add(out, "...");
}

struct pp_place pp_place_key(const char *parent, const char *key) {
    struct pp_place place;
    struct pp_textbuf out = pp_textbuf_in(place.text, sizeof place.text);
    pp_textbuf_add(&out, "%s/", parent);
    add_key(&out, key);
    return place;
}

struct pp_place pp_place_item(const char *parent, size_t index) {
    struct pp_place place;
    struct pp_textbuf out = pp_textbuf_in(place.text, sizeof place.text);
    pp_textbuf_add(&out, "%s/%zu", parent, index);
    return place;
}

struct pp_place pp_place_set(const char *key) {
    struct pp_place place;
    struct pp_textbuf out = pp_textbuf_in(place.text, sizeof place.text);
    pp_textbuf_add(&out, "--set ");
    add_key(&out, key);
    return place;
}
