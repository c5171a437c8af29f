/* Config files: JSON in, a checked pp_config with every default filled in out. */
#ifndef PP_CONFIG_LOAD_H
#define PP_CONFIG_LOAD_H

#include <stddef.h>

#include "base/problems.h"

struct pp_config;

/* Loads the config file at `path`. Each of the strings KEY=JSON in `sets` (ended by NULL; NULL for none) replaces a
 * whole key of the file before anything is checked; of two for one key the last one counts.
 *
 * Returns 0 with a new config in *config; -EINVAL with everything that is wrong added to `problems`: the file itself,
 * its syntax (place LINE:COLUMN; nothing else is looked at then but `sets`), or all that it means (place a JSON
 * pointer, or "--set KEY"); -ENOMEM. *config is unchanged unless it returns 0. */
int pp_config_load(const char *path, const char *const *sets, struct pp_config **config, struct pp_problems *problems);

/* The same for a file's `length` bytes at `text`, which need no NUL at their end; `path` is its name. */
int pp_config_load_text(const char *text, size_t length, const char *path, const char *const *sets,
                        struct pp_config **config, struct pp_problems *problems);

/* Replaces `"workers": "auto"` (an empty list in pp_config) by 0, the powers of two up to `cpus`, `cpus` itself, one
 * past it and twice it, so that scaling and its end are seen. For a task that waits (PP_TASK_WAITS) the powers go on up
 * to 16 x `cpus`, at most 1024, and that number is the last: CPUs do not limit it. Does nothing when the config lists
 * its worker counts. `cpus`: those usable, 0 counts as 1; for a task that waits those of the affinity mask, as a quota
 * bounds CPU seconds and not how many wait. Returns 0 or -ENOMEM. */
int pp_config_expand_workers(struct pp_config *config, unsigned cpus);

/* JSON on one line, in UTF-8, with every key resolved and the arguments that were given as an array: loading it again
 * under the same path makes an equal config. The caller frees it. NULL when there is no memory. */
char *pp_config_dump(const struct pp_config *config);

/* `config` may be NULL. */
void pp_config_free(struct pp_config *config);

#endif
