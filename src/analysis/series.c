#include "analysis/series.h"

#include "base/arena.h"
#include "base/textbuf.h"
#include "result/dimension.h"
#include "stats/choice.h"

#include <errno.h>
#include <string.h>

bool pp_case_usable(const struct pp_case_result *each) {
    return each->counted > 0 && each->verified && each->total.median > 0.0;
}

/* An event loop has its tasks take turns. */
static bool is_event_loop(const struct pp_case_result *each) { return strncmp(each->executor, "async", 5) == 0; }

double pp_case_threads(const struct pp_case_result *each) {
    unsigned inner = each->inner_threads ? each->inner_threads : each->library_threads;
    unsigned workers = is_event_loop(each) ? 1 : each->workers;
    return (double)(workers ? workers : 1) * (inner ? inner : 1);
}

const struct pp_case_result *pp_reference_case(const struct pp_result *result, const struct pp_case_result *each) {
    const struct pp_case_result *fewest = NULL;
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *other = &result->cases[i];
        if (other->counted > 0 && other->verified && (!fewest || other->workers < fewest->workers) &&
            pp_is_same_kind(each, other))
            fewest = other;
    }
    return fewest;
}

const struct pp_case_result *pp_next_case(const struct pp_result *result, const struct pp_case_result *kind,
                                          const struct pp_case_result *each) {
    const struct pp_case_result *next = NULL;
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *other = &result->cases[i];
        if (other->workers > each->workers && (!next || other->workers < next->workers) && pp_case_usable(other) &&
            pp_is_same_kind(kind, other))
            next = other;
    }
    return next;
}

/* ---- the list of them ---- */

/* Whether a series begins with this case: with the first that has workers, or with a sequential one that is alone. */
static bool leads(const struct pp_result *result, size_t index) {
    const struct pp_case_result *each = &result->cases[index];
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *other = &result->cases[i];
        bool is_earlier = i < index && (other->workers > 0) == (each->workers > 0);
        if ((is_earlier || (each->workers == 0 && other->workers > 0)) && pp_is_same_kind(each, other))
            return false;
    }
    return true;
}

static const char *name_of(const struct pp_case_result *first, unsigned varying, struct pp_arena *arena) {
    char name[256];
    struct pp_textbuf text = pp_textbuf_in(name, sizeof name);
    pp_dimensions_say(varying | 1u << PP_DIMENSION_EXECUTOR, first, &text);
    if (first->workers == 0)
        pp_textbuf_add(&text, "%ssequential", text.length ? ", " : "");
    return pp_arena_copy(arena, name, strlen(name));
}

static int list_cases(const struct pp_result *result, struct pp_case_series *series, struct pp_arena *arena) {
    const char **names = pp_arena_array(arena, result->case_count, sizeof *names);
    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < result->case_count; i++)
        if (pp_is_same_kind(series->first, &result->cases[i]))
            names[series->case_count++] = result->cases[i].name;
    series->cases = names;
    return 0;
}

/* The rule of the verdict, within the series. */
static void choose(const struct pp_result *result, struct pp_case_series *series) {
    const struct pp_case_result *best = NULL, *fewest = NULL;
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (pp_case_usable(each) && pp_is_same_kind(series->first, each) &&
            (!best || each->total.median < best->total.median))
            best = each;
    }
    for (size_t i = 0; best && i < result->case_count; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (pp_case_usable(each) && pp_is_same_kind(series->first, each) &&
            each->total.median <= best->total.median / (1.0 - PP_CHOICE_WITHIN) &&
            (!fewest || each->workers < fewest->workers))
            fewest = each;
    }
    series->limiter = PP_LIMITER_UNKNOWN;
    if (!fewest)
        return;
    const struct pp_case_result *next = pp_next_case(result, series->first, fewest);
    series->use = fewest->name;
    series->workers = fewest->workers;
    series->limiter = next ? next->limiter : fewest->limiter;
}

int pp_analysis_series(struct pp_result *result, struct pp_arena *arena) {
    unsigned varying = pp_dimensions_varying(result);
    result->series_count = 0;
    result->series = pp_arena_array(arena, result->case_count, sizeof *result->series);
    if (!result->series)
        return -ENOMEM;
    for (size_t i = 0; i < result->case_count; i++) {
        if (!leads(result, i))
            continue;
        struct pp_case_series *series = &result->series[result->series_count++];
        *series =
            (struct pp_case_series){.first = &result->cases[i], .name = name_of(&result->cases[i], varying, arena)};
        if (!series->name || list_cases(result, series, arena) != 0)
            return -ENOMEM;
        choose(result, series);
    }
    return 0;
}
