#include "analysis/verdict.h"

#include "analysis/alternatives.h"
#include "analysis/series.h"
#include "base/arena.h"
#include "base/number.h"
#include "base/textbuf.h"
#include "result/dimension.h"
#include "stats/bootstrap.h"
#include "stats/choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what there is to choose from ---- */

static int compare_numbers(double one, double other) { return (one > other) - (one < other); }

/* What was not measured is never the reason for a choice. */
static double cpu_of(const struct pp_case_result *each) {
    return isnan(each->cost.cpu_s) ? INFINITY : each->cost.cpu_s;
}

/* The cheapest first: what occupies fewer CPUs, then what is less to manage, then what costs less; the order of the
 * config where all is equal. */
static int by_cost(const void *one, const void *other) {
    const struct pp_case_result *a = *(const struct pp_case_result *const *)one;
    const struct pp_case_result *b = *(const struct pp_case_result *const *)other;
    int order = compare_numbers(pp_case_threads(a), pp_case_threads(b));
    if (order == 0)
        order = compare_numbers(a->workers, b->workers);
    if (order == 0)
        order = compare_numbers(cpu_of(a), cpu_of(b));
    return order ? order : (a > b) - (a < b);
}

/* The cases that did all their work. */
static size_t candidates(const struct pp_result *result, const struct pp_case_result **list) {
    size_t count = 0;
    for (size_t i = 0; i < result->case_count; i++)
        if (pp_case_usable(&result->cases[i]))
            list[count++] = &result->cases[i];
    qsort(list, count, sizeof *list, by_cost);
    return count;
}

static size_t fewest_passes(const struct pp_case_result *const *list, size_t count) {
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < count; i++)
        fewest = list[i]->counted < fewest ? list[i]->counted : fewest;
    return fewest;
}

static uint64_t rounds_of(const struct pp_case_result *const *list, size_t count) {
    uint64_t rounds = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < list[i]->pass_count; k++)
            rounds = list[i]->passes[k].round >= rounds ? list[i]->passes[k].round + 1 : rounds;
    return rounds;
}

/* A row of totals for each case, a column for each round; NaN where a case has no counted pass. */
static void fill_totals(const struct pp_case_result *const *list, size_t count, size_t rounds, double *totals) {
    for (size_t i = 0; i < count * rounds; i++)
        totals[i] = NAN;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < list[i]->pass_count; k++)
            if (!list[i]->passes[k].repeated)
                totals[i * rounds + list[i]->passes[k].round] = list[i]->passes[k].total_s;
}

/* ---- what is missing ---- */

static int missing(struct pp_verdict *verdict, const char *what) {
    verdict->known = false;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", what);
    snprintf(verdict->text, sizeof verdict->text, "no verdict: %s", what);
    return 0;
}

/* ---- words ---- */

/* A number is enough where cases differ in their number of workers alone. */
static void say_case(struct pp_textbuf *text, const struct pp_decision *decision, const struct pp_case_result *each) {
    if (decision->varying)
        pp_textbuf_add(text, "%s", each->name);
    else
        pp_textbuf_add(text, "%u", each->workers);
}

static void say_interval(struct pp_textbuf *text, const struct pp_verdict *verdict, size_t passes) {
    if (!pp_interval_known(verdict->interval))
        pp_textbuf_add(text, "no interval: %zu passes, %d are needed)", passes, PP_CHOICE_LEAST);
    else if (verdict->interval.low < verdict->interval.high)
        pp_textbuf_add(text, "95 %%: %g–%g)", verdict->interval.low, verdict->interval.high);
    else
        pp_textbuf_add(text, "95 %%: %g)", verdict->interval.low);
}

static void say_workers(struct pp_textbuf *text, const struct pp_decision *decision) {
    const struct pp_case_result *chosen = decision->chosen;
    char kind[200] = "";
    struct pp_textbuf words = pp_textbuf_in(kind, sizeof kind);
    if (chosen->workers == 0)
        pp_textbuf_add(&words, "plain calls%s", decision->varying & (1u << PP_DIMENSION_LIBRARY_THREADS) ? ", " : "");
    pp_dimensions_say(decision->varying, chosen, &words);
    pp_textbuf_add(text, "use %u worker%s (%s%s", chosen->workers, chosen->workers == 1 ? "" : "s", kind,
                   words.length ? "; " : "");
}

