#include "manual/command_line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "--output" is in "[--output DIR]", and not in "--output-format". */
static bool names(const char *usage, const char *option) {
    char dashed[64];
    size_t length = (size_t)snprintf(dashed, sizeof dashed, "--%s", option);
    for (const char *at = strstr(usage, dashed); at; at = strstr(at + 1, dashed))
        if (!isalnum((unsigned char)at[length]) && at[length] != '-')
            return true;
    return false;
}

bool pp_usage_takes(const char *usage, const struct pp_option_row *option) {
    return option->everywhere || names(usage, option->name);
}

const struct pp_words *pp_own_words(const struct pp_command_row *command, const struct pp_option_row *option) {
    for (const struct pp_option_words *own = command->own; own && own->option; own++)
        if (strcmp(own->option, option->name) == 0)
            return own->words;
    return NULL;
}
