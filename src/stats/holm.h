/* Several tests at once: with twenty of them one is "significant" at 5 % by chance alone. Pure. */
#ifndef PP_STATS_HOLM_H
#define PP_STATS_HOLM_H

#include <stddef.h>

/* Replaces `count` p values, each in [0, 1], by adjusted ones: those at or below a level stay below it with no more
 * than that probability of a single false finding among all, whatever the tests have in common. `order`: scratch for
 * `count` numbers. Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure". */
void pp_holm(double *p, size_t count, size_t *order);

#endif
