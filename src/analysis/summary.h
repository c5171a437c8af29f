/* What the passes of each case come to. Pure. */
#ifndef PP_ANALYSIS_SUMMARY_H
#define PP_ANALYSIS_SUMMARY_H

struct pp_arena;
struct pp_result;

/* Fills the summaries of every case (spread, task times, cost, memory, breakdown, speed-up) from its counted passes and
 * its histogram. The lists that it makes live in `arena`. May be called again when there are more passes. Returns 0 or
 * -ENOMEM. */
int pp_analysis_summarise(struct pp_result *result, struct pp_arena *arena);

#endif
