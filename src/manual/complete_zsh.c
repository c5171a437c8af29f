#include "manual/completion.h"

#include "schema/config.h"

#include <stdint.h>
#include <string.h>

/* In the first column of _describe, and in the texts of _arguments, a colon and brackets end something. */
static void put_escaped(FILE *out, const char *text) {
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr(":[]\\", *text))
            fprintf(out, "\\%c", *text);
        else
            putc(*text, out);
    }
}

static void put_pair(FILE *out, const char *word, const char *about) {
    fputs(" '", out);
    put_escaped(out, word);
    if (about) {
        putc(':', out);
        put_escaped(out, about);
    }
    putc('\'', out);
}

/* A function that offers them. */
static void write_words(const char *kind, const char *name, const struct pp_words *words, FILE *out) {
    fprintf(out, "_pptest_%s_%s() {\n", kind, name);
    if (words->settings)
        fputs("    _pptest_settings\n", out);
    if (words->nth) {
        fputs("    local -a list=(", out);
        for (size_t i = 0; words->nth(i); i++)
            put_pair(out, words->nth(i), words->about ? words->about(i) : NULL);
        fputs(")\n", out);
        if (words->several)
            fputs("    compset -P '*,'\n    _describe -t words word list -q -S ,\n", out);
        else
            fputs("    _describe -t words word list\n", out);
    }
    if (words->file_ending && words->file_ending[0])
        fprintf(out, "    _files -g '*.%s(-.)'\n", words->file_ending);
    else if (words->file_ending)
        fputs("    _files\n", out);
    else if (words->folders)
        fputs("    _files -/\n", out);
    fputs("}\n\n", out);
}

static void put_value(FILE *out, const char *json, const char *about) {
    (void)about;
    fprintf(out, " '%s'", json);
}

static void write_settings(const struct pp_task *const *tasks, FILE *out) {
    fputs("_pptest_settings() {\n    if compset -P 1 '*='; then\n        case ${${IPREFIX%=}##*=} in\n", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++) {
        if (pp_setting_values(key, tasks, NULL, out) == 0)
            continue;
        fprintf(out, "        %s) compadd --", key->name);
        pp_setting_values(key, tasks, put_value, out);
        fputs(" ;;\n", out);
    }
    fputs("        esac\n        return\n    fi\n    local -a keys=(", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++) {
        fputs("\n       ", out);
        put_pair(out, key->name, key->help);
    }
    fputs(")\n    _describe -t keys key keys -S =\n}\n\n", out);
}

static void put_option(const struct pp_option_row *option, const struct pp_command_row *command, FILE *out) {
    const char *mark = option->argument ? "*" : "";
    fprintf(out, "            '%s'{-%c,--%s%s}'[", mark, option->letter, option->name, option->argument ? "=" : "");
    put_escaped(out, option->help);
    fputs("]", out);
    if (option->argument) {
        putc(':', out);
        put_escaped(out, option->argument);
        putc(':', out);
        if (pp_own_words(command, option))
            fprintf(out, "_pptest_%s_%s", command->name, option->name);
        else if (option->words)
            fprintf(out, "_pptest_option_%s", option->name);
    }
    fputs("' \\\n", out);
}

static void write_command(const struct pp_command_line *line, const struct pp_command_row *command, FILE *out) {
    fprintf(out, "    %s)\n        _arguments -s -S : \\\n", command->name ? command->name : "*");
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (pp_usage_takes(command->usage, option))
            put_option(option, command, out);
    if (!command->name)
        fputs("            '1:command:_pptest_commands'\n        ;;\n", out);
    else {
        fputs("            '1: :'", out);
        if (command->words_max == SIZE_MAX)
            fprintf(out, " \\\n            '*:argument:_pptest_words_%s'", command->name);
        else
            for (size_t i = 0; i < command->words_max; i++)
                fprintf(out, " \\\n            '%zu:argument:_pptest_words_%s'", i + 2, command->name);
        fputs("\n        ;;\n", out);
    }
}

static void write_commands(const struct pp_command_line *line, FILE *out) {
    fputs("_pptest_commands() {\n    local -a commands=(", out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++)
        if (command->name) {
            fputs("\n       ", out);
            put_pair(out, command->name, command->summary);
        }
    fputs(")\n    _describe -t commands command commands\n}\n\n", out);
}

/* The first word that is no option and no option's argument. */
static void write_search(const struct pp_command_line *line, FILE *out) {
    fputs("    local command= i\n    for ((i = 2; i < CURRENT; i++)); do\n        case $words[i] in\n        ", out);
    const char *before = "";
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (option->argument) {
            fputs(before, out);
            pp_option_pattern(option, out);
            before = " | ";
        }
    fputs(") ((i++)) ;;\n        -*) ;;\n        *) command=$words[i]; break ;;\n        esac\n    done\n", out);
}

void pp_complete_zsh(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out) {
    fputs("#compdef pptest pptest-mpi\n# zsh completion for pptest, written by `pptest completion zsh`.\n\n", out);
    write_settings(tasks, out);
    pp_completion_words(line, write_words, out);
    write_commands(line, out);
    fputs("_pptest() {\n", out);
    write_search(line, out);
    fputs("    case $command in\n", out);
    for (const struct pp_command_row *command = line->commands + 1; command->usage; command++)
        write_command(line, command, out);
    write_command(line, line->commands, out);
    fputs("    esac\n}\n\n", out);
    /* As a file of $fpath it is the body of the function; sourced, it is registered. */
    fputs("if [[ $funcstack[1] == _pptest ]]; then _pptest \"$@\"; else compdef _pptest pptest pptest-mpi; fi\n", out);
}
