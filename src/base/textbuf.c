#include "base/textbuf.h"

#include <stdbool.h>
#include <stdint.h>
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

static uint32_t decode(const unsigned char *bytes, size_t length) {
    uint32_t code = length <= 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3fu);
    return code;
}

/* C0, DEL and C1: a terminal would obey them. */
static bool is_control(uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

/* What has no shape of its own, but changes the order of what is around it, or hides in it: a text would not be what it
 * looks like. Separators of lines and paragraphs are among them. */
static bool is_format(uint32_t code) {
    static const uint32_t ranges[][2] = {{0x061c, 0x061c}, {0x200b, 0x200f}, {0x2028, 0x202e},
                                         {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}};
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

void pp_textbuf_plain(struct pp_textbuf *buffer, const char *text) {
    for (size_t left = strlen(text); left > 0;) {
        size_t good = pp_utf8_length(text, left);
        size_t step = good ? good : 1;
        uint32_t code = decode((const unsigned char *)text, step);
        if (good && is_format(code))
            pp_textbuf_add(buffer, "\\u{%x}", (unsigned)code);
        else if (good && !is_control(code))
            pp_textbuf_append(buffer, text, good);
        else
            for (size_t i = 0; i < step; i++)
                pp_textbuf_add(buffer, "\\x%02x", (unsigned)(unsigned char)text[i]);
        text += step;
        left -= step;
    }
}
