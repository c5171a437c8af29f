#include "runner/rounds.h"

#include "base/clock.h"
#include "plan/plan.h"

#include <stdlib.h>

bool pp_rounds_time_is_up(const struct pp_runner *runner, double share) {
    return runner->config->precision > 0.0 &&
           pp_seconds(pp_clock_ns() - runner->counting_ns) > share * runner->config->max_time_s;
}

/* The 95 % interval of the median of a case's totals lies within the precision on either side. */
static bool is_narrow(const struct pp_runner *runner, const struct pp_series *series) {
    size_t count = 0;
    double *values = runner->scratch, *room = values + runner->scratch_room;
    for (size_t i = 0; i < series->count; i++)
        if (!series->passes[i].repeated)
            values[count++] = series->passes[i].total_s;
    struct pp_stats stats;
    pp_stats_of(values, count, room, &stats);
    return pp_stats_precise(&stats, runner->config->precision);
}

static bool reserve_scratch(struct pp_runner *runner) {
    size_t largest = 1;
    for (size_t i = 0; i < runner->result.case_count; i++)
        largest = runner->series[i].count > largest ? runner->series[i].count : largest;
    if (largest <= runner->scratch_room)
        return true;
    double *larger = realloc(runner->scratch, 2 * (2 * largest) * sizeof *larger);
    if (!larger)
        return false;
    runner->scratch = larger;
    runner->scratch_room = 2 * largest;
    return true;
}

static bool is_precise(struct pp_runner *runner) {
    if (!reserve_scratch(runner)) /* without memory to tell, more passes do no harm */
        return false;
    for (size_t i = 0; i < runner->result.case_count; i++)
        if (!is_narrow(runner, &runner->series[i]))
            return false;
    return true;
}

bool pp_rounds_enough(struct pp_runner *runner) {
    if (!pp_rounds_count(runner))
        return false;
    size_t rounds = pp_plan_rounds(runner->config);
    if (rounds > 0)
        return pp_rounds_counted(runner) >= rounds;
    return pp_rounds_counted(runner) > 0 && (pp_rounds_time_is_up(runner, 1.0) || is_precise(runner));
}
