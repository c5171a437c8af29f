#include "runner/forecast.h"

#include "result/dimension.h"
#include "stats/quantile.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* What a pass takes without the waits after it. */
static double guess(const struct pp_config *config, const struct pp_case *plan, double cpus) {
    double all_s = pp_plan_estimate_s(config, plan, 1, cpus) / (double)pp_plan_passes(config, 1);
    return fmax(all_s - config->wait_after_runner_s - config->wait_after_iteration_s, 0.0);
}

int pp_forecast_open(struct pp_forecast *forecast, const struct pp_config *config, const struct pp_case *cases,
                     const struct pp_result *result) {
    *forecast = (struct pp_forecast){.config = config, .result = result};
    forecast->cases = calloc(result->case_count, sizeof *forecast->cases);
    if (!forecast->cases)
        return -ENOMEM;
    for (size_t i = 0; i < result->case_count; i++)
        forecast->cases[i] = (struct pp_forecast_case){
            .guessed_s = guess(config, &cases[i], result->machine.cpus.usable), .warm_s = NAN};
    return 0;
}

void pp_forecast_close(struct pp_forecast *forecast) {
    for (size_t i = 0; forecast->cases && i < forecast->result->case_count; i++)
        free(forecast->cases[i].totals_s);
    free(forecast->cases);
    *forecast = (struct pp_forecast){0};
}

static bool reserve(struct pp_forecast_case *each, uint64_t round) {
    size_t room = each->room ? each->room : 8;
    while (room <= round && room < PP_FORECAST_ROUNDS)
        room *= 2;
    if (room == each->room)
        return true;
    double *larger = realloc(each->totals_s, room * sizeof *larger);
    if (!larger)
        return false;
    each->totals_s = larger;
    each->room = room;
    return true;
}

static double *total_at(const struct pp_forecast_case *each, uint64_t round) {
    return &each->totals_s[round % PP_FORECAST_ROUNDS];
}

static void add_total(struct pp_forecast_case *each, uint64_t round, double total_s) {
    if (round < each->rounds || !reserve(each, round))
        return;
    uint64_t from = round - each->rounds < PP_FORECAST_ROUNDS ? each->rounds : round - PP_FORECAST_ROUNDS;
    for (; from < round; from++)
        *total_at(each, from) = NAN;
    *total_at(each, round) = total_s;
    each->rounds = round + 1;
}

void pp_forecast_add(struct pp_forecast *forecast, size_t index, const struct pp_pass *pass, double spent_s) {
    struct pp_forecast_case *each = &forecast->cases[index];
    bool warms_up = each->done < (size_t)forecast->config->warmup;
    if (warms_up)
        forecast->warming_s += spent_s + forecast->config->wait_after_runner_s;
    each->spent_s += spent_s;
    each->failed |= pass->failed > 0;
    if (pass->repeated)
        return;
    each->done++;
    if (warms_up)
        each->warm_s = pass->total_s;
    else
        add_total(each, pass->round, pass->total_s);
}

size_t pp_forecast_done(const struct pp_forecast *forecast) {
    size_t done = 0;
    for (size_t i = 0; i < forecast->result->case_count; i++)
        done += forecast->cases[i].done;
    return done;
}

/* ---- the rest ---- */

/* What the cases that were run say about the others. */
struct yardstick {
    double per_guess; /* how many times what the task said they have taken; 0: none was, or it said nothing */
    double mean_s;    /* of a pass; NaN: none was run */
};

static double mean_spent_s(const struct pp_forecast_case *each) { return each->spent_s / (double)each->done; }

static struct yardstick yardstick_of(const struct pp_forecast *forecast) {
    double spent_s = 0.0, guessed_s = 0.0;
    size_t known = 0;
    for (size_t i = 0; i < forecast->result->case_count; i++) {
        const struct pp_forecast_case *each = &forecast->cases[i];
        if (each->done == 0)
            continue;
        spent_s += mean_spent_s(each);
        guessed_s += each->guessed_s;
        known++;
    }
    return (struct yardstick){guessed_s > 0.0 ? spent_s / guessed_s : 0.0, known ? spent_s / (double)known : NAN};
}

/* A pass of that case. */
static double pass_s(const struct pp_forecast_case *each, const struct yardstick *yardstick, bool *rough) {
    if (each->done)
        return mean_spent_s(each);
    *rough = true;
    if (each->guessed_s > 0.0 && (yardstick->per_guess > 0.0 || isnan(yardstick->mean_s)))
        return each->guessed_s * (yardstick->per_guess > 0.0 ? yardstick->per_guess : 1.0);
    return yardstick->mean_s;
}

static double waits_s(const struct pp_config *config, size_t rounds, size_t cases, size_t done) {
    size_t passes = rounds * cases - done, between = rounds - 1 - done / cases;
    return config->wait_after_runner_s * (double)(passes - 1) + config->wait_after_iteration_s * (double)between;
}

