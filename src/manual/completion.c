#include "manual/completion.h"

#include <string.h>

static void quote(FILE *out, const char *text, const char *escaped) {
    putc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs(escaped, out);
        else
            putc(*text, out);
    putc('\'', out);
}

void pp_quote_sh(FILE *out, const char *text) { quote(out, text, "'\\''"); }
void pp_quote_fish(FILE *out, const char *text) { quote(out, text, "\\'"); }

struct values {
    pp_value_writer put;
    FILE *out;
    size_t count;
};

static void add(struct values *values, const char *json, const char *about) {
    values->count++;
    if (values->put)
        values->put(values->out, json, about);
}

static void add_string(struct values *values, const char *word, const char *about) {
    char json[128];
    snprintf(json, sizeof json, "\"%s\"", word);
    add(values, json, about);
}

size_t pp_setting_values(const struct pp_field *key, const struct pp_task *const *tasks, pp_value_writer put,
                         FILE *out) {
    struct values values = {.put = put, .out = out};
    for (size_t i = 0; strcmp(key->name, "task") == 0 && tasks[i]; i++)
        add_string(&values, tasks[i]->name, tasks[i]->summary);
    for (size_t i = 0; key->choices && key->choices[i]; i++)
        add_string(&values, key->choices[i], "");
    if (key->type == PP_BOOL) {
        add(&values, "true", "");
        add(&values, "false", "");
    }
    if (key->flags & PP_FIELD_AUTO)
        add_string(&values, "auto", "");
    if (key->flags & PP_FIELD_NULL)
        add(&values, "null", "");
    return values.count;
}

void pp_option_pattern(const struct pp_option_row *option, FILE *out) {
    fprintf(out, "-%c | --%s", option->letter, option->name);
}

void pp_completion_words(const struct pp_command_line *line, pp_words_writer write, FILE *out) {
    for (const struct pp_option_row *option = line->options; option->name; option++)
        if (option->words)
            write("option", option->name, option->words, out);
    for (const struct pp_command_row *command = line->commands; command->usage; command++) {
        if (command->name && command->words && command->words_max > 0)
            write("words", command->name, command->words, out);
        for (const struct pp_option_words *own = command->own; own && own->option; own++)
            write(command->name, own->option, own->words, out);
    }
}
