#include "analysis/alternatives.h"

#include "analysis/column.h"
#include "analysis/series.h"
#include "base/arena.h"
#include "base/number.h"
#include "base/textbuf.h"
#include "result/dimension.h"
#include "stats/ratio.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* NULL: there are so many that one more would not be read. */
static struct pp_alternative *add(const struct pp_decision *decision, const char *kind, unsigned workers,
                                  const struct pp_case_result *measured) {
    struct pp_verdict *verdict = &decision->result->verdict;
    if (verdict->alternative_count == PP_ALTERNATIVES_MAX)
        return NULL;
    struct pp_alternative *alternative = &verdict->alternatives[verdict->alternative_count++];
    *alternative = (struct pp_alternative){.kind = kind,
                                           .workers = workers,
                                           .name = measured ? measured->name : NULL,
                                           .extrapolated = !measured,
                                           .slower = NAN,
                                           .ci95 = PP_INTERVAL_UNKNOWN};
    return alternative;
}

/* How far a case is from the chosen one. */
static int measure(const struct pp_decision *decision, const struct pp_case_result *other, struct pp_arena *arena,
                   struct pp_alternative *alternative) {
    size_t room = decision->chosen->pass_count + other->pass_count;
    double *base = pp_arena_array(arena, room, 3 * sizeof *base);
    if (!base)
        return -ENOMEM;
    size_t pairs = pp_column_pairs(decision->chosen, other, pp_pass_total, base, base + room);
    struct pp_ratio ratio = pp_ratio_of(base, base + room, pairs, base + 2 * room);
    alternative->slower = 1.0 / ratio.ratio - 1.0;
    if (pp_interval_known(ratio.ci95))
        alternative->ci95 = (struct pp_interval){1.0 / ratio.ci95.high - 1.0, 1.0 / ratio.ci95.low - 1.0};
    return 0;
}

/* ---- in words ---- */

/* Of times, in per cent: how much more the slower one takes than the faster one. */
static double percent_of(double slower) { return 100.0 * (slower < 0.0 ? 1.0 / (1.0 + slower) - 1.0 : slower); }

/* Tenths of a per cent are as much as anybody can use, and none beyond a hundred. */
static int decimals(double percent) { return percent < 100.0 ? 1 : 0; }

static void say_range(struct pp_textbuf *text, double low, double high) {
    pp_textbuf_add(text, ", 95 %%: %.*f to %.*f %%", decimals(low), low, decimals(high), high);
}

static bool is_distinguishable(const struct pp_alternative *alternative) {
    return alternative->ci95.low > 0.0 || alternative->ci95.high < 0.0;
}

void pp_alternative_say(const struct pp_alternative *alternative, struct pp_textbuf *text) {
    double percent = percent_of(alternative->slower);
    if (isnan(alternative->slower)) {
        pp_textbuf_add(text, "no round in common");
        return;
    }
    pp_textbuf_add(text, "%.*f %% %s", decimals(percent), percent, alternative->slower < 0.0 ? "faster" : "slower");
    if (pp_interval_known(alternative->ci95) && !is_distinguishable(alternative))
        pp_textbuf_add(text, ", not distinguishable");
}

/* "12.3 % slower, 95 %: 10.1 to 14.0 %" */
static void say_how_sure(const struct pp_alternative *alternative, size_t passes, struct pp_textbuf *text) {
    double low = percent_of(alternative->ci95.low), high = percent_of(alternative->ci95.high);
    if (isnan(alternative->slower))
        return;
    if (!pp_interval_known(alternative->ci95))
        pp_textbuf_add(text, ", no interval: %zu passes", passes);
    else if (is_distinguishable(alternative))
        say_range(text, fmin(low, high), fmax(low, high));
}

static void say_distance(const struct pp_decision *decision, const struct pp_case_result *other,
                         const struct pp_alternative *alternative, struct pp_textbuf *text) {
    size_t passes = other->counted < decision->chosen->counted ? other->counted : decision->chosen->counted;
    pp_alternative_say(alternative, text);
    say_how_sure(alternative, passes, text);
}

