#include "manual/completion.h"

#include "schema/config.h"

#include <stdint.h>

/* "COMMAND GIVEN": the command word, which may be missing, and how many words have followed it. */
static const char functions_begin[] = "function __pptest_state\n"
                                      "    set -l words (commandline -opc)\n"
                                      "    set -l command ''\n"
                                      "    set -l given 0\n"
                                      "    set -l skip yes\n"
                                      "    for word in $words\n"
                                      "        if test $skip = yes\n"
                                      "            set skip no\n"
                                      "            continue\n"
                                      "        end\n"
                                      "        switch $word\n"
                                      "            case";
static const char functions_end[] =
    "\n"
    "                set skip yes\n"
    "            case '-*'\n"
    "            case '*'\n"
    "                if test -z \"$command\"\n"
    "                    set command $word\n"
    "                else\n"
    "                    set given (math $given + 1)\n"
    "                end\n"
    "        end\n"
    "    end\n"
    "    echo $command\n"
    "    echo $given\n"
    "end\n"
    "\n"
    "# Is that the command? With a number: and have fewer words followed it?\n"
    "function __pptest_in\n"
    "    set -l state (__pptest_state)\n"
    "    test \"$state[1]\" = \"$argv[1]\"; or return 1\n"
    "    set -q argv[2]; or return 0\n"
    "    test $state[2] -lt $argv[2]\n"
    "end\n"
    "\n"
    "# What is being typed, without an option before it.\n"
    "function __pptest_token\n"
    "    commandline -ct | string replace -r -- '^--[a-z-]+=' ''\n"
    "end\n"
    "\n"
    "# Each word that is not there yet, behind those that are, up to the last comma.\n"
    "function __pptest_several\n"
    "    set -l before (__pptest_token | string replace -r '[^,]*$' '')\n"
    "    for word in $argv\n"
    "        contains -- (string split \\t $word)[1] (string split , $before); or echo $before$word\n"
    "    end\n"
    "end\n"
    "\n";

/* With a description of its own, or an empty one: otherwise fish shows the option's, which is about another thing. */
static void put_value(FILE *out, const char *json, const char *about) {
    fprintf(out, " '%s' ", json);
    pp_quote_fish(out, about);
}

static void write_settings(const struct pp_task *const *tasks, FILE *out) {
    fputs("function __pptest_settings\n    set -l token (__pptest_token)\n    switch \"$token\"\n", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++) {
        if (pp_setting_values(key, tasks, NULL, out) == 0)
            continue;
        fprintf(out, "        case '%s=*'\n            printf '%s=%%s\\t%%s\\n'", key->name, key->name);
        pp_setting_values(key, tasks, put_value, out);
        putc('\n', out);
    }
    fputs("        case '*'\n            printf '%s=\\t%s\\n'", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++) {
        fprintf(out, " \\\n                %s ", key->name);
        pp_quote_fish(out, key->help);
    }
    fputs("\n    end\nend\n\n", out);
}

static void put_takers(const struct pp_command_line *line, FILE *out) {
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (option->argument)
            fprintf(out, " -%c --%s", option->letter, option->name);
}

/* The words as an argument of printf, each with what it is about. */
static void put_names(const struct pp_words *words, FILE *out) {
    for (size_t i = 0; words->nth(i); i++) {
        fprintf(out, " %s", words->nth(i));
        if (words->about) {
            fputs("\\t", out);
            pp_quote_fish(out, words->about(i));
        }
    }
}

/* A function that prints them. */
static void write_words(const char *kind, const char *name, const struct pp_words *words, FILE *out) {
    fprintf(out, "function __pptest_%s_%s\n", kind, name);
    if (words->settings)
        fputs("    __pptest_settings\n", out);
    if (words->nth) {
        fputs(words->several ? "    __pptest_several" : "    printf '%s\\n'", out);
        put_names(words, out);
        putc('\n', out);
    }
    if (words->file_ending && words->file_ending[0])
        fprintf(out, "    __fish_complete_suffix (__pptest_token) .%s\n", words->file_ending);
    else if (words->file_ending)
        fputs("    __fish_complete_path (__pptest_token)\n", out);
    else if (words->folders)
        fputs("    __fish_complete_directories (__pptest_token)\n", out);
    fputs("end\n\n", out);
}

static void write_option(const struct pp_command_row *command, const struct pp_option_row *option, FILE *out) {
    const char *name = command->name ? command->name : "\"\"";
    fprintf(out, "complete -c pptest -n '__pptest_in %s' -s %c -l %s", name, option->letter, option->name);
    if (option->argument && pp_own_words(command, option))
        fprintf(out, " -x -a '(__pptest_%s_%s)'", command->name, option->name);
    else if (option->argument && option->words)
        fprintf(out, " -x -a '(__pptest_option_%s)'", option->name);
    else if (option->argument)
        fputs(" -x", out);
    fputs(" -d ", out);
    pp_quote_fish(out, option->help);
    putc('\n', out);
}

static void write_arguments(const struct pp_command_row *command, FILE *out) {
    fprintf(out, "complete -c pptest -n '__pptest_in %s", command->name);
    if (command->words_max < SIZE_MAX)
        fprintf(out, " %zu", command->words_max);
    fprintf(out, "' -a '(__pptest_words_%s)'\n", command->name);
}

static void write_command(const struct pp_command_line *line, const struct pp_command_row *command, FILE *out) {
    putc('\n', out);
    if (command->name) {
        fprintf(out, "complete -c pptest -n '__pptest_in \"\"' -a %s -d ", command->name);
        pp_quote_fish(out, command->summary);
        putc('\n', out);
    }
    if (command->name && command->words && command->words_max > 0)
        write_arguments(command, out);
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (pp_usage_takes(command->usage, option))
            write_option(command, option, out);
}

void pp_complete_fish(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out) {
    fputs("# fish completion for pptest, written by `pptest completion fish`.\n\n", out);
    fputs(functions_begin, out);
    put_takers(line, out);
    fputs(functions_end, out);
    write_settings(tasks, out);
    pp_completion_words(line, write_words, out);
    fputs("complete -c pptest -f\ncomplete -c pptest-mpi -w pptest\n", out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++)
        write_command(line, command, out);
}
