/* What is said on standard error while a run goes on: on a terminal one line that is written over, elsewhere a line for
 * each pass. All of it between passes, in the main thread, where no clock of a pass runs. */
#ifndef PP_APP_LIVE_H
#define PP_APP_LIVE_H

#include "base/reasons.h"
#include "report/live_line.h"
#include "runner/forecast.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_runner;
struct pp_sample;

enum { PP_LIVE_PER_SECOND = 10 };

/* Of one config's run. */
struct pp_live {
    bool quiet; /* failures alone are told */
    bool too_short_said;
    bool redraws; /* there is a line, not lines */
    bool shown;   /* it can be seen now */
    struct pp_terminal terminal;
    const struct pp_runner *runner;
    struct pp_forecast forecast;
    struct pp_live_state state;
    struct pp_reasons *said;               /* owned: of each case, why tasks failed so far; NULL: no memory */
    char work[1024], over[32];             /* what state points to */
    size_t last;                           /* case of the last pass that ended */
    uint64_t started_ns, begun_ns;         /* 0: nothing has */
    uint64_t drawn_ns[PP_LIVE_PER_SECOND]; /* the last times, the oldest at `next` */
    size_t next;
};

/* Begins to follow a runner that has been opened, for the `config`-th of `configs` from 1; nothing is drawn yet. What
 * memory does not allow is left out. Close it. */
void pp_live_open(struct pp_live *live, const struct pp_runner *runner, bool quiet, size_t config, size_t configs);
void pp_live_close(struct pp_live *live);

/* The runner's events (struct pp_runner_events). */
void pp_live_begin(struct pp_live *live, const struct pp_case *plan, size_t position);
void pp_live_pass(struct pp_live *live, const struct pp_case *plan, const struct pp_pass *pass,
                  const struct pp_sample *sample, size_t done, size_t all);

/* Takes the line away, with what keys have echoed on it: before anything else is written, and at the end. */
void pp_live_erase(struct pp_live *live);

#endif
