/* The plan: a config as an ordered list of cases. Pure. */
#ifndef PP_PLAN_PLAN_H
#define PP_PLAN_PLAN_H

#include <stddef.h>

struct pp_config;

/* One way of doing the config's work. */
struct pp_case {
    char name[32];            /* "sequential", "parallel_2": unique in a plan */
    unsigned workers;         /* 0: plain calls in the main process */
    unsigned long chunk_size; /* tasks handed over at a time, 0: chosen by measurement */
    unsigned library_threads; /* 0: the library's own default */
};

/* How many cases the config makes, and the cases themselves, in the order of its `workers`. */
size_t pp_plan_size(const struct pp_config *config);
void pp_plan_cases(const struct pp_config *config, struct pp_case *cases);

/* The arguments in words for the CSV's "Job details": those the config names, all where it names none; cut to fit. */
void pp_plan_details(const struct pp_config *config, char *text, size_t size);

/* Rounds (a pass of each case) that count: the config's iterations; 0 where its precision decides while it runs. */
size_t pp_plan_rounds(const struct pp_config *config);

/* With a precision, so many rounds there are at least, unless time runs out: for fewer there is no interval of a median
 * (stats/summary.h). */
enum { PP_PLAN_ROUNDS_MIN = 6 };

/* Passes in all, without those repeated because they were disturbed: (warm-ups + rounds) x cases; with a precision the
 * least number. */
size_t pp_plan_passes(const struct pp_config *config);

/* Roughly how many seconds the whole plan, or the least part of it with a precision, takes on a machine with `cpus`
 * usable CPUs, from what the tasks say they cost on one core: right within a factor of a few. */
double pp_plan_estimate_s(const struct pp_config *config, double cpus);

#endif
