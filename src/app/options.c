#include "app/options.h"

#include "base/nearest.h"
#include "base/textbuf.h"
#include "report/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char *reporter_name(size_t index) { return pp_reporters[index] ? pp_reporters[index]->name : NULL; }

static const char *reporter_summary(size_t index) { return pp_reporters[index]->summary; }

static const struct pp_words configs = {.file_ending = "json", .folders = true};
static const struct pp_words settings = {.settings = true};
static const struct pp_words folders = {.folders = true};
static const struct pp_words formats = {.nth = reporter_name, .about = reporter_summary, .several = true};

const struct pp_option_row pp_option_rows[] = {
    {"config", 'c', "FILE", "the config to run, or a folder of them; may be given several times", &configs, false},
    {"set", 's', "KEY=JSON", "replace a key of the config, such as --set task_count=10", &settings, false},
    {"output", 'o', "DIR", "where results go instead of output_dir (-: standard output); report: a FILE", &folders,
     false},
    {"format", 'f', "LIST",
     "kinds of result files, separated by commas (csv,json,html,trace); one of them for --output -", &formats, false},
    {"min-effect", 'm', "SHARE", "compare: smallest change that matters (0.01: 1 %)", NULL, false},
    {"quiet", 'q', NULL, "no progress and no remarks on standard error, but failures", NULL, false},
    {"help", 'h', NULL, "show this help", NULL, true},
    {"version", 'V', NULL, "show the version", NULL, true},
    {0}};
enum { OPTION_ROWS = sizeof pp_option_rows / sizeof *pp_option_rows - 1, COMMAND_LINE_WIDTH = 26, HELP_WIDTH = 114 };

const struct pp_exit_row pp_exit_rows[] = {{NULL, "0", "done"},
                                           {NULL, "1", "tasks or workers failed, or results could not be written"},
                                           {NULL, "2", "wrong command line, config or result, nothing was run"},
                                           {NULL, "130 or 143", "stopped by a signal, what was measured is saved"},
                                           {"compare", "0", "no regression"},
                                           {"compare", "3", "regressed"},
                                           {"compare", "4", "cannot tell"},
                                           {0}};

/* One paragraph, its lines broken between words. */
static void print_wrapped(const char *text, FILE *out) {
    size_t column = 0;
    for (size_t length; *text; text += length + (text[length] == ' ')) {
        length = strcspn(text, " ");
        bool fits = column + 1 + length <= HELP_WIDTH;
        fprintf(out, "%s%.*s", column == 0 ? "" : fits ? " " : "\n", (int)length, text);
        column = column == 0 || !fits ? length : column + 1 + length;
    }
    putc('\n', out);
}

static void print_exits(FILE *out) {
    char text[1024];
    struct pp_textbuf line = pp_textbuf_in(text, sizeof text);
    const char *of = NULL, *before = "exit status: ";
    for (const struct pp_exit_row *row = pp_exit_rows; row->status; row++) {
        bool begins = row->command && row->command != of;
        pp_textbuf_add(&line, "%s", begins ? "; " : before);
        if (begins)
            pp_textbuf_add(&line, "of %s: ", row->command);
        pp_textbuf_add(&line, "%s %s", row->status, row->meaning);
        of = row->command;
        before = of ? ", " : "; ";
    }
    print_wrapped(text, out);
}

void pp_options_help(FILE *out) {
    fputs("How many workers should I run for this kind of work on this machine? pptest measures it.\n\n", out);
    for (const struct pp_command *command = pp_commands; command->run; command++)
        fprintf(out, "%s pptest%s%s%s%s\n", command == pp_commands ? "usage:" : "      ", command->name ? " " : "",
                command->name ? command->name : "", command->usage[0] ? " " : "", command->usage);
    fputs("\ncommands\n", out);
    for (const struct pp_command *command = pp_commands; command->run; command++)
        if (command->name)
            fprintf(out, "  %-*s %s\n", COMMAND_LINE_WIDTH, command->name, command->summary);
    fputs("\noptions\n", out);
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct pp_option_row *row = &pp_option_rows[i];
        char text[64];
        snprintf(text, sizeof text, "-%c, --%s %s", row->letter, row->name, row->argument ? row->argument : "");
        fprintf(out, "  %-*s %s\n", COMMAND_LINE_WIDTH, text, row->help);
    }
    putc('\n', out);
    print_exits(out);
}

static void add_formats(struct pp_options *options, char *list) {
    char *rest = NULL;
    if (list[strspn(list, ",")] == '\0') /* no format at all is not a known one */
        options->formats[options->format_count++] = list;
    for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        options->formats[options->format_count++] = word;
}

static void take(struct pp_options *options, int letter, char *argument) {
    options->given[letter] = true;
    switch (letter) {
    case 'c':
        options->configs[options->config_count++] = argument;
        break;
    case 's':
        options->sets[options->set_count++] = argument;
        break;
    case 'o':
        options->output = argument;
        break;
    case 'm':
        options->min_effect = argument;
        break;
    case 'f':
        add_formats(options, argument);
        break;
    case 'q':
        options->quiet = true;
        break;
    case 'h':
        options->help = true;
        break;
    default:
        options->version = true;
    }
}

static int refuse_option(const char *given, struct pp_problems *problems) {
    const char *start = given + strspn(given, "-");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(start, "="), start);
    struct pp_nearest near = {.word = name};
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct pp_option_row *row = &pp_option_rows[i];
        pp_nearest_offer(&near, row->name);
        bool meant = strcmp(row->name, name) == 0 || (name[0] == row->letter && name[1] == '\0');
        if (meant && row->argument)
            return pp_problems_add(problems, "pptest", "", "--%s needs an argument: --%s %s", row->name, row->name,
                                   row->argument);
    }
    return pp_problems_add(problems, "pptest", "", "unknown option %s%s%s; `pptest --help` lists the options", given,
                           near.best ? ": did you mean --" : "", near.best ? near.best : "");
}

