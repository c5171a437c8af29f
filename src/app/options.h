/* The command line, described once as data: parsing, help and completion come from these tables. */
#ifndef PP_APP_OPTIONS_H
#define PP_APP_OPTIONS_H

#include "base/problems.h"
#include "manual/command_line.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct pp_options {
    const char **configs, **sets, **formats, **words; /* owned lists; the strings are argv's */
    size_t config_count, set_count, format_count, word_count;
    const char *output;     /* NULL: the config's output_dir */
    const char *min_effect; /* NULL: not given */
    bool quiet, help, version;
    bool given[UCHAR_MAX + 1]; /* by the options' letters */
};

struct pp_command {
    const char *name;    /* NULL: what happens without a command word */
    const char *usage;   /* what may follow the name: it takes the options that are named here, and no others */
    const char *summary; /* one line */
    bool needs_config;
    size_t words_min, words_max;       /* arguments after the command's name; SIZE_MAX: any number */
    const struct pp_words *words;      /* what they may be; NULL: files */
    const struct pp_option_words *own; /* of options that take something else than in a run; NULL: none does */
    int (*run)(const struct pp_options *options);
};

/* The commands, ended by a row without `run`. The first has no name. */
extern const struct pp_command pp_commands[];

/* The options and what exit statuses mean, each list ended by a row of zeros. */
extern const struct pp_option_row pp_option_rows[];
extern const struct pp_exit_row pp_exit_rows[];

/* Finds the command and its options. Returns 0 with *command set and `options` filled, or -errno with what is wrong in
 * `problems`. Release the options in both cases. */
int pp_options_parse(int argc, char **argv, const struct pp_command **command, struct pp_options *options,
                     struct pp_problems *problems);
void pp_options_release(struct pp_options *options);

void pp_options_help(FILE *out);

#endif
