/* What one might want instead of the recommended number of workers. Pure. */
#ifndef PP_ANALYSIS_ALTERNATIVES_H
#define PP_ANALYSIS_ALTERNATIVES_H

#include "result/result.h"

/* Fills the verdict's alternatives: the fastest, the cheapest in CPU seconds, and as many as fit into memory, each
 * where it is not the chosen one itself. `list` holds the `count` cases to choose from, those with few workers first.
 */
void pp_verdict_alternatives(struct pp_result *result, const struct pp_case_result *const *list, size_t count,
                             const struct pp_case_result *chosen, const struct pp_case_result *best);

#endif