static int parse_options(int argc, char **argv, struct pp_options *options, struct pp_problems *problems) {
    struct option longs[OPTION_ROWS + 1] = {{0}};
    char shorts[2 * OPTION_ROWS + 2] = ":", *end = shorts + 1;
    for (size_t i = 0; i < OPTION_ROWS; i++) {
        const struct pp_option_row *row = &pp_option_rows[i];
        longs[i] = (struct option){row->name, row->argument ? required_argument : no_argument, NULL, row->letter};
        *end++ = (char)row->letter;
        if (row->argument)
            *end++ = ':';
    }
    int status = 0;
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
        if (letter != '?' && letter != ':')
            take(options, letter, optarg);
        else
            status = refuse_option(argv[optind - 1], problems);
    }
    while (optind < argc)
        options->words[options->word_count++] = argv[optind++];
    return status;
}

static const struct pp_command *find_command(struct pp_options *options) {
    for (const struct pp_command *command = pp_commands + 1; command->run && options->word_count > 0; command++)
        if (strcmp(command->name, options->words[0]) == 0) {
            options->word_count--;
            memmove(options->words, options->words + 1, options->word_count * sizeof options->words[0]);
            return command;
        }
    return pp_commands;
}

static int refuse_word(const char *word, struct pp_problems *problems) {
    struct pp_nearest near = {.word = word};
    for (const struct pp_command *command = pp_commands + 1; command->run; command++)
        pp_nearest_offer(&near, command->name);
    if (near.best)
        return pp_problems_add(problems, "pptest", "", "unknown command \"%s\": did you mean `pptest %s`?", word,
                               near.best);
    return pp_problems_add(
        problems, "pptest", "",
        "unexpected \"%s\"; to run a config: `pptest --config FILE`, with --config before each of several; "
        "`pptest --help` tells the rest",
        word);
}

/* "pptest", "pptest check" */
static void add_call(struct pp_textbuf *text, const struct pp_command *command) {
    pp_textbuf_add(text, "pptest%s%s", command->name ? " " : "", command->name ? command->name : "");
}

static int refuse_foreign(const struct pp_command *command, const struct pp_option_row *option,
                          struct pp_problems *problems) {
    char text[256];
    struct pp_textbuf line = pp_textbuf_in(text, sizeof text);
    pp_textbuf_add(&line, "`");
    add_call(&line, command);
    pp_textbuf_add(&line, "` takes no --%s", option->name);
    const char *before = "; it takes ";
    for (const struct pp_option_row *row = pp_option_rows; row->name; row++)
        if (pp_usage_takes(command->usage, row)) {
            pp_textbuf_add(&line, "%s--%s", before, row->name);
            before = ", ";
        }
    return pp_problems_add(problems, "pptest", "", "%s; `pptest --help` tells what each command takes", text);
}

static int check_options(const struct pp_command *command, const struct pp_options *options,
                         struct pp_problems *problems) {
    int status = 0;
    for (const struct pp_option_row *row = pp_option_rows; row->name; row++)
        if (options->given[row->letter] && !pp_usage_takes(command->usage, row))
            status = refuse_foreign(command, row, problems);
    return status;
}

static int check_words(const struct pp_command *command, const struct pp_options *options,
                       struct pp_problems *problems) {
    if (options->word_count > command->words_max)
        return refuse_word(options->words[command->words_max], problems);
    if (options->word_count < command->words_min)
        return pp_problems_add(problems, "pptest", "", "%s needs %zu argument%s: `pptest %s %s`", command->name,
                               command->words_min, command->words_min == 1 ? "" : "s", command->name, command->usage);
    if (!command->needs_config || options->config_count > 0)
        return 0;
    char text[64];
    struct pp_textbuf call = pp_textbuf_in(text, sizeof text);
    add_call(&call, command);
    return pp_problems_add(problems, "pptest", "",
                           "there is no config to work on: `%s --config FILE`, for example example_configs/sum.json",
                           text);
}

/* Where a word is no command's name, it is not known which options were meant to be there. */
static int check_use(const struct pp_command *command, const struct pp_options *options, struct pp_problems *problems) {
    int status = check_words(command, options, problems);
    if (!command->name && options->word_count > 0)
        return status;
    int options_status = check_options(command, options, problems);
    return status != 0 ? status : options_status;
}

int pp_options_parse(int argc, char **argv, const struct pp_command **command, struct pp_options *options,
                     struct pp_problems *problems) {
    *options = (struct pp_options){0};
    size_t room = (size_t)argc + 1, characters = 0;
    for (int i = 0; i < argc; i++)
        characters += strlen(argv[i]);
    options->configs = calloc(room, sizeof *options->configs);
    options->sets = calloc(room, sizeof *options->sets);
    options->words = calloc(room, sizeof *options->words);
    options->formats = calloc(characters + 1, sizeof *options->formats);
    if (!options->configs || !options->sets || !options->words || !options->formats)
        return -ENOMEM;
    int status = parse_options(argc, argv, options, problems);
    *command = find_command(options);
    if (status != 0 || options->help || options->version)
        return status;
    return check_use(*command, options, problems);
}

void pp_options_release(struct pp_options *options) {
    free(options->configs);
    free(options->sets);
    free(options->words);
    free(options->formats);
}
