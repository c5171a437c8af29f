/* The command line of task `exec`: words, in which {index}, {worker} and {seed} stand for numbers. */
#ifndef PPTEST_LIB_COMMAND_LINE_H
#define PPTEST_LIB_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pptest/error.h"
#include "pptest/field.h"

enum pp_placeholder { PP_PLACEHOLDER_INDEX, PP_PLACEHOLDER_WORKER, PP_PLACEHOLDER_SEED, PP_PLACEHOLDERS };

struct pp_command_piece;

/* {0} is empty. */
struct pp_command_line {
    size_t word_count;
    size_t filled_bytes; /* that all words take at most once they are filled in */
    char *text;          /* of the words, quotes taken off */
    struct pp_command_piece *pieces;
};

/* Reads what a config gives. A string (given->bare) is split into words as a shell does it, quotes and backslashes
 * included; what a shell would do more than that (`|`, `>`, `$NAME`) is refused where it is not quoted. With `shell` it
 * is one word. A list holds the words themselves.
 *
 * In a word, {name} in small letters is a placeholder and must be known; {{name}} stands for {name}; every other brace
 * for itself. Returns 0 or -EINVAL, with the place relative to the argument ("" or "/1"); -ENOMEM. */
int pp_command_line_read(struct pp_command_line *line, struct pp_strings given, bool shell, struct pp_error *error);
void pp_command_line_release(struct pp_command_line *line);

/* Writes the words with their numbers into `text` (filled_bytes), and where each is into `words` (word_count + 1 of
 * them, the last NULL). */
void pp_command_line_fill(const struct pp_command_line *line, const uint64_t values[PP_PLACEHOLDERS], char *text,
                          char **words);

/* The first word, NULL where that depends on the task. */
const char *pp_command_line_program(const struct pp_command_line *line);

#endif
