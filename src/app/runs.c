#include "app/runs.h"

#include "app/outputs.h"
#include "app/say.h"
#include "app/tty.h"

#include <errno.h>
#include <stdlib.h>

int pp_runs_open(struct pp_runs *runs, const struct pp_options *options, struct pp_config *const *configs,
                 size_t count) {
    *runs = (struct pp_runs){.tables = pp_outputs_tables(options)};
    runs->rows = calloc(count + 1, sizeof *runs->rows);
    if (!runs->rows) {
        pp_say(stderr, "error: there is not enough memory for the runs of the configs");
        return -ENOMEM;
    }
    runs->count = count;
    for (size_t i = 0; i < count; i++)
        runs->rows[i].path = configs[i]->path;
    return 0;
}

static bool any_ended(const struct pp_runs *runs) {
    for (size_t i = 0; i < runs->count; i++)
        if (runs->rows[i].end == PP_OVERVIEW_ENDED)
            return true;
    return false;
}

void pp_runs_print(const struct pp_runs *runs) {
    if (runs->count < 2 || !runs->tables || !any_ended(runs))
        return;
    fputc('\n', runs->tables);
    const struct pp_terminal terminal = pp_tty_at(fileno(runs->tables));
    if (pp_overview_write(runs->rows, runs->count, &terminal, runs->tables) != 0)
        pp_say(stderr, "error: there is not enough memory for the table of all configs");
}

void pp_runs_close(struct pp_runs *runs) { free(runs->rows); }
