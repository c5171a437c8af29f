#include "manual/completion.h"

#include "schema/config.h"

#include <stdint.h>

/* The words of the command line, at whose = and : COMP_WORDS may break. */
static const char split[] = "    local IFS=$' \\t\\n' cur prev='' command='' given=0 word i list='' files='' "
                            "folders='' several='' settings=''\n"
                            "    local -a words=()\n"
                            "    COMPREPLY=()\n"
                            "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
                            "        word=${COMP_WORDS[i]}\n"
                            "        if ((i > 1)) && [[ $word == [=:]* || ${words[-1]} == *[=:] ]]; then\n"
                            "            words[-1]+=$word\n"
                            "        else\n"
                            "            words+=(\"$word\")\n"
                            "        fi\n"
                            "    done\n"
                            "    cur=${words[-1]}\n"
                            "    ((${#words[@]} < 2)) || prev=${words[-2]}\n";

static const char find_command[] = "    for ((i = 1; i < ${#words[@]} - 1; i++)); do\n"
                                   "        case ${words[i]} in\n"
                                   "        %s) ((i++)) ;;\n"
                                   "        -*) ;;\n"
                                   "        *) if [[ $command ]]; then ((given++)); else command=${words[i]}; fi ;;\n"
                                   "        esac\n"
                                   "    done\n"
                                   "    local whole=$cur\n"
                                   "    if [[ $cur == --*=* ]]; then\n"
                                   "        prev=${cur%%=*} cur=${cur#*=}\n"
                                   "    elif [[ $prev == --*=* ]]; then\n"
                                   "        prev=''\n"
                                   "    fi\n";

/* Readline replaces what follows the last = or : of the word, where it breaks words there; so what stands before is
 * taken off each reply. In an open single quote nothing breaks, and quotes are written as they are; elsewhere they need
 * backslashes. */
static const char offer[] = "    local quoted='' before='' cut=''\n"
                            "    if [[ $whole == \\'* ]]; then\n"
                            "        quoted=1 cur=${cur#?}\n"
                            "    elif [[ $COMP_WORDBREAKS == *=* && $whole == *[=:]* ]]; then\n"
                            "        cut=${whole%\"${whole##*[=:]}\"}\n"
                            "    fi\n"
                            "    if [[ $settings && $cur == *=* ]]; then\n"
                            "        before=${cur%%=*}=\n"
                            "        _pptest_values \"${cur%%=*}\"\n"
                            "    elif [[ $settings ]]; then\n"
                            "        _pptest_keys\n"
                            "    elif [[ $several && $cur == *,* ]]; then\n"
                            "        before=${cur%,*},\n"
                            "    fi\n"
                            "    if [[ $list == *=* || $several ]]; then compopt -o nospace 2>/dev/null; fi\n"
                            "    local lead=${whole%\"$cur\"} plain=${cur//\\\\/}\n"
                            "    [[ ! $quoted ]] || lead=''\n"
                            "    for word in $list; do\n"
                            "        [[ $before$word == \"$plain\"* ]] || continue\n"
                            "        [[ ,$before != *\",$word,\"* ]] || continue\n"
                            "        [[ $quoted ]] || word=${word//\\\"/\\\\\\\"}\n"
                            "        word=$lead$before$word\n"
                            "        COMPREPLY+=(\"${word#\"$cut\"}\")\n"
                            "    done\n"
                            "    [[ $files || $folders ]] || return 0\n"
                            "    compopt -o filenames 2>/dev/null\n"
                            "    while IFS= read -r word; do\n"
                            "        if [[ -d $word || $files == '*' || $files && $word == *\".$files\" ]]; then\n"
                            "            word=$lead$word\n"
                            "            COMPREPLY+=(\"${word#\"$cut\"}\")\n"
                            "        fi\n"
                            "    done < <(compgen -f -- \"$cur\")\n"
                            "    return 0\n";

