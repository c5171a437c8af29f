/* What came of comparing two results of the same work. */
#ifndef PP_RESULT_COMPARISON_H
#define PP_RESULT_COMPARISON_H

#include "stats/change.h"

#include <stddef.h>

/* One case that both results have. */
struct pp_case_change {
    const char *name;
    size_t base_passes, new_passes; /* that count */
    double base_s, new_s;           /* medians of the total */
    struct pp_change change;        /* its p values adjusted for the number of cases */
};

struct pp_comparison {
    const char *task, *base_label, *new_label;
    double min_effect; /* smallest change that matters, relative */
    size_t case_count;
    struct pp_case_change *cases;
    enum pp_change_verdict answer;
    size_t passes_needed;               /* on each side, for any answer */
    size_t only_base, only_new;         /* cases that the other result lacks, or that did not do all their work */
    unsigned base_workers, new_workers; /* of the verdicts */
    const char *base_name, *new_name;   /* of the cases that the verdicts recommend; NULL: there is none */
    bool workers_known;                 /* both results have a verdict */
    bool same_kind;                     /* the two differ in nothing but their number of workers */
    bool workers_sure;                  /* and both verdicts have an interval of that */
    bool workers_moved;                 /* neither verdict lies in the other's interval, and both have one */
};

#endif
