/* Which of several candidates to choose: the cheapest one that is nearly as good as the best, and how sure that is.
 * Pure, and equal for equal seeds.
 *
 * Candidates (worker counts) are called cases here and stand in ascending order of cost. Each was measured once per
 * round, so that values of one round share what was going on then. */
#ifndef PP_STATS_CHOICE_H
#define PP_STATS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PP_CHOICE_LEAST = 6 }; /* passes of each case; fewer cannot carry a 95 % interval of a median (stats/order.h) */

#define PP_CHOICE_WITHIN 0.05 /* a loss of throughput too small to pay for: the customary 5 % */

struct pp_choice_input {
    const double *totals_s; /* totals_s[case * rounds + round]; a pass that is no positive finite number is missing */
    size_t cases, rounds;
    double within; /* 0 <= within < 1, usually PP_CHOICE_WITHIN */
    uint64_t seed;
    size_t resamples; /* usually PP_BOOTSTRAP_RESAMPLES (stats/bootstrap.h); 0: the choice alone, without an interval */
    const bool *peers; /* the cases that the interval is about, the chosen one among them; NULL: all */
};

/* Cases by their index. */
struct pp_choice {
    size_t best;      /* smallest median total, hence largest throughput; the cheapest of equals */
    size_t chosen;    /* the cheapest whose throughput is at least (1 - within) of the best one's */
    bool known;       /* every case that was measured has PP_CHOICE_LEAST passes; otherwise what follows is 0 */
    size_t low, high; /* 95 % interval of the choice, if it is one of the peers: low <= chosen <= high, all peers */
    double share;     /* of the resamples that came to the same choice */
};

/* Bytes of scratch that pp_choose needs, aligned as for any type (malloc's are). */
size_t pp_choice_scratch(size_t cases, size_t rounds);

/* Chooses, and bootstraps the choice: rounds are drawn with replacement, the same ones for all cases, medians are taken
 * and the whole choice is repeated (the percentile bootstrap: Efron 1979, "Bootstrap Methods: Another Look at the
 * Jackknife").
 *
 * The luckiest of several medians looks better than it is, so what is compared with it is refused too easily and the
 * choice comes out too costly, within the resamples once more. That is safe at the upper end: `high` is the 97.5 %
 * quantile of the repeated choices. For the lower end each cheaper case is tested instead: it stays possible unless its
 * distance to the best is more than, in 97.5 % of the resamples, chance would show if the case were just good enough
 * and all others equally good. That is comparison with the best (Hsu 1984, "Constrained Simultaneous Confidence
 * Intervals for Multiple Comparisons with the Best") by White's (2000) "Reality Check for Data Snooping". `low` is the
 * cheapest case that is possible or that is the 2.5 % quantile of the repeated choices.
 *
 * 0, or -ENODATA when no case has a pass. Time grows with cases x rounds x resamples. */
int pp_choose(const struct pp_choice_input *input, void *scratch, struct pp_choice *choice);

#endif
