#include "app/app.h"
#include "app/say.h"

#include "manual/completion.h"

#include <string.h>

static void bash(const struct pp_command_line *line) { pp_complete_bash(line, pp_tasks(), stdout); }
static void zsh(const struct pp_command_line *line) { pp_complete_zsh(line, pp_tasks(), stdout); }
static void fish(const struct pp_command_line *line) { pp_complete_fish(line, pp_tasks(), stdout); }

static const struct {
    const char *name;
    void (*print)(const struct pp_command_line *line);
} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

enum { SHELLS = sizeof shells / sizeof *shells };

const char *pp_shell_name(size_t index) { return index < SHELLS ? shells[index].name : NULL; }

int pp_command_completion(const struct pp_options *options) {
    for (size_t i = 0; i < SHELLS; i++)
        if (strcmp(shells[i].name, options->words[0]) == 0)
            return pp_with_command_line(shells[i].print);
    pp_say(stderr,
           "error: pptest: there are no completions for the shell \"%s\"; there are some for bash, zsh and fish",
           options->words[0]);
    return PP_EXIT_WRONG;
}