/* How much less CPU time a pass of `chosen` takes than one of `best`, in per cent. */
static double saved_percent(const struct pp_case_result *chosen, const struct pp_case_result *best) {
    return best->cost.cpu_s > 0.0 ? 100.0 * (1.0 - chosen->cost.cpu_s / best->cost.cpu_s) : 0.0;
}

/* By the rounds another may be, where by the medians none is. */
static bool any_is_faster(const struct pp_verdict *verdict) {
    static const double seen = 0.0005; /* what alternatives show as 0.1 % */
    for (size_t i = 0; i < verdict->alternative_count; i++)
        if (verdict->alternatives[i].slower <= -seen)
            return true;
    return false;
}

static void say_why_this(struct pp_textbuf *text, const struct pp_decision *decision) {
    if (decision->chosen == decision->best) {
        pp_textbuf_add(text, any_is_faster(&decision->result->verdict) ? ": as fast as the fastest" : ": the fastest");
        return;
    }
    pp_textbuf_add(text, ": within %g %% of the best (", 100.0 * PP_CHOICE_WITHIN);
    say_case(text, decision, decision->best);
    pp_textbuf_add(text, ")");
    double saved = saved_percent(decision->chosen, decision->best);
    if (saved >= 0.5)
        pp_textbuf_add(text, ", %.0f %% less CPU", saved);
}

/* With more workers than the chosen one has; NULL: none was measured. */
static const struct pp_case_result *next_case(const struct pp_decision *decision) {
    return pp_next_case(decision->result, decision->series->first, decision->chosen);
}

/* What stops those with more workers: the next one that was measured tells, or else this one itself. */
static const struct pp_case_result *limited_case(const struct pp_decision *decision) {
    const struct pp_case_result *next = next_case(decision);
    return next ? next : decision->chosen;
}

static void say_why_not_more(struct pp_textbuf *text, const struct pp_decision *decision) {
    const struct pp_case_result *next = next_case(decision);
    enum pp_limiter limiter = limited_case(decision)->limiter;
    char words[64];
    pp_limiter_say(limited_case(decision), words, sizeof words);
    if (!next && limiter == PP_LIMITER_NONE)
        pp_textbuf_add(text, "; nothing stopped it yet: measure more workers");
    else if (!next)
        pp_textbuf_add(text, "; more were not measured, already limited by: %s", words);
    else if (limiter == PP_LIMITER_NONE || limiter == PP_LIMITER_UNKNOWN)
        pp_textbuf_add(text, "; %u worker%s no more, for no reason that was measured", next->workers,
                       next->workers == 1 ? " brings" : "s bring");
    else if (decision->chosen->workers == 0) /* it is not this one that is stopped by anything */
        pp_textbuf_add(text, "; more workers: limited by %s", words);
    else
        pp_textbuf_add(text, "; stops at: %s", words);
}

/* Leaving a library alone is what most programs do. */
static void say_library_default(struct pp_textbuf *text, const struct pp_decision *decision) {
    const char *kind = pp_dimensions[PP_DIMENSION_LIBRARY_THREADS].name;
    const struct pp_alternative *other = pp_verdict_alternative(&decision->result->verdict, kind, "default");
    if (!other)
        return;
    pp_textbuf_add(text, "; with library threads by default at best ");
    pp_alternative_say(other, text);
}

static void reason(const struct pp_decision *decision) {
    struct pp_verdict *verdict = &decision->result->verdict;
    const struct pp_case_result *chosen = decision->chosen, *best = decision->best;
    struct pp_textbuf text = pp_textbuf_in(verdict->reason, sizeof verdict->reason);
    if (decision->varying)
        pp_textbuf_add(&text, "%s does", chosen->name);
    else
        pp_textbuf_add(&text, "%u worker%s", chosen->workers, chosen->workers == 1 ? " does" : "s do");
    pp_textbuf_add(&text, " %s tasks/s", pp_figure_of((double)chosen->task_count / chosen->total.median, 4).text);
    if (!isnan(chosen->cost.cpu_s))
        pp_textbuf_add(&text, " for %s CPU s a pass", pp_figure_of(chosen->cost.cpu_s, 3).text);
    if (chosen == best)
        return;
    pp_textbuf_add(&text, "; the fastest, ");
    say_case(&text, decision, best);
    pp_textbuf_add(&text, ", %s", pp_figure_of((double)best->task_count / best->total.median, 4).text);
    if (!isnan(best->cost.cpu_s))
        pp_textbuf_add(&text, " for %s", pp_figure_of(best->cost.cpu_s, 3).text);
}

/* ---- all ---- */

