/* The runs of all configs of a command line: what they share, and the table that ends more than one. */
#ifndef PP_APP_RUNS_H
#define PP_APP_RUNS_H

#include "app/options.h"
#include "report/overview.h"
#include "schema/config.h"

#include <stdbool.h>
#include <stdio.h>

struct pp_runs {
    struct pp_overview_row *rows; /* owned; one for each config */
    size_t count;
    FILE *tables; /* NULL: nowhere */
    bool printed; /* a result is on standard output */
};

/* `configs` outlive it. Returns 0, or -ENOMEM with the error printed; close it in both cases. */
int pp_runs_open(struct pp_runs *runs, const struct pp_options *options, struct pp_config *const *configs,
                 size_t count);
/* The table of those that ended; nothing for one config. */
void pp_runs_print(const struct pp_runs *runs);
void pp_runs_close(struct pp_runs *runs);

#endif