/* Three digits, which may be the same for both. */
static void say_cpu(const struct pp_case_result *other, const struct pp_case_result *chosen, struct pp_textbuf *text) {
    const struct pp_figure one = pp_figure_of(other->cost.cpu_s, 3), instead = pp_figure_of(chosen->cost.cpu_s, 3);
    if (strcmp(one.text, instead.text) == 0)
        pp_textbuf_add(text, "the same %s CPU s a pass", one.text);
    else
        pp_textbuf_add(text, "%s CPU s a pass instead of %s", one.text, instead.text);
}

/* ---- the fastest and the cheapest ---- */

/* Where the rounds do not agree with the medians that it is faster, nobody would want it instead. */
static int fastest(const struct pp_decision *decision, struct pp_arena *arena) {
    const struct pp_case_result *best = decision->best, *chosen = decision->chosen;
    if (best == chosen)
        return 0;
    struct pp_alternative *alternative = add(decision, "fastest", best->workers, best);
    if (measure(decision, best, arena, alternative) != 0)
        return -ENOMEM;
    if (alternative->slower >= 0.0) {
        decision->result->verdict.alternative_count--;
        return 0;
    }
    struct pp_textbuf reason = pp_textbuf_in(alternative->reason, sizeof alternative->reason);
    say_distance(decision, best, alternative, &reason);
    if (isnan(best->cost.cpu_s) || isnan(chosen->cost.cpu_s))
        return 0;
    pp_textbuf_add(&reason, "; ");
    say_cpu(best, chosen, &reason);
    return 0;
}

/* What costs less by a smaller share than this is no reason to choose it: CPU times of equal passes differ by as much,
 * and so it always shows in the three digits that are written. */
static const double cheaper_by = 0.01;

static int cheapest(const struct pp_decision *decision, struct pp_arena *arena) {
    const struct pp_case_result *chosen = decision->chosen, *least = chosen;
    for (size_t i = 0; i < decision->count; i++)
        if (decision->list[i]->cost.cpu_s < least->cost.cpu_s)
            least = decision->list[i];
    if (least == chosen || least->cost.cpu_s > (1.0 - cheaper_by) * chosen->cost.cpu_s)
        return 0;
    struct pp_alternative *alternative = add(decision, "cheapest", least->workers, least);
    if (measure(decision, least, arena, alternative) != 0)
        return -ENOMEM;
    struct pp_textbuf reason = pp_textbuf_in(alternative->reason, sizeof alternative->reason);
    say_cpu(least, chosen, &reason);
    pp_textbuf_add(&reason, "; ");
    say_distance(decision, least, alternative, &reason);
    return 0;
}

/* ---- memory ---- */

/* Bytes that all have in common, and that each worker adds: a straight line through the peaks, by least squares.
 * Returns whether there is one. */
static bool memory_line(const struct pp_decision *decision, double *common, double *each) {
    double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (size_t i = 0; i < decision->count; i++) {
        const struct pp_case_result *one = decision->list[i];
        double workers = one->workers, peak = one->memory.peak_pss;
        if (one->workers == 0 || isnan(peak) || !pp_is_same_kind(decision->series->first, one))
            continue;
        n += 1.0;
        x += workers;
        y += peak;
        xx += workers * workers;
        xy += workers * peak;
    }
    double spread = n * xx - x * x;
    if (n < 2.0 || spread <= 0.0)
        return false;
    *each = (n * xy - x * y) / spread;
    *common = (y - *each * x) / n;
    return *each > 0.0;
}

/* A line through what was measured says nothing about that many times as many. */
static const double far_beyond = 16.0;

static int fitting(const struct pp_decision *decision, struct pp_arena *arena) {
    double common, each, limit = (double)decision->result->machine.memory.usable;
    if (!memory_line(decision, &common, &each) || limit <= 0.0 || common >= limit)
        return 0;
    double most = floor((limit - common) / each);
    const struct pp_case_result *measured = NULL;
    unsigned largest = 0;
    for (size_t i = 0; i < decision->count; i++) {
        const struct pp_case_result *one = decision->list[i];
        if (!pp_is_same_kind(decision->series->first, one))
            continue;
        largest = one->workers > largest ? one->workers : largest;
        measured = one->workers == most ? one : measured;
    }
    if (most < 1.0 || most > far_beyond * largest || most == decision->chosen->workers) /* no question here */
        return 0;
    struct pp_alternative *alternative = add(decision, "fits in memory", (unsigned)most, measured);
    snprintf(alternative->reason, sizeof alternative->reason,
             "the most that fit into %s GB, at %s MB for each and %s MB for all", pp_figure_of(limit / 1e9, 3).text,
             pp_figure_of(each / 1e6, 3).text, pp_figure_of(common / 1e6, 3).text);
    return measured ? measure(decision, measured, arena, alternative) : 0;
}