static void put_names(const struct pp_words *words, FILE *out) {
    fputs("list='", out);
    for (size_t i = 0; words->nth(i); i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", words->nth(i));
    putc('\'', out);
}

static void put_words(const struct pp_words *words, FILE *out) {
    if (!words)
        return;
    if (words->nth)
        put_names(words, out);
    if (words->file_ending)
        fprintf(out, " files='%s'", words->file_ending[0] ? words->file_ending : "*");
    if (words->folders)
        fputs(" folders=1", out);
    if (words->several)
        fputs(" several=1", out);
    if (words->settings)
        fputs(" settings=1", out);
}

static void put_value(FILE *out, const char *json, const char *about) {
    (void)about;
    fprintf(out, "%s ", json);
}

static void write_settings(const struct pp_task *const *tasks, FILE *out) {
    fputs("_pptest_keys() { list='", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++)
        fprintf(out, "%s%s=", key == pp_config_fields ? "" : " ", key->name);
    fputs("'; }\n\n_pptest_values() {\n    case $1 in\n", out);
    for (const struct pp_field *key = pp_config_fields; key->name; key++) {
        if (pp_setting_values(key, tasks, NULL, out) == 0)
            continue;
        fprintf(out, "    %s) list='", key->name);
        pp_setting_values(key, tasks, put_value, out);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n}\n\n", out);
}

/* The options that take an argument. */
static void put_takers(const struct pp_command_line *line, FILE *out) {
    const char *before = "";
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (option->argument) {
            fputs(before, out);
            pp_option_pattern(option, out);
            before = " | ";
        }
}

/* Where commands differ in what it takes, the command is asked. */
static void write_argument(const struct pp_command_line *line, const struct pp_option_row *option, FILE *out) {
    bool differs = false;
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        const struct pp_words *own = pp_own_words(command, option);
        if (!own)
            continue;
        fprintf(out, "%s        %s) ", differs ? "" : "\n        case $command in\n", command->name);
        put_words(own, out);
        fputs(" ;;\n", out);
        differs = true;
    }
    if (!differs) {
        put_words(option->words, out);
        return;
    }
    fputs("        *) ", out);
    put_words(option->words, out);
    fputs(" ;;\n        esac", out);
}

static void write_arguments(const struct pp_command_line *line, FILE *out) {
    fputs("    case $prev in\n", out);
    for (const struct pp_option_row *option = line->options; option->name; option++) {
        if (!option->argument)
            continue;
        fputs("    ", out);
        pp_option_pattern(option, out);
        fputs(") ", out);
        write_argument(line, option, out);
        fputs(" ;;\n", out);
    }
}

static void write_options(const struct pp_command_line *line, FILE *out) {
    fputs("    *)\n        if [[ $cur == -* ]]; then\n            case $command in\n", out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        fprintf(out, "            %s) list='", command->name ? command->name : "''");
        const char *before = "";
        for (const struct pp_option_row *option = line->options; option->name; option++)
            if (pp_usage_takes(command->usage, option)) {
                fprintf(out, "%s--%s", before, option->name);
                before = " ";
            }
        fputs("' ;;\n", out);
    }
    fputs("            esac\n        else\n            case $command in\n            '') list='", out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++)
        if (command->name)
            fprintf(out, "%s%s", command == line->commands + 1 ? "" : " ", command->name);
    fputs("' ;;\n", out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        if (!command->name || command->words_max == 0)
            continue;
        fprintf(out, "            %s) ", command->name);
        if (command->words_max < SIZE_MAX)
            fprintf(out, "((given >= %zu)) || ", command->words_max);
        fputs("{ ", out);
        put_words(command->words, out);
        fputs("; } ;;\n", out);
    }
    fputs("            esac\n        fi\n        ;;\n    esac\n", out);
}

void pp_complete_bash(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out) {
    fputs("# bash completion for pptest, written by `pptest completion bash`.\n\n", out);
    write_settings(tasks, out);
    fputs("_pptest() {\n", out);
    fputs(split, out);
    for (const char *at = find_command; *at; at++)
        if (at[0] == '%' && at[1] == 's') {
            put_takers(line, out);
            at++;
        } else
            putc(*at, out);
    write_arguments(line, out);
    write_options(line, out);
    fputs(offer, out);
    fputs("}\n\ncomplete -F _pptest pptest pptest-mpi\n", out);
}
