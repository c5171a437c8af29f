#include "analysis/comparison.h"

#include "analysis/column.h"
#include "base/arena.h"
#include "result/dimension.h"

#include <errno.h>
#include <string.h>

bool pp_is_same_work(const struct pp_result *base, const struct pp_result *fresh, struct pp_error *error) {
    const struct {
        const char *what, *base, *fresh;
    } rows[] = {{"task", base->task, fresh->task},
                {"arguments", base->details, fresh->details},
                {"check value", base->check, fresh->check}};
    if (base->task_count != fresh->task_count) {
        pp_error_set(error, -EINVAL, "not the same work: %llu tasks a pass, and %llu",
                     (unsigned long long)base->task_count, (unsigned long long)fresh->task_count);
        return false;
    }
    size_t count = sizeof rows / sizeof rows[0];
    /* Over other rounds it adds up to another value; and where every pass failed there is none. */
    if (base->varies || !base->check[0] || !fresh->check[0])
        count--;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].base, rows[i].fresh) != 0) {
            pp_error_set(error, -EINVAL, "not the same work: %s %.60s in one and %.60s in the other", rows[i].what,
                         rows[i].base, rows[i].fresh);
            return false;
        }
    return true;
}

static bool is_usable(const struct pp_case_result *each) { return each->counted > 0 && each->verified; }

/* Names tell apart what differs within one run: the same case may have another in another run. */
static const struct pp_case_result *find(const struct pp_result *result, const struct pp_case_result *like) {
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (is_usable(each) && each->workers == like->workers && pp_is_same_kind(each, like))
            return each;
    }
    return NULL;
}

static size_t count_lacking(const struct pp_result *from, const struct pp_result *in) {
    size_t lacking = 0;
    for (size_t i = 0; i < from->case_count; i++)
        lacking += !is_usable(&from->cases[i]) || !find(in, &from->cases[i]);
    return lacking;
}

/* ---- one case ---- */

static int compare_case(const struct pp_case_result *base, const struct pp_case_result *fresh,
                        const struct pp_comparison *comparison, struct pp_arena *arena, struct pp_case_change *change) {
    double *base_totals = pp_arena_array(arena, base->pass_count, sizeof *base_totals);
    double *new_totals = pp_arena_array(arena, fresh->pass_count, sizeof *new_totals);
    double *scratch = pp_arena_array(arena, pp_change_scratch(base->counted, fresh->counted), sizeof *scratch);
    if (!base_totals || !new_totals || !scratch)
        return -ENOMEM;
    const struct pp_change_samples samples = {.base = base_totals,
                                              .new = new_totals,
                                              .base_count = pp_column(base, pp_pass_total, base_totals),
                                              .new_count = pp_column(fresh, pp_pass_total, new_totals)};
    *change = (struct pp_case_change){.name = base->name,
                                      .base_passes = samples.base_count,
                                      .new_passes = samples.new_count,
                                      .base_s = base->total.median,
                                      .new_s = fresh->total.median};
    return pp_change_measure(&samples, comparison->min_effect, scratch, &change->change);
}

static int compare_cases(const struct pp_result *base, const struct pp_result *fresh, struct pp_arena *arena,
                         struct pp_comparison *comparison, struct pp_error *error) {
    for (size_t i = 0; i < base->case_count; i++) {
        const struct pp_case_result *old = &base->cases[i], *other = is_usable(old) ? find(fresh, old) : NULL;
        if (!other)
            continue;
        int status = compare_case(old, other, comparison, arena, &comparison->cases[comparison->case_count]);
        if (status == -EINVAL)
            pp_error_set(error, status, "%s: a total time that is not greater than 0", old->name);
        if (status != 0)
            return status;
        comparison->case_count++;
    }
    return comparison->case_count > 0
               ? 0
               : pp_error_set(error, -EINVAL, "the two results have no case in common that did all its work");
}

/* ---- all of them ---- */

static int judge(struct pp_comparison *comparison, struct pp_arena *arena) {
    size_t count = comparison->case_count;
    struct pp_change *changes = pp_arena_array(arena, count, sizeof *changes);
    double *scratch = pp_arena_array(arena, count, sizeof *scratch);
    size_t *order = pp_arena_array(arena, count, sizeof *order);
    if (!changes || !scratch || !order)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        changes[i] = comparison->cases[i].change;
    comparison->answer = pp_change_judge(changes, count, scratch, order);
    if (comparison->answer == PP_CHANGE_NONE && comparison->only_base > 0) /* of them nothing is shown */
        comparison->answer = PP_CHANGE_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        comparison->cases[i].change = changes[i];
    comparison->passes_needed = pp_change_passes_needed(count);
    return 0;
}

static bool lies_outside(unsigned workers, struct pp_interval interval) {
    return pp_interval_known(interval) && (workers < interval.low || workers > interval.high);
}

static const struct pp_case_result *recommended(const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (strcmp(result->cases[i].name, result->verdict.name) == 0)
            return &result->cases[i];
    return NULL;
}

static void compare_verdicts(const struct pp_result *base, const struct pp_result *fresh,
                             struct pp_comparison *comparison) {
    const struct pp_verdict *old = &base->verdict, *new = &fresh->verdict;
    comparison->workers_known = old->known && new->known;
    if (!comparison->workers_known)
        return;
    const struct pp_case_result *old_case = recommended(base), *new_case = recommended(fresh);
    comparison->base_name = old->name;
    comparison->new_name = new->name;
    comparison->same_kind = old_case && new_case && pp_is_same_kind(old_case, new_case);
    comparison->base_workers = old->workers;
    comparison->new_workers = new->workers;
    comparison->workers_sure =
        comparison->same_kind && pp_interval_known(old->interval) && pp_interval_known(new->interval);
    comparison->workers_moved = comparison->workers_sure && lies_outside(new->workers, old->interval) &&
                                lies_outside(old->workers, new->interval);
}

int pp_compare(const struct pp_result *base, const struct pp_result *fresh, double min_effect, struct pp_arena *arena,
               struct pp_comparison *comparison, struct pp_error *error) {
    *comparison = (struct pp_comparison){
        .task = base->task, .base_label = base->label, .new_label = fresh->label, .min_effect = min_effect};
    if (!pp_is_same_work(base, fresh, error))
        return -EINVAL;
    comparison->cases = pp_arena_array(arena, base->case_count, sizeof *comparison->cases);
    if (!comparison->cases)
        return -ENOMEM;
    comparison->only_base = count_lacking(base, fresh);
    comparison->only_new = count_lacking(fresh, base);
    int status = compare_cases(base, fresh, arena, comparison, error);
    if (status == 0)
        status = judge(comparison, arena);
    if (status == 0)
        compare_verdicts(base, fresh, comparison);
    return status;
}
