/* What is said on standard error while a run goes on. */
#ifndef PP_APP_LIVE_H
#define PP_APP_LIVE_H

#include <stdbool.h>
#include <stddef.h>

struct pp_case;
struct pp_pass;
struct pp_sample;

/* Of one config's run. */
struct pp_live {
    bool quiet; /* failures alone are told */
    bool too_short_said;
};

/* A pass has ended, as struct pp_runner_events says. */
void pp_live_pass(struct pp_live *live, const struct pp_case *plan, const struct pp_pass *pass,
                  const struct pp_sample *sample, size_t done, size_t all);

#endif
