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

bool pp_command_takes(const struct pp_command_line *line, const struct pp_command_row *command,
                      const struct pp_option_row *option) {
    if (names(command->usage, option->name))
        return true;
    for (const struct pp_command_row *other = line->commands; other->usage; other++)
        if (names(other->usage, option->name))
            return false;
    return true;
}
