#include "manual/roff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* The code point that begins at *at, which is moved behind it; the text is valid UTF-8. */
static unsigned long decode(const unsigned char **at) {
    unsigned long first = *(*at)++;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    unsigned long code = more == 0 ? first : first & (0x3fUL >> more);
    for (; more > 0 && (**at & 0xc0) == 0x80; more--)
        code = code << 6 | (*(*at)++ & 0x3fUL);
    return code;
}

/* One character; `begins` a line of the output, where a dot or a quote would make it a request. */
static void put(FILE *out, unsigned long code, bool begins) {
    static const struct {
        char plain;
        const char *escaped;
    } specials[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
                    {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};
    if (begins && code == '.')
        fputs("\\&", out);
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++)
        if (code == (unsigned char)specials[i].plain) {
            fputs(specials[i].escaped, out);
            return;
        }
    if (code < 0x80)
        putc((int)code, out);
    else
        fprintf(out, "\\[u%04lX]", code);
}

static void put_all(FILE *out, const char *text, bool begins) {
    for (const unsigned char *at = (const unsigned char *)text; *at; begins = false)
        put(out, decode(&at), begins);
}

void pp_roff_title(FILE *out, const char *section, const char *date, const char *source, const char *manual) {
    fprintf(out, ".TH PPTEST %s \"%s\" \"%s\" \"%s\"\n", section, date, source, manual);
    fputs(".ad l\n", out);
}

static void heading(FILE *out, const char *macro, const char *name) {
    fprintf(out, ".%s ", macro);
    put_all(out, name, false);
    putc('\n', out);
}

void pp_roff_section(FILE *out, const char *name) { heading(out, "SH", name); }
void pp_roff_subsection(FILE *out, const char *name) { heading(out, "SS", name); }

static void put_word(FILE *out, char font, const char *word) {
    fprintf(out, "\\f%c", font);
    put_all(out, word, false);
    fputs("\\fR", out);
}

void pp_roff_text(FILE *out, const char *text) {
    bool begins = true, typed = false;
    for (const unsigned char *at = (const unsigned char *)text; *at; begins = false) {
        unsigned long code = decode(&at);
        if (code != '`') {
            put(out, code, begins);
            continue;
        }
        typed = !typed;
        fputs(typed ? "\\fB\\%" : "\\fR", out);
    }
    putc('\n', out);
}

void pp_roff_paragraph(FILE *out, const char *text) {
    fputs(".PP\n", out);
    pp_roff_text(out, text);
}

void pp_roff_tag(FILE *out, const char *tag) {
    fputs(".TP\n\\%", out);
    put_word(out, 'B', tag);
    putc('\n', out);
}

static bool of_word(char letter) { return isalnum((unsigned char)letter) || strchr("-_.,=", letter); }

void pp_roff_usage(FILE *out, const char *usage) {
    char word[128];
    int depth = 0;     /* of brackets, whose content stays on one line */
    fputs("\\%", out); /* a hyphen at a line's end would be taken for a part of what is to be typed */
    for (size_t length; *usage; usage += length) {
        for (length = 0; usage[length] && of_word(usage[length]) && length < sizeof word - 1; length++)
            word[length] = usage[length];
        word[length] = '\0';
        if (length > 0) {
            put_word(out, isupper((unsigned char)word[0]) ? 'I' : 'B', word);
            continue;
        }
        const unsigned char *end = (const unsigned char *)usage;
        unsigned long code = decode(&end);
        depth += (code == '[') - (code == ']');
        if (code == ' ')
            fputs(depth > 0 ? "\\~" : " \\%", out);
        else
            put(out, code, false);
        length = (size_t)((const char *)end - usage);
    }
    putc('\n', out);
}

void pp_roff_example(FILE *out, const char *lines) {
    fputs(".PP\n.RS 4\n.EX\n", out);
    bool begins = true;
    for (const unsigned char *at = (const unsigned char *)lines; *at;) {
        unsigned long code = decode(&at);
        put(out, code, begins);
        begins = code == '\n';
    }
    fputs(begins ? ".EE\n.RE\n" : "\n.EE\n.RE\n", out);
}
