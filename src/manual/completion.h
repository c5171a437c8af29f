/* What lets shells complete a command line: scripts made from the tables of the commands, the options, the config's
 * keys and the tasks. A command or a key that is added to its table is completed without further ado. */
#ifndef PP_MANUAL_COMPLETION_H
#define PP_MANUAL_COMPLETION_H

#include "manual/command_line.h"
#include "pptest/field.h"
#include "pptest/task.h"

#include <stdio.h>

void pp_complete_bash(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out);
void pp_complete_zsh(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out);
void pp_complete_fish(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out);

/* ---- what they share ---- */

/* Writes text between single quotes: for bash and zsh, where a quote in it is '\'', and for fish, where it is \'. */
void pp_quote_sh(FILE *out, const char *text);
void pp_quote_fish(FILE *out, const char *text);

/* Writes a value, and what it is about ("": nothing is known that the key does not say). */
typedef void (*pp_value_writer)(FILE *out, const char *json, const char *about);

/* The values that a key of the config may have, as JSON, where they are words: `put` is called with each. Returns how
 * many there are. `put` may be NULL. */
size_t pp_setting_values(const struct pp_field *key, const struct pp_task *const *tasks, pp_value_writer put,
                         FILE *out);

/* Bash and zsh tell options in a `case`: "-c|--config". */
void pp_option_pattern(const struct pp_option_row *option, FILE *out);

/* Writes the function of one list of words: "option" NAME, "words" of the command NAME, or what NAME is with the
 * command that `kind` names. */
typedef void (*pp_words_writer)(const char *kind, const char *name, const struct pp_words *words, FILE *out);

/* The functions of all options, of all commands' words, and of options that take something else with a command. */
void pp_completion_words(const struct pp_command_line *line, pp_words_writer write, FILE *out);

#endif
