#include "stats/summary.h"

void pp_summary_add(struct pp_summary *summary, double value) {
    summary->count++;
    summary->mean += (value - summary->mean) / (double)summary->count;
    if (summary->count == 1 || value < summary->min)
        summary->min = value;
    if (summary->count == 1 || value > summary->max)
        summary->max = value;
}
