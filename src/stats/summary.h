/* Summaries of repeated measurements. Pure. */
#ifndef PP_STATS_SUMMARY_H
#define PP_STATS_SUMMARY_H

#include <stddef.h>

/* Values in any unit, {0} for none. */
struct pp_summary {
    size_t count;
    double mean, min, max;
};

/* Takes in one more value. The mean is kept running, without a large sum in which small values would vanish. */
void pp_summary_add(struct pp_summary *summary, double value);

#endif
