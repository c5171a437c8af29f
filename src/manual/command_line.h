/* The command line as rows, for whatever is made from it: manual pages, help, completions. */
#ifndef PP_MANUAL_COMMAND_LINE_H
#define PP_MANUAL_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* What may stand at one place of the command line. */
struct pp_words {
    const char *(*nth)(size_t index);   /* these words, from 0 on, NULL after the last; NULL: none */
    const char *(*about)(size_t index); /* what each of them stands for, one line; NULL: they tell by themselves */
    const char *file_ending;            /* files with that ending, such as "json"; "": all; NULL: no files */
    bool folders;                       /* folders */
    bool several;                       /* not one of them, but any number, separated by commas */
    bool settings;                      /* KEY=JSON, as --set takes it */
};

struct pp_option_row {
    const char *name;
    int letter;                   /* short form */
    const char *argument;         /* its name; NULL: it takes none */
    const char *help;             /* one line, no full stop */
    const struct pp_words *words; /* what the argument may be; NULL: anything */
    bool everywhere;              /* every command takes it, and no usage names it */
};

/* What the argument of an option may be with one command, where that is not what the option's row says. */
struct pp_option_words {
    const char *option; /* its name; NULL ends a list */
    const struct pp_words *words;
};

struct pp_command_row {
    const char *name;                  /* NULL: what happens without a command word; of the first row alone */
    const char *usage;                 /* what may follow the name: it takes the options that are named here */
    const char *summary;               /* one line, no full stop */
    size_t words_max;                  /* arguments after its name; SIZE_MAX: any number */
    const struct pp_words *words;      /* what they may be; NULL: anything */
    const struct pp_option_words *own; /* of options that take something else with it; NULL: none does */
};

struct pp_exit_row {
    const char *command; /* NULL: every command that has no rows of its own for the status */
    const char *status;  /* "0", "130 or 143" */
    const char *meaning;
};

struct pp_environment_row {
    const char *name, *meaning;
};

/* Each list is ended by a row of zeros; that of the commands, whose first row has no name, by one without a usage. */
struct pp_command_line {
    const char *version, *date; /* of the program: "0.1.0", "2026-11-22" */
    const char *data_dir;       /* where its shared files are */
    const struct pp_command_row *commands;
    const struct pp_option_row *options;
    const struct pp_exit_row *exits;
    const struct pp_environment_row *environment;
};

/* Does a command with that usage take the option? */
bool pp_usage_takes(const char *usage, const struct pp_option_row *option);

/* What the option takes with this command alone, or NULL. */
const struct pp_words *pp_own_words(const struct pp_command_row *command, const struct pp_option_row *option);

#endif
