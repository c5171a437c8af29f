/* Where the results of runs go: files in a folder, or with `--output -` one document on standard output. */
#ifndef PP_APP_OUTPUTS_H
#define PP_APP_OUTPUTS_H

#include "app/options.h"
#include "report/store.h"
#include "schema/config.h"

#include <stdbool.h>
#include <stdio.h>

bool pp_output_is_stdout(const struct pp_options *options);

/* Are the formats known, and can they go where they are to go? Returns 0, or -EINVAL with the error printed. */
int pp_outputs_check_formats(const struct pp_options *options);

/* Would the results of all these find a place? Nothing is left behind. Returns the program's exit status, with errors
 * printed: PP_EXIT_DONE for yes. */
int pp_outputs_check(const struct pp_options *options, const struct pp_config *const *configs, long count);

/* Opens the store of one config's results; `is_first`: of the configs. Returns 0 or -errno, as pp_store_open does. */
int pp_outputs_open(const struct pp_options *options, const struct pp_config *config, bool is_first,
                    struct pp_store *store, struct pp_error *error);

/* Where tables for people go: beside results on standard output they go to standard error, or with --quiet nowhere
 * (NULL). */
FILE *pp_outputs_tables(const struct pp_options *options);

/* Whether nothing that is printed as a result arrives any more: standard output is full, or its reader has gone. */
bool pp_outputs_lost(const struct pp_options *options);

#endif
