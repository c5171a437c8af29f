/* Several results in one table: the best number of workers for each kind of work. Pure. */
#ifndef PP_REPORT_OVERVIEW_H
#define PP_REPORT_OVERVIEW_H

#include "report/terminal.h"
#include "result/result.h"

#include <stdio.h>

/* How a config's run ended. */
enum pp_overview_end {
    PP_OVERVIEW_NOT_RUN,
    PP_OVERVIEW_STOPPED, /* by a signal */
    PP_OVERVIEW_FAILED,  /* without a result */
    PP_OVERVIEW_ENDED    /* with a result, whatever it says */
};

/* What one config came to, to be kept when its result is gone. */
struct pp_overview_row {
    const char *path; /* of the config; not owned, it outlives the row */
    enum pp_overview_end end;
    char work[640]; /* task and details */
    bool known;     /* there is a verdict; otherwise `reason` says why not */
    unsigned workers;
    struct pp_interval interval; /* in workers, 95 % */
    char who[64];                /* executor, and what else the case differs in from others */
    double speedup;              /* against the sequential case; NaN: not known */
    double tasks_per_second;
    char limiter[64];
    char reason[320];
};

/* Fills a row, but for its path, from a complete result. */
void pp_overview_note(struct pp_overview_row *row, const struct pp_result *result);

/* The table of all that ended, as pp_table_write lays it out; why any has no verdict; then what holds for most of them,
 * and how many have not ended. Writes nothing where none has. Returns 0, or -ENOMEM with nothing written. */
int pp_overview_write(const struct pp_overview_row *rows, size_t count, const struct pp_terminal *terminal, FILE *out);

#endif
