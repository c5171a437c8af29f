/* Which curve the throughput of the worker counts follows. Pure. */
#ifndef PP_ANALYSIS_MODELS_H
#define PP_ANALYSIS_MODELS_H

struct pp_arena;
struct pp_result;

/* Fits the models of stats/scaling.h to the median throughput of the cases of each series with one worker or more that
 * did all their work. Fills result->models and the remarks of result->series, which must be there. Returns 0 or
 * -ENOMEM. */
int pp_analysis_models(struct pp_result *result, struct pp_arena *arena);

#endif
