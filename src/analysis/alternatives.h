/* What one might want instead of the recommended case. Pure. */
#ifndef PP_ANALYSIS_ALTERNATIVES_H
#define PP_ANALYSIS_ALTERNATIVES_H

#include "result/result.h"

struct pp_arena;
struct pp_textbuf;

/* What was decided, and among what. */
struct pp_decision {
    struct pp_result *result;
    const struct pp_case_result *const *list; /* the cases to choose from, the cheapest first */
    size_t count;
    const struct pp_case_result *chosen, *best; /* of these */
    const struct pp_case_series *series;        /* of the chosen one */
    unsigned varying;                           /* in what the result's cases differ (result/dimension.h) */
};

/* Fills the verdict's alternatives, each where it is not the chosen case itself: the fastest, the cheapest in CPU
 * seconds, as many workers as fit into memory; and for everything in which cases differ the fastest with each other
 * value, beginning with the library's own number of threads. Returns 0 or -ENOMEM. */
int pp_verdict_alternatives(const struct pp_decision *decision, struct pp_arena *arena);

/* The one with that value, such as "library threads" and "default"; NULL: there is none. */
const struct pp_alternative *pp_verdict_alternative(const struct pp_verdict *verdict, const char *kind,
                                                    const char *value);

/* How far it is from the chosen case, and whether that may be chance: "12.3 % slower", "1.2 % faster, not
 * distinguishable". It was measured. */
void pp_alternative_say(const struct pp_alternative *alternative, struct pp_textbuf *text);

#endif
