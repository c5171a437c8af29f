#include "report/text.h"

#include "base/utf8.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- how wide it is ---- */

static uint32_t decode(const char *text, size_t length) {
    const unsigned char *bytes = (const unsigned char *)text;
    if (length <= 1)
        return bytes[0];
    uint32_t code = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3fu);
    return code;
}

/* The large blocks of Unicode's tables of width; the C library's wcwidth would need a locale. */
static const struct {
    uint32_t first, last;
    unsigned width;
} widths[] = {{0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},   {0x202a, 0x202e, 0},
              {0x2060, 0x206f, 0},   {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
              {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},   {0xfe20, 0xfe2f, 0},
              {0xfe30, 0xfe6f, 2},   {0xfeff, 0xfeff, 0},   {0xff01, 0xff60, 2},   {0xffe0, 0xffe6, 2},
              {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};

static size_t width_of(uint32_t code) {
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++)
        if (code >= widths[i].first && code <= widths[i].last)
            return widths[i].width;
    return 1;
}

/* One character, or one faulty byte: its length, and its width. */
static size_t step(const char *text, size_t left, size_t *width) {
    size_t length = pp_utf8_length(text, left);
    *width = length ? width_of(decode(text, length)) : 1;
    return length ? length : 1;
}

size_t pp_text_width(const char *text) {
    size_t columns = 0;
    for (size_t left = strlen(text), width, length; left > 0; left -= length, text += length) {
        length = step(text, left, &width);
        columns += width;
    }
    return columns;
}

size_t pp_text_prefix(const char *text, size_t columns) {
    size_t taken = 0, left = strlen(text);
    while (left > 0) {
        size_t width, length = step(text + taken, left, &width);
        if (width > columns)
            break;
        columns -= width;
        taken += length;
        left -= length;
    }
    return taken;
}

/* ---- putting it ---- */

static const struct {
    const char *character, *ascii;
} spelled[] = {{"±", "+-"}, {"–", "-"}, {"—", "-"}, {"…", "..."}, {"×", "x"}, {"µ", "u"}, {"μ", "u"}};

static void put_ascii(struct pp_textbuf *out, const char *character, size_t length) {
    for (size_t i = 0; i < sizeof spelled / sizeof spelled[0]; i++)
        if (strlen(spelled[i].character) == length && memcmp(spelled[i].character, character, length) == 0) {
            pp_textbuf_add(out, "%s", spelled[i].ascii);
            return;
        }
    for (size_t i = 0; i < length; i++)
        pp_textbuf_add(out, "\\x%02x", (unsigned)(unsigned char)character[i]);
}

void pp_text_put(struct pp_textbuf *out, const char *text, const struct pp_terminal *terminal) {
    if (terminal->utf8) {
        pp_textbuf_plain(out, text);
        return;
    }
    for (size_t left = strlen(text), length; left > 0; left -= length, text += length) {
        char one[5] = "";
        length = pp_utf8_length(text, left);
        length = length ? length : 1;
        memcpy(one, text, length);
        if (length > 1)
            put_ascii(out, one, length);
        else
            pp_textbuf_plain(out, one);
    }
}

void pp_text_cut(struct pp_textbuf *out, const char *text, size_t width, const struct pp_terminal *terminal) {
    size_t whole = pp_text_width(text);
    if (whole <= width) {
        pp_textbuf_add(out, "%s", text);
        return;
    }
    if (width == 0)
        return;
    size_t tail = (width - 1) / 2, head = pp_text_prefix(text, width - 1 - tail), from = head;
    while (pp_text_width(text + from) > tail) {
        size_t ignored;
        from += step(text + from, strlen(text + from), &ignored);
    }
    pp_textbuf_append(out, text, head);
    pp_textbuf_add(out, "%s%s", terminal->utf8 ? "…" : "~", text + from);
}

void pp_text_pad(struct pp_textbuf *out, size_t count) { pp_textbuf_add(out, "%*s", (int)count, ""); }

/* ---- bars ---- */

size_t pp_text_bar(struct pp_textbuf *out, double share, size_t width, const struct pp_terminal *terminal) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (!(share > 0.0))
        return 0;
    size_t parts = terminal->utf8 ? 8 : 1;
    size_t filled = (size_t)lround(fmin(share, 1.0) * (double)(width * parts));
    if (filled == 0 && width > 0)
        filled = 1;
    for (size_t i = 0; i < filled / parts; i++)
        pp_textbuf_add(out, "%s", terminal->utf8 ? "█" : "#");
    pp_textbuf_add(out, "%s", eighths[filled % parts]);
    return filled / parts + (filled % parts > 0);
}

/* ---- style ---- */

const char *pp_style_begin(enum pp_style style, const struct pp_terminal *terminal) {
    static const char *const begin[] = {"", "\033[1m", "\033[32m", "\033[33m"};
    return terminal->color ? begin[style] : "";
}

const char *pp_style_end(enum pp_style style, const struct pp_terminal *terminal) {
    return terminal->color && style != PP_STYLE_NONE ? "\033[0m" : "";
}

/* ---- paragraphs ---- */

/* Bytes of `text` for a line of so many columns: up to the last space that fits, or as much of a long word as does. */
static size_t line_length(const char *text, size_t columns) {
    size_t fits = pp_text_prefix(text, columns), at = fits;
    if (!text[fits] || text[fits] == ' ')
        return fits;
    while (at > 0 && text[at] != ' ')
        at--;
    while (at > 0 && text[at - 1] == ' ') /* an indentation is no place to break */
        at--;
    return at ? at : fits ? fits : 1;
}

void pp_text_wrap(FILE *out, const char *text, size_t indent, enum pp_style style, const struct pp_terminal *terminal) {
    char room[16384];
    struct pp_textbuf put = pp_textbuf_in(room, sizeof room);
    pp_text_put(&put, text, terminal);
    const char *rest = room, *begin = pp_style_begin(style, terminal), *end = pp_style_end(style, terminal);
    size_t columns = terminal->columns ? terminal->columns : SIZE_MAX;
    for (bool first = true; first || *rest; first = false) {
        size_t before = first || indent >= columns ? 0 : indent;
        size_t length = line_length(rest, columns - before);
        fprintf(out, "%*s%s%.*s%s\n", (int)before, "", begin, (int)length, rest, end);
        rest += length;
        rest += strspn(rest, " ");
    }
}