/* A sequential case may be of several series: what more workers bring is asked of that with the fastest of them. */
static const struct pp_case_series *series_of(const struct pp_result *result, const struct pp_case_result *const *list,
                                              size_t count, const struct pp_case_result *chosen) {
    const struct pp_case_result *home = chosen;
    for (size_t i = 0; i < count && chosen->workers == 0; i++)
        if (list[i]->workers > 0 && pp_is_same_kind(chosen, list[i]) &&
            (home == chosen || list[i]->total.median < home->total.median))
            home = list[i];
    for (size_t i = 0; i < result->series_count; i++)
        if (pp_is_same_kind(result->series[i].first, home))
            return &result->series[i];
    return NULL;
}

static int decide(const struct pp_decision *decision, struct pp_arena *arena) {
    struct pp_verdict *verdict = &decision->result->verdict;
    const struct pp_case_result *chosen = decision->chosen;
    verdict->known = true;
    verdict->workers = chosen->workers;
    verdict->executor = chosen->executor;
    verdict->name = chosen->name;
    verdict->series = decision->series->name;
    verdict->chunk_size = chosen->chunk_size;
    verdict->library_threads = chosen->library_threads;
    verdict->threads = pp_case_threads(chosen);
    verdict->limiter = limited_case(decision)->limiter;
    if (pp_verdict_alternatives(decision, arena) != 0)
        return -ENOMEM;
    struct pp_textbuf text = pp_textbuf_in(verdict->text, sizeof verdict->text);
    say_workers(&text, decision);
    say_interval(&text, verdict, fewest_passes(decision->list, decision->count));
    say_why_this(&text, decision);
    say_why_not_more(&text, decision);
    say_library_default(&text, decision);
    reason(decision);
    return 0;
}

/* The choice, and the interval of its number of workers among those of its series. */
static int choose(struct pp_decision *decision, uint64_t seed, struct pp_arena *arena) {
    const struct pp_case_result *const *list = decision->list;
    size_t count = decision->count, rounds = (size_t)rounds_of(list, count);
    double *totals = pp_arena_array(arena, count * rounds, sizeof *totals);
    bool *peers = pp_arena_array(arena, count, sizeof *peers);
    void *scratch = pp_arena_alloc(arena, pp_choice_scratch(count, rounds));
    if (!totals || !peers || !scratch)
        return -ENOMEM;
    fill_totals(list, count, rounds, totals);
    struct pp_choice_input input = {
        .totals_s = totals, .cases = count, .rounds = rounds, .within = PP_CHOICE_WITHIN, .seed = seed, .peers = peers};
    struct pp_choice choice;
    pp_choose(&input, scratch, &choice);
    decision->chosen = list[choice.chosen];
    decision->best = list[choice.best];
    decision->series = series_of(decision->result, list, count, decision->chosen);
    for (size_t i = 0; i < count; i++)
        peers[i] = pp_is_same_kind(decision->series->first, list[i]);
    input.resamples = PP_BOOTSTRAP_RESAMPLES;
    pp_choose(&input, scratch, &choice);
    if (choice.known)
        decision->result->verdict.interval =
            (struct pp_interval){list[choice.low]->workers, list[choice.high]->workers};
    return 0;
}

int pp_analysis_verdict(struct pp_result *result, uint64_t seed, struct pp_arena *arena) {
    struct pp_verdict *verdict = &result->verdict;
    *verdict = (struct pp_verdict){.interval = PP_INTERVAL_UNKNOWN, .limiter = PP_LIMITER_UNKNOWN, .threads = NAN};
    const struct pp_case_result **list = pp_arena_array(arena, result->case_count, sizeof *list);
    if (!list)
        return -ENOMEM;
    size_t count = candidates(result, list);
    if (count < 2)
        return missing(verdict, result->case_count < 2
                                    ? "one worker count was measured; at least two are needed to compare"
                                    : "fewer than two worker counts did all their work; nothing can be compared");
    if (fewest_passes(list, count) < 2)
        return missing(verdict,
                       result->precision > 0.0
                           ? "one pass says nothing about how much passes differ; set a larger \"max_time\", or make "
                             "the tasks fewer"
                           : "one pass says nothing about how much passes differ; set \"iterations\" to 6 or more");
    struct pp_decision decision = {
        .result = result, .list = list, .count = count, .varying = pp_dimensions_varying(result)};
    int status = choose(&decision, seed, arena);
    return status == 0 ? decide(&decision, arena) : status;
}
