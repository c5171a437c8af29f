/* What `--format trace` asks for, beside a file. */
#ifndef PP_APP_TRACED_H
#define PP_APP_TRACED_H

#include "app/options.h"
#include "app/remarks.h"
#include "runner/runner.h"
#include "runner/tracing.h"

/* Is a trace asked for that the config's cases cannot have? Returns 0, or -errno with the error printed. */
int pp_traced_check(const struct pp_options *options, const struct pp_config *config);

/* Makes the runner, which is open, record a trace in `tracing` where one is asked for; else `tracing` stays as it is.
 * Returns 0, or -errno with words. Close it with pp_tracing_close when the runner has been closed. */
int pp_traced_open(const struct pp_options *options, struct pp_runner *runner, struct pp_tracing *tracing,
                   struct pp_error *error);

/* What will be missing in it; and, after the run, what nobody could know before. `tracing` may be NULL. */
void pp_traced_remark(const struct pp_tracing *tracing, struct pp_remarks *remarks);
void pp_traced_say_missing(const struct pp_tracing *tracing, FILE *out);

#endif
