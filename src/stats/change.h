/* Did it change? Pass times of the same case from two results, base and new, and an answer that can be trusted. Pure.
 *
 * The question is asked about the ratio new / base of the typical times, against the smallest effect that matters
 * (`min_effect`; 0.01: 1 %):
 *   regressed       the data show that the ratio is above 1 + min_effect
 *   no regression   the data show that the ratio is below 1 + min_effect
 *   cannot tell     they show neither: too few passes, or too much noise for so small an effect
 * Both sides have to be shown: "no difference found" is not "no difference" (Altman, Bland 1995; the scheme is that of
 * non-inferiority tests, Wellek 2010, "Testing Statistical Hypotheses of Equivalence and Noninferiority"). For one case
 * this is the same as looking where the 95 % interval of the change lies: above min_effect, below it, or around it.
 *
 * Tests are Mann-Whitney's of `new` against `base` × (1 + min_effect): they hold for any distribution, two humps and
 * outliers included. They take passes as independent, so drift of the machine between two results looks like a change.
 */
#ifndef PP_STATS_CHANGE_H
#define PP_STATS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/interval.h"

/* Level of the two-sided p values below, shared by all cases compared: at most one comparison of equal things in twenty
 * is called a change. */
#define PP_CHANGE_ALPHA 0.05

enum pp_change_verdict { PP_CHANGE_NONE, PP_CHANGE_REGRESSED, PP_CHANGE_UNKNOWN };

/* Times of passes, each finite and > 0, in one unit; both counts >= 1. */
struct pp_change_samples {
    const double *base, *new;
    size_t base_count, new_count;
};

struct pp_change {
    double change;               /* of the time, as a part of base: 0.1 is 10 % slower */
    struct pp_interval interval; /* 95 %, of `change`; unknown with too few passes */
    double p_above;              /* p value: a ratio above 1 + min_effect is chance alone */
    double p_below;              /* p value: a ratio below 1 + min_effect is chance alone */
    double p_improved;           /* p value: a ratio below 1 / (1 + min_effect) is chance alone */
    double smallest_p;           /* that so many passes can give, whatever they measure */
    bool too_few;                /* smallest_p is too large for so many cases: the verdict had to be "cannot tell" */
    bool improved;               /* and by more than min_effect */
    enum pp_change_verdict verdict;
};

/* Doubles of scratch for pp_change_measure. */
size_t pp_change_scratch(size_t base_count, size_t new_count);

/* Fills everything but too_few, improved and verdict, which depend on the other cases. p values are those of one-sided
 * tests, doubled: the two outer questions about a case share PP_CHANGE_ALPHA. The change is the median of all ratios
 * new / base, less 1 (Hodges, Lehmann 1963, on logarithms), its interval the one of Moses (Hollander, Wolfe 1999,
 * section 4.3). min_effect: >= 0. Returns 0, or -EINVAL for a time that is not finite and > 0, or an empty sample. */
int pp_change_measure(const struct pp_change_samples *samples, double min_effect, double *scratch,
                      struct pp_change *change);

/* Decides each of `count` measured cases, and returns the answer for all: regressed if any has; cannot tell if any
 * other cannot be told, or there are none; otherwise no regression. p_above and p_improved are replaced by values
 * adjusted for the number of cases (Holm 1979); p_below is not, because "no regression" needs every one of the cases to
 * agree (intersection-union test, Berger 1982). Scratch: `count` doubles and `count` numbers. */
enum pp_change_verdict pp_change_judge(struct pp_change *changes, size_t count, double *scratch, size_t *order);

/* Passes that both results need at least, for any answer but "cannot tell" with that many cases (>= 1): 4 for one case,
 * 6 for up to 23. */
size_t pp_change_passes_needed(size_t cases);

#endif