/* ---- others of what cases differ in ---- */

/* The fastest of those that are as `like` in that; those to choose from know no other order. */
static const struct pp_case_result *fastest_like(const struct pp_decision *decision,
                                                 const struct pp_dimension *dimension,
                                                 const struct pp_case_result *like) {
    const struct pp_case_result *best = like;
    for (size_t i = 0; i < decision->count; i++) {
        const struct pp_case_result *each = decision->list[i];
        if (dimension->counts(each) && !dimension->differs(like, each) && each->total.median < best->total.median)
            best = each;
    }
    return best;
}

static bool is_named(const struct pp_verdict *verdict, const char *kind, const struct pp_case_result *each) {
    for (unsigned i = 0; i < verdict->alternative_count; i++)
        if (strcmp(verdict->alternatives[i].kind, kind) == 0 && verdict->alternatives[i].name == each->name)
            return true;
    return false;
}

static int other_value(const struct pp_decision *decision, const struct pp_dimension *dimension,
                       const struct pp_case_result *like, struct pp_arena *arena) {
    const struct pp_case_result *best = fastest_like(decision, dimension, like);
    if (is_named(&decision->result->verdict, dimension->name, best))
        return 0;
    struct pp_alternative *alternative = add(decision, dimension->name, best->workers, best);
    if (!alternative)
        return 0;
    struct pp_textbuf value = pp_textbuf_in(alternative->value, sizeof alternative->value);
    dimension->say(best, &value);
    int status = measure(decision, best, arena, alternative);
    struct pp_textbuf reason = pp_textbuf_in(alternative->reason, sizeof alternative->reason);
    say_distance(decision, best, alternative, &reason);
    return status;
}

/* In the order of the plan, which is that of the config. Where plain calls are the best, of all that workers can differ
 * in nobody asks but who they are. */
static int other_values(const struct pp_decision *decision, const struct pp_dimension *dimension,
                        struct pp_arena *arena) {
    const struct pp_case_result *chosen = decision->chosen;
    const struct pp_result *result = decision->result;
    int status = 0;
    if (!dimension->counts(chosen) && dimension != &pp_dimensions[PP_DIMENSION_EXECUTOR])
        return 0;
    for (size_t i = 0; i < result->case_count && status == 0; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (pp_case_usable(each) && dimension->counts(each) &&
            !(dimension->counts(chosen) && !dimension->differs(chosen, each)))
            status = other_value(decision, dimension, each, arena);
    }
    return status;
}

static int library_default(const struct pp_decision *decision, struct pp_arena *arena) {
    for (size_t i = 0; i < decision->count && decision->chosen->library_threads > 0; i++)
        if (decision->list[i]->library_threads == 0)
            return other_value(decision, &pp_dimensions[PP_DIMENSION_LIBRARY_THREADS], decision->list[i], arena);
    return 0;
}

int pp_verdict_alternatives(const struct pp_decision *decision, struct pp_arena *arena) {
    int status = fastest(decision, arena);
    if (status == 0)
        status = cheapest(decision, arena);
    if (status == 0)
        status = fitting(decision, arena);
    if (status == 0)
        status = library_default(decision, arena);
    for (size_t i = 0; i < PP_DIMENSIONS && status == 0; i++)
        if (decision->varying & (1u << i))
            status = other_values(decision, &pp_dimensions[i], arena);
    return status;
}

const struct pp_alternative *pp_verdict_alternative(const struct pp_verdict *verdict, const char *kind,
                                                    const char *value) {
    for (unsigned i = 0; i < verdict->alternative_count; i++)
        if (strcmp(verdict->alternatives[i].kind, kind) == 0 && strcmp(verdict->alternatives[i].value, value) == 0)
            return &verdict->alternatives[i];
    return NULL;
}
