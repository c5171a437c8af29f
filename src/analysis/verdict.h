/* How many workers to run, how sure that is, and why not more. Pure. */
#ifndef PP_ANALYSIS_VERDICT_H
#define PP_ANALYSIS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

struct pp_arena;
struct pp_result;

/* Fills result->verdict from the summaries and limiters: the fewest workers that are nearly as fast as the fastest
 * (stats/choice.h). Only worker counts that were measured, and did all their work,
 * are ever recommended. `seed` makes the bootstrap repeatable. Returns 0 or -ENOMEM. */
int pp_analysis_verdict(struct pp_result *result, uint64_t seed, struct pp_arena *arena);

#endif
