/* Result files that were written before. */
#ifndef PP_RESULT_LOAD_H
#define PP_RESULT_LOAD_H

#include "base/problems.h"

struct pp_arena;
struct pp_result;

/* Reads the JSON result at `path`: what was measured, described and warned of; what was calculated from it may be
 * calculated again (analysis/analysis.h). Everything lives in `arena`. Returns 0; -EINVAL with everything that is wrong
 * listed: a file that is missing, cut short, not JSON (place LINE:COLUMN), not a result of this program or of another
 * version of the format, or wrong in its members (place a JSON pointer); -ENOMEM. */
int pp_result_load(const char *path, struct pp_arena *arena, struct pp_problems *problems, struct pp_result *result);

/* The same with the config, which lives in no arena: give it back with json_decref(result->config), NULL included. */
int pp_result_load_whole(const char *path, struct pp_arena *arena, struct pp_problems *problems,
                         struct pp_result *result);

#endif
