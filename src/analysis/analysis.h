/* From what was measured to what it means: the one entrance of this room. Pure: nothing is read but the result. */
#ifndef PP_ANALYSIS_ANALYSIS_H
#define PP_ANALYSIS_ANALYSIS_H

#include <stdint.h>

struct pp_arena;
struct pp_result;

/* Fills everything of the result that follows from its passes, its machine and its histograms: summaries, limiters,
 * models, verdict, warnings (added to those that are there). Task times of a case that has buckets and no histogram,
 * because it was read, stay as they are. `seed` makes the bootstrap repeatable. What is made lives in `arena`. Returns
 * 0 or -ENOMEM. */
int pp_analysis_run(struct pp_result *result, uint64_t seed, struct pp_arena *arena);

#endif
