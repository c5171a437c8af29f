/* Series: cases that differ in their number of workers alone. A sequential case is in each series with its library
 * threads. What more workers bring is asked within one series, never across. Pure. */
#ifndef PP_ANALYSIS_SERIES_H
#define PP_ANALYSIS_SERIES_H

#include <stdbool.h>

struct pp_arena;
struct pp_case_result;
struct pp_result;

/* Whether it did all its work; and in a time that is one, because what a file holds may be none. */
bool pp_case_usable(const struct pp_case_result *each);

/* Threads that tasks keep busy at once: the workers, or the one thread of an event loop, times the threads of the
 * task's library; at least 1. */
double pp_case_threads(const struct pp_case_result *each);

/* The case that others of its series are held against: the one with the fewest workers that did all its work; NULL when
 * there is none. */
const struct pp_case_result *pp_reference_case(const struct pp_result *result, const struct pp_case_result *each);

/* Of the series of `kind` the usable case with the next larger number of workers than `each`; NULL: there is none. */
const struct pp_case_result *pp_next_case(const struct pp_result *result, const struct pp_case_result *kind,
                                          const struct pp_case_result *each);

/* Fills result->series: what belongs together, how many workers to use of each, and what stops more. Limiters must have
 * been named. The lists live in `arena`. Returns 0 or -ENOMEM. */
int pp_analysis_series(struct pp_result *result, struct pp_arena *arena);

#endif
