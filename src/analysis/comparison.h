/* Two results of the same work: did it change? Pure. */
#ifndef PP_ANALYSIS_COMPARISON_H
#define PP_ANALYSIS_COMPARISON_H

#include "pptest/error.h"
#include "result/comparison.h"

struct pp_arena;
struct pp_result;

/* Did both do the same tasks? When not, `error` says in what they differ. */
bool pp_is_same_work(const struct pp_result *base, const struct pp_result *fresh, struct pp_error *error);

/* Compares the totals of the cases that both results have. Both have been analysed. Lists live in `arena`. Returns 0;
 * -EINVAL with words when comparing says nothing, because it is not the same work or no case is in both; or -ENOMEM. */
int pp_compare(const struct pp_result *base, const struct pp_result *fresh, double min_effect, struct pp_arena *arena,
               struct pp_comparison *comparison, struct pp_error *error);

#endif
