/* The plan: a config as an ordered list of cases. Pure. */
#ifndef PP_PLAN_PLAN_H
#define PP_PLAN_PLAN_H

#include "schema/config.h"

#include <stdbool.h>

/* One way of doing the config's work. */
struct pp_case {
    char name[96];            /* "sequential", "thread_2", "parallel_2 chunk_size=5": unique in a plan */
    const char *executor;     /* one of pp_executor_names, or "sequential" for 0 workers */
    unsigned workers;         /* 0: plain calls in the main process */
    uint64_t chunk_size;      /* tasks handed over at a time, 0: chosen by measurement */
    unsigned library_threads; /* 0: the library's own default */
    int start_method;         /* enum pp_start_method, of worker processes */
    struct pp_transfer transfer;
    int pin;     /* enum pp_pin */
    long runner; /* the one in the config's "runners" that it stems from, -1: there are none */
};

/* The cases of a config: for the keys at the top, or for one of its "runners" after the other, every combination of
 * executors, worker counts, chunk sizes and library threads, with the last changing fastest. Equal cases are there
 * once, so that one sequential case (for each number of library threads) serves all. Names say what differs:
 * "parallel_2" stands for process, and " chunk_size=5" and the like follow where there is more than one of those.
 * Writes no more than pp_plan_room(config) cases and returns how many. */
size_t pp_plan_cases(const struct pp_config *config, struct pp_case *cases);
size_t pp_plan_room(const struct pp_config *config);

/* The start methods of their worker processes, as a set: 1u << PP_START_FORK, … */
unsigned pp_plan_start_methods(const struct pp_case *cases, size_t count);

/* Does that executor compute on one CPU at most, however many workers it has? They are then in flight in one event
 * loop.
 */
bool pp_plan_uses_one_cpu(const char *executor);

/* Where in the config a key of this case stands, as a JSON pointer: "/executor", "/runners/2/executor". */
void pp_plan_place(const struct pp_case *plan, const char *key, char *text, size_t size);

/* The arguments in words for the CSV's "Job details": those the config names, all where it names none; cut to fit. */
void pp_plan_details(const struct pp_config *config, char *text, size_t size);

/* Rounds (a pass of each case) that count: the config's iterations; 0 where its precision decides while it runs. */
size_t pp_plan_rounds(const struct pp_config *config);

/* With a precision, so many rounds there are at least, unless time runs out: for fewer there is no interval of a median
 * (stats/summary.h). */
enum { PP_PLAN_ROUNDS_MIN = 6 };

/* Passes in all, without those repeated because they were disturbed: (warm-ups + rounds) x cases; with a precision the
 * least number. */
size_t pp_plan_passes(const struct pp_config *config, size_t cases);

/* Roughly how many seconds the whole plan, or the least part of it with a precision, takes on a machine with `cpus`
 * usable CPUs, from what the tasks say they cost on one core: right within a factor of a few. */
double pp_plan_estimate_s(const struct pp_config *config, const struct pp_case *cases, size_t count, double cpus);

#endif
