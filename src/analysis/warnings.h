/* What whoever reads the numbers should know before believing them. Pure. */
#ifndef PP_ANALYSIS_WARNINGS_H
#define PP_ANALYSIS_WARNINGS_H

struct pp_arena;
struct pp_result;

/* Adds to result->warnings: spread that is too large, tasks and passes that are too short, passes that were disturbed,
 * failures, time that is not accounted for. Returns 0 or -ENOMEM. */
int pp_analysis_warnings(struct pp_result *result, struct pp_arena *arena);

#endif
