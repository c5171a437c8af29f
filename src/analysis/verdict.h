/* How many workers to run, and which, how sure that is, and why not more. Pure. */
#ifndef PP_ANALYSIS_VERDICT_H
#define PP_ANALYSIS_VERDICT_H

#include <stddef.h>
#include <stdint.h>

struct pp_arena;
struct pp_result;

/* Fills result->verdict from summaries, limiters and series: of the cases that are nearly as fast as the fastest
 * (stats/choice.h) the one that keeps the fewest threads busy, then that with the fewest workers, then the least CPU
 * time. Only cases that were measured, and did all their work, are ever recommended. `seed` makes the bootstrap
 * repeatable. Returns 0 or -ENOMEM. */
int pp_analysis_verdict(struct pp_result *result, uint64_t seed, struct pp_arena *arena);

#endif
