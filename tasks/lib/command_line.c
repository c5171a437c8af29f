#include "lib/command_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of the largest number that a placeholder stands for. */
enum { NUMBER_BYTES = 20 };

static const char *const names[PP_PLACEHOLDERS] = {"index", "worker", "seed"};

enum { LITERAL = -1, WORD_END = -2 };

struct pp_command_piece {
    int kind; /* enum pp_placeholder, or one of the above */
    const char *text;
    size_t length;
};

/* ---- words ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/* Whether what stands at `at` unquoted would be no text to a shell: its operators, and what it fills in. */
static bool is_for_shell(const char *at) {
    bool fills = isalnum((unsigned char)at[1]) || (at[1] && strchr("_{(?!@*#$-", at[1]));
    return strchr("|&;<>`", *at) || (*at == '$' && fills);
}

/* Takes the next word of `*at` to `*out`. Returns 1, 0 when there is none, or -EINVAL. */
static int take_word(const char **at, char **out, struct pp_error *error) {
    const char *from = *at;
    char quote = '\0';
    while (is_blank(*from))
        from++;
    if (*from == '\0')
        return 0;
    for (const char *word = from; *from && (quote || !is_blank(*from)); from++) {
        bool escapes = quote == '\0' || (quote == '"' && from[1] && strchr("\"\\$`", from[1]));
        if (*from == quote) {
            quote = '\0';
        } else if (!quote && (*from == '\'' || *from == '"')) {
            quote = *from;
        } else if (*from == '\\' && escapes) {
            if (from[1] == '\0')
                return pp_error_at(error, -EINVAL, "", "the command ends in a backslash; write \\\\\\\\ for one");
            *(*out)++ = *++from;
        } else if (!quote && is_for_shell(from)) {
            return pp_error_at(error, -EINVAL, "",
                               "without a shell %.*s is plain text: for a shell write true as the second argument "
                               "(\"shell\"), for the text itself put it in quotes",
                               (int)strcspn(word, " \t\n"), word);
        } else {
            *(*out)++ = *from;
        }
    }
    if (quote)
        return pp_error_at(error, -EINVAL, "", "the command has a %c that is not closed", quote);
    *(*out)++ = '\0';
    *at = from;
    return 1;
}

static int split(struct pp_command_line *line, const char *text, struct pp_error *error) {
    char *out = line->text;
    int status;
    while ((status = take_word(&text, &out, error)) > 0)
        line->word_count++;
    if (status == 0 && line->word_count == 0)
        return pp_error_at(error, -EINVAL, "", "the command is empty; expected a program and its arguments");
    return status;
}

static void copy_words(struct pp_command_line *line, struct pp_strings given) {
    char *out = line->text;
    for (size_t i = 0; i < given.count; i++)
        out = stpcpy(out, given.items[i]) + 1;
    line->word_count = given.count;
}

/* ---- placeholders ---- */

/* Length of "{name}" at `text`, 0 if there is none. */
static size_t braced(const char *text) {
    size_t letters = text[0] == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
    return letters > 0 && text[letters + 1] == '}' ? letters + 2 : 0;
}

static int name_of(const char *text, size_t length) {
    for (int i = 0; i < PP_PLACEHOLDERS; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return i;
    return LITERAL;
}

/* What comes next in the word at `*at`, which is not empty. Returns 0 or -EINVAL. */
static int take_piece(const char **at, struct pp_command_piece *piece, struct pp_error *error) {
    const char *text = *at;
    size_t doubled = text[0] == '{' ? braced(text + 1) : 0, length = braced(text);
    if (doubled > 0 && text[doubled + 1] == '}') {
        *piece = (struct pp_command_piece){LITERAL, text + 1, doubled};
        *at += doubled + 2;
    } else if (length > 0) {
        *piece = (struct pp_command_piece){name_of(text + 1, length - 2), text, length};
        if (piece->kind == LITERAL)
            return pp_error_set(error, -EINVAL,
                                "unknown placeholder %.*s; known are {index}, {worker} and {seed}; write {%.*s} for "
                                "the text itself",
                                (int)length, text, (int)length, text);
        *at += length;
    } else {
        size_t plain = 1 + strcspn(text + 1, "{");
        *piece = (struct pp_command_piece){LITERAL, text, plain};
        *at += plain;
    }
    return 0;
}

static int read_pieces(struct pp_command_line *line, bool one_string, struct pp_error *error) {
    struct pp_command_piece *piece = line->pieces;
    const char *at = line->text;
    for (size_t i = 0; i < line->word_count; i++) {
        while (*at) {
            int status = take_piece(&at, piece, error);
            if (status != 0 && !one_string && error)
                snprintf(error->where, sizeof error->where, "/%zu", i);
            if (status != 0)
                return status;
            line->filled_bytes += piece->kind == LITERAL ? piece->length : NUMBER_BYTES;
            piece++;
        }
        at++;
        (piece++)->kind = WORD_END;
        line->filled_bytes++;
    }
    return 0;
}

/* ---- reading, filling ---- */

int pp_command_line_read(struct pp_command_line *line, struct pp_strings given, bool shell, struct pp_error *error) {
    size_t bytes = 0;
    for (size_t i = 0; i < given.count; i++)
        bytes += strlen(given.items[i]) + 1;
    *line =
        (struct pp_command_line){.text = calloc(bytes + 1, 1), .pieces = calloc(2 * bytes + 1, sizeof *line->pieces)};
    int status = 0;
    if (!line->text || !line->pieces) {
        pp_command_line_release(line);
        return pp_error_set(error, -ENOMEM, "no memory for the command");
    }
    if (shell && (!given.bare || given.items[0][0] == '\0'))
        status = pp_error_at(error, -EINVAL, "", "with a shell the command must be one string, and not an empty one");
    else if (given.bare && !shell)
        status = split(line, given.items[0], error);
    else
        copy_words(line, given);
    if (status == 0)
        status = read_pieces(line, given.bare, error);
    if (status == 0 && !shell && line->text[0] == '\0')
        status = pp_error_at(error, -EINVAL, given.bare ? "" : "/0", "the program's name is empty");
    if (status != 0)
        pp_command_line_release(line);
    return status;
}

void pp_command_line_release(struct pp_command_line *line) {
    free(line->text);
    free(line->pieces);
    *line = (struct pp_command_line){0};
}

void pp_command_line_fill(const struct pp_command_line *line, const uint64_t values[PP_PLACEHOLDERS], char *text,
                          char **words) {
    const struct pp_command_piece *piece = line->pieces;
    for (size_t i = 0; i < line->word_count; i++, piece++) {
        words[i] = text;
        for (; piece->kind != WORD_END; piece++)
            if (piece->kind == LITERAL)
                text = (char *)memcpy(text, piece->text, piece->length) + piece->length;
            else
                text += sprintf(text, "%llu", (unsigned long long)values[piece->kind]);
        *text++ = '\0';
    }
    words[line->word_count] = NULL;
}

const char *pp_command_line_program(const struct pp_command_line *line) {
    const struct pp_command_piece *piece = line->pieces;
    for (; piece->kind != WORD_END; piece++)
        if (piece->kind != LITERAL || piece->length != strlen(line->text))
            return NULL;
    return line->text;
}
