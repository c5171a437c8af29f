#include "app/app.h"
#include "app/say.h"

#include "manual/pages.h"

#include <string.h>

static void commands(const struct pp_command_line *line) { pp_manual_commands(line, stdout); }
static void config(const struct pp_command_line *line) { pp_manual_config(line, pp_tasks(), stdout); }

static const struct {
    const char *section;
    void (*print)(const struct pp_command_line *line);
} pages[] = {{"1", commands}, {"5", config}};

enum { PAGES = sizeof pages / sizeof *pages };

const char *pp_manual_name(size_t index) { return index < PAGES ? pages[index].section : NULL; }

int pp_command_manual(const struct pp_options *options) {
    const char *section = options->word_count > 0 ? options->words[0] : pages[0].section;
    for (size_t i = 0; i < PAGES; i++)
        if (strcmp(pages[i].section, section) == 0)
            return pp_with_command_line(pages[i].print);
    pp_say(stderr, "error: pptest: there is no manual page \"%s\"; there are 1, of the commands, and 5, of the config",
           section);
    return PP_EXIT_WRONG;
}
