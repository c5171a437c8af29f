#include "analysis/verdict.h"

#include "analysis/alternatives.h"
#include "analysis/column.h"
#include "base/arena.h"
#include "base/textbuf.h"
#include "stats/bootstrap.h"
#include "stats/choice.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what there is to choose from ---- */

static int by_workers(const void *one, const void *other) {
    const struct pp_case_result *const *a = one, *const *b = other;
    return ((*a)->workers > (*b)->workers) - ((*a)->workers < (*b)->workers);
}

/* A total that is no time comes out of a file only. */
static bool is_usable(const struct pp_case_result *each) {
    return each->counted > 0 && each->verified && each->total.median > 0.0;
}

/* The cases that did all their work, those with few workers first. */
static size_t candidates(const struct pp_result *result, const struct pp_case_result **list) {
    size_t count = 0;
    for (size_t i = 0; i < result->case_count; i++)
        if (is_usable(&result->cases[i]))
            list[count++] = &result->cases[i];
    qsort(list, count, sizeof *list, by_workers);
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

static void say_workers(struct pp_textbuf *text, unsigned workers) {
    if (workers == 0)
        pp_textbuf_add(text, "use 0 workers (plain calls, no processes)");
    else
        pp_textbuf_add(text, "use %u worker%s", workers, workers == 1 ? "" : "s");
}

static void say_interval(struct pp_textbuf *text, const struct pp_verdict *verdict, size_t passes) {
    if (!pp_interval_known(verdict->interval))
        pp_textbuf_add(text, " (no interval: %zu passes, %d are needed)", passes, PP_CHOICE_LEAST);
    else if (verdict->interval.low < verdict->interval.high)
        pp_textbuf_add(text, " (95 %%: %g–%g)", verdict->interval.low, verdict->interval.high);
    else
        pp_textbuf_add(text, " (95 %%: %g)", verdict->interval.low);
}

/* How much less CPU time a pass of `chosen` takes than one of `best`, in per cent. */
static double saved_percent(const struct pp_case_result *chosen, const struct pp_case_result *best) {
    return best->cost.cpu_s > 0.0 ? 100.0 * (1.0 - chosen->cost.cpu_s / best->cost.cpu_s) : 0.0;
}

static void say_why_this(struct pp_textbuf *text, const struct pp_case_result *chosen,
                         const struct pp_case_result *best) {
    if (chosen == best) {
        pp_textbuf_add(text, ": the fastest");
        return;
    }
    pp_textbuf_add(text, ": within %g %% of the best (%u)", 100.0 * PP_CHOICE_WITHIN, best->workers);
    double saved = saved_percent(chosen, best);
    if (saved >= 0.5)
        pp_textbuf_add(text, ", %.0f %% less CPU", saved);
}

/* What stops those with more workers: the next one that was measured tells, or else this one itself. */
static void say_why_not_more(struct pp_textbuf *text, struct pp_verdict *verdict, const struct pp_case_result *chosen,
                             const struct pp_case_result *next) {
    verdict->limiter = next ? next->limiter : chosen->limiter;
    if (!next && verdict->limiter == PP_LIMITER_NONE)
        pp_textbuf_add(text, "; nothing stopped it yet: measure more workers");
    else if (!next)
        pp_textbuf_add(text, "; more were not measured, already limited by: %s", pp_limiter_words[verdict->limiter]);
    else if (verdict->limiter == PP_LIMITER_NONE || verdict->limiter == PP_LIMITER_UNKNOWN)
        pp_textbuf_add(text, "; %u worker%s no more, for no reason that was measured", next->workers,
                       next->workers == 1 ? " brings" : "s bring");
    else
        pp_textbuf_add(text, "; stops at: %s", pp_limiter_words[verdict->limiter]);
}

static void reason(struct pp_verdict *verdict, const struct pp_case_result *chosen, const struct pp_case_result *best) {
    struct pp_textbuf text = pp_textbuf_in(verdict->reason, sizeof verdict->reason);
    pp_textbuf_add(&text, "%u worker%s do%s %.5g tasks/s for %.3g CPU s a pass", chosen->workers,
                   chosen->workers == 1 ? "" : "s", chosen->workers == 1 ? "es" : "",
                   (double)chosen->task_count / chosen->total.median, chosen->cost.cpu_s);
    if (chosen != best)
        pp_textbuf_add(&text, "; the fastest, %u, %.5g for %.3g", best->workers,
                       (double)best->task_count / best->total.median, best->cost.cpu_s);
}

/* ---- all ---- */

static void decide(struct pp_result *result, const struct pp_case_result *const *list, size_t count,
                   const struct pp_choice *choice) {
    struct pp_verdict *verdict = &result->verdict;
    const struct pp_case_result *chosen = list[choice->chosen], *best = list[choice->best];
    verdict->known = true;
    verdict->workers = chosen->workers;
    verdict->executor = chosen->executor;
    verdict->name = chosen->name;
    if (choice->known)
        verdict->interval = (struct pp_interval){list[choice->low]->workers, list[choice->high]->workers};
    struct pp_textbuf text = pp_textbuf_in(verdict->text, sizeof verdict->text);
    say_workers(&text, chosen->workers);
    say_interval(&text, verdict, fewest_passes(list, count));
    say_why_this(&text, chosen, best);
    say_why_not_more(&text, verdict, chosen, choice->chosen + 1 < count ? list[choice->chosen + 1] : NULL);
    reason(verdict, chosen, best);
    pp_verdict_alternatives(result, list, count, chosen, best);
}

int pp_analysis_verdict(struct pp_result *result, uint64_t seed, struct pp_arena *arena) {
    struct pp_verdict *verdict = &result->verdict;
    *verdict = (struct pp_verdict){.interval = PP_INTERVAL_UNKNOWN, .limiter = PP_LIMITER_UNKNOWN};
    const struct pp_case_result **list = pp_arena_array(arena, result->case_count, sizeof *list);
    if (!list)
        return -ENOMEM;
    size_t count = candidates(result, list);
    if (count < 2)
        return missing(verdict, result->case_count < 2
                                    ? "one worker count was measured; at least two are needed to compare"
                                    : "fewer than two worker counts did all their work; nothing can be compared");
    if (fewest_passes(list, count) < 2)
        return missing(verdict, "one pass says nothing about how much passes differ; set \"iterations\" to 6 or more");
    size_t rounds = (size_t)rounds_of(list, count);
    double *totals = pp_arena_array(arena, count * rounds, sizeof *totals);
    void *scratch = pp_arena_alloc(arena, pp_choice_scratch(count, rounds));
    if (!totals || !scratch)
        return -ENOMEM;
    fill_totals(list, count, rounds, totals);
    struct pp_choice choice;
    pp_choose(&(struct pp_choice_input){.totals_s = totals,
                                        .cases = count,
                                        .rounds = rounds,
                                        .within = PP_CHOICE_WITHIN,
                                        .seed = seed,
                                        .resamples = PP_BOOTSTRAP_RESAMPLES},
              scratch, &choice);
    decide(result, list, count, &choice);
    return 0;
}
