/* Why a number of workers is not that many times as fast. Pure. */
#ifndef PP_ANALYSIS_LIMITER_H
#define PP_ANALYSIS_LIMITER_H

#include "result/words.h"

#include <stddef.h>

struct pp_result;
struct pp_case_result;

/* What the workers of a case spent, beyond what the same work costs in the reference case (analysis/series.h). In
 * seconds summed over the workers, each >= 0. Their sum is about workers x total - what the reference needs. */
struct pp_loss {
    double cpu;      /* more CPU time inside tasks */
    double runnable; /* ready, without a CPU */
    double blocked;  /* longer waits inside tasks */
    double verify;   /* longer verification */
    double transfer, waiting, tail;
    double startup; /* workers started and ended */
    double other;
};

/* The losses of a case; all NaN when the parts of its time, or the reference's, are not known. */
struct pp_loss pp_loss_of(const struct pp_case_result *each, const struct pp_case_result *reference);

/* Names the limiter of every case: the largest loss, when all losses together are more than a tenth of the workers'
 * time. Summaries must have been made. */
void pp_analysis_limiters(struct pp_result *result);

#endif
