#include "base/textbuf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

struct pp_textbuf pp_textbuf_in(char *text, size_t size) {
    if (size)
        text[0] = '\0';
    return (struct pp_textbuf){.text = text, .size = size};
}

void pp_textbuf_add(struct pp_textbuf *buffer, const char *format, ...) {
    size_t used = buffer->length < buffer->size ? buffer->length : buffer->size;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(buffer->size ? buffer->text + used : NULL, buffer->size - used, format, args);
    va_end(args);
    if (length > 0)
        buffer->length += (size_t)length;
}

void pp_textbuf_append(struct pp_textbuf *buffer, const char *bytes, size_t length) {
    if (buffer->length < buffer->size) {
        size_t room = buffer->size - buffer->length - 1;
        size_t count = length < room ? length : room;
        memcpy(buffer->text + buffer->length, bytes, count);
        buffer->text[buffer->length + count] = '\0';
    }
    buffer->length += length;
}

/* C0, DEL, and C1, which UTF-8 spells 0xc2 0x80 to 0xc2 0x9f: a terminal would obey them. */
static bool is_control(const unsigned char *character, size_t length) {
    if (length == 1)
        return character[0] < 0x20 || character[0] == 0x7f;
    return length == 2 && character[0] == 0xc2 && character[1] < 0xa0;
}

void pp_textbuf_plain(struct pp_textbuf *buffer, const char *text) {
    for (size_t left = strlen(text); left > 0;) {
        size_t good = pp_utf8_length(text, left);
        size_t step = good ? good : 1;
        if (good && !is_control((const unsigned char *)text, good))
            pp_textbuf_append(buffer, text, good);
        else
            for (size_t i = 0; i < step; i++)
                pp_textbuf_add(buffer, "\\x%02x", (unsigned)(unsigned char)text[i]);
        text += step;
        left -= step;
    }
}
