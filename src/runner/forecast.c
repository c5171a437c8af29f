#include "runner/forecast.h"

#include "result/dimension.h"

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
        forecast->cases[i].guessed_s = guess(config, &cases[i], result->machine.cpus.usable);
    return 0;
}

void pp_forecast_close(struct pp_forecast *forecast) {
    free(forecast->cases);
    *forecast = (struct pp_forecast){0};
}

void pp_forecast_add(struct pp_forecast *forecast, size_t index, const struct pp_pass *pass, double spent_s) {
    struct pp_forecast_case *each = &forecast->cases[index];
    if (each->done < (size_t)forecast->config->warmup)
        forecast->warming_s += spent_s + forecast->config->wait_after_runner_s;
    each->spent_s += spent_s;
    each->failed |= pass->failed > 0;
    if (pass->repeated)
        return;
    each->done++;
    each->total_s += pass->total_s;
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

/* ---- so far ---- */

static double mean_total_s(const struct pp_forecast *forecast, size_t index) {
    const struct pp_forecast_case *each = &forecast->cases[index];
    return each->done && !each->failed ? each->total_s / (double)each->done : NAN;
}

double pp_forecast_rate(const struct pp_forecast *forecast, size_t index) {
    return (double)forecast->config->task_count / mean_total_s(forecast, index);
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
    return mean_total_s(forecast, base_of(forecast, index)) / mean_total_s(forecast, index);
}