/* Rounds that count end when the time is over, and the last may begin just before. */
static struct pp_forecast_left at_most(const struct pp_forecast *forecast, double elapsed_s) {
    const struct pp_config *config = forecast->config;
    const struct yardstick yardstick = yardstick_of(forecast);
    double counting_s = fmax(elapsed_s - forecast->warming_s, 0.0);
    struct pp_forecast_left left = {.seconds = fmax(config->max_time_s - counting_s, 0.0), .at_most = true};
    for (size_t i = 0; i < forecast->result->case_count; i++) {
        const struct pp_forecast_case *each = &forecast->cases[i];
        size_t warmup = (size_t)config->warmup, passes = 1 + (warmup > each->done ? warmup - each->done : 0);
        left.seconds += (double)passes * (pass_s(each, &yardstick, &left.rough) + config->wait_after_runner_s);
    }
    return left;
}

struct pp_forecast_left pp_forecast_left(const struct pp_forecast *forecast, double elapsed_s) {
    const struct pp_config *config = forecast->config;
    if (pp_plan_rounds(config) == 0)
        return at_most(forecast, elapsed_s);
    struct pp_forecast_left left = {0};
    size_t cases = forecast->result->case_count, done = pp_forecast_done(forecast);
    size_t rounds = pp_plan_passes(config, 1);
    if (done >= rounds * cases)
        return left;
    const struct yardstick yardstick = yardstick_of(forecast);
    for (size_t i = 0; i < cases; i++)
        if (rounds > forecast->cases[i].done)
            left.seconds +=
                (double)(rounds - forecast->cases[i].done) * pass_s(&forecast->cases[i], &yardstick, &left.rough);
    left.seconds += waits_s(config, rounds, cases, done);
    return left;
}

double pp_forecast_longest_s(const struct pp_forecast *forecast) {
    const struct yardstick yardstick = yardstick_of(forecast);
    double longest_s = 0.0;
    bool rough;
    for (size_t i = 0; i < forecast->result->case_count; i++)
        longest_s = fmax(longest_s, pass_s(&forecast->cases[i], &yardstick, &rough));
    return longest_s;
}

/* ---- so far ---- */

/* Of the last rounds those that both have had. */
struct span {
    uint64_t from, to;
};

static struct span rounds_of(const struct pp_forecast_case *one, const struct pp_forecast_case *other) {
    uint64_t most = one->rounds > other->rounds ? one->rounds : other->rounds;
    uint64_t least = one->rounds < other->rounds ? one->rounds : other->rounds;
    return (struct span){most > PP_FORECAST_ROUNDS ? most - PP_FORECAST_ROUNDS : 0, least};
}

static double median_total_s(const struct pp_forecast_case *each) {
    double values[PP_FORECAST_ROUNDS];
    size_t count = 0;
    const struct span rounds = rounds_of(each, each);
    for (uint64_t round = rounds.from; round < rounds.to; round++)
        if (*total_at(each, round) > 0.0)
            values[count++] = *total_at(each, round);
    return count ? pp_median_select(values, count) : each->warm_s;
}

/* Sorting them, as pp_ratio_of does for an interval, would take longer than all else of a line. */
static double median_ratio(const struct pp_forecast_case *base, const struct pp_forecast_case *each) {
    double logs[PP_FORECAST_ROUNDS];
    size_t count = 0;
    const struct span rounds = rounds_of(base, each);
    for (uint64_t round = rounds.from; round < rounds.to; round++) {
        double base_s = *total_at(base, round), each_s = *total_at(each, round);
        if (base_s > 0.0 && each_s > 0.0)
            logs[count++] = log(base_s / each_s);
    }
    return count ? exp(pp_median_select(logs, count)) : median_total_s(base) / median_total_s(each);
}

double pp_forecast_rate(const struct pp_forecast *forecast, size_t index) {
    const struct pp_forecast_case *each = &forecast->cases[index];
    return each->failed ? NAN : (double)forecast->config->task_count / median_total_s(each);
}

static size_t base_of(const struct pp_forecast *forecast, size_t index) {
    const struct pp_case_result *cases = forecast->result->cases;
    size_t base = index;
    for (size_t i = 0; i < forecast->result->case_count; i++) {
        if (cases[i].workers == 0)
            return i;
        if (pp_is_same_kind(&cases[i], &cases[index]) && cases[i].workers < cases[base].workers)
            base = i;
    }
    return base;
}

double pp_forecast_speedup(const struct pp_forecast *forecast, size_t index) {
    const struct pp_forecast_case *each = &forecast->cases[index], *base = &forecast->cases[base_of(forecast, index)];
    return base->failed || each->failed ? NAN : median_ratio(base, each);
}
