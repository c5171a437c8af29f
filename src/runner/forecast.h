/* How far a run is: what each case has come to so far, and how long the rest may take. Pure: it is told what time was
 * spent. */
#ifndef PP_RUNNER_FORECAST_H
#define PP_RUNNER_FORECAST_H

#include "result/result.h"
#include "schema/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Figures are those of so many last rounds: what they cost stays bounded, however long a run is. */
enum { PP_FORECAST_ROUNDS = 1024 };

struct pp_forecast_case {
    size_t done;      /* passes, warm-ups included, those that are repeated not */
    double spent_s;   /* in all of them, repeated ones and what surrounds a pass included */
    double warm_s;    /* total time of the last pass to warm up; NaN: none */
    uint64_t rounds;  /* one more than the last that was counted has; 0: none was */
    double *totals_s; /* owned: of a pass that counts at round % PP_FORECAST_ROUNDS; NaN: that round has none */
    size_t room;      /* at totals_s, a power of two up to PP_FORECAST_ROUNDS */
    bool failed;      /* some tasks did: its times are not those of all the work */
    double guessed_s; /* a pass, from what the task says it costs; 0: it says nothing */
};

struct pp_forecast {
    const struct pp_config *config;
    const struct pp_result *result;
    double warming_s;               /* what passes that warm up have taken, which no time is set for */
    struct pp_forecast_case *cases; /* owned: as many as the result has */
};

struct pp_forecast_left {
    double seconds; /* NaN: nothing is known yet */
    bool rough;     /* some cases have not been run yet: what they take is estimated */
    bool at_most;   /* the precision decides when it is enough */
};

/* `cases` is the plan, `result` has been described by the runner; both, and `config`, outlive it. Returns 0 or -ENOMEM;
 * close it in both cases. */
int pp_forecast_open(struct pp_forecast *forecast, const struct pp_config *config, const struct pp_case *cases,
                     const struct pp_result *result);
void pp_forecast_close(struct pp_forecast *forecast);

/* A pass of that case has ended, after so many seconds. Rounds come in order. What memory does not allow is left out.
 */
void pp_forecast_add(struct pp_forecast *forecast, size_t index, const struct pp_pass *pass, double spent_s);

/* Passes done so far. */
size_t pp_forecast_done(const struct pp_forecast *forecast);

/* How long the rest takes, when `elapsed_s` have gone since the first pass began and the next is about to: as long as
 * the passes of each case have taken so far, and the waits between them. A case that has not been run takes what its
 * task says, in the measure in which the others have kept to that. */
struct pp_forecast_left pp_forecast_left(const struct pp_forecast *forecast, double elapsed_s);

/* The longest pass that there is, of those that were run or that a task says something of; 0: nothing is known yet. */
double pp_forecast_longest_s(const struct pp_forecast *forecast);

/* Of a case so far, as the table at the end has them: tasks per second, by its median total time; and how many times as
 * fast as the base it is, by the median in pairs of the same round (stats/ratio.h). The base is the first sequential
 * case or, without any, the one of its kind with the fewest workers. Before anything counts it is the passes to warm up
 * that tell. NaN: not known yet, or tasks failed. */
double pp_forecast_rate(const struct pp_forecast *forecast, size_t index);
double pp_forecast_speedup(const struct pp_forecast *forecast, size_t index);

#endif
