#include "stats/change.h"

#include <errno.h>
#include <math.h>

#include "stats/holm.h"
#include "stats/mann_whitney.h"

/* The distribution of U, and behind it the ratios of all pairs. */
size_t pp_change_scratch(size_t base_count, size_t new_count) {
    return pp_mann_whitney_scratch(base_count, new_count) + base_count * new_count;
}

static bool all_positive(const double *values, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]) || values[i] <= 0.0)
            return false;
    return count > 0;
}

static void sift_down(double *heap, size_t count, size_t place) {
    double value = heap[place];
    for (size_t child; (child = 2 * place + 1) < count; place = child) {
        if (child + 1 < count && heap[child + 1] > heap[child])
            child++;
        if (heap[child] <= value)
            break;
        heap[place] = heap[child];
    }
    heap[place] = value;
}

/* qsort of the C library may allocate. */
static void heap_sort(double *values, size_t count) {
    for (size_t i = count / 2; i-- > 0;)
        sift_down(values, count, i);
    for (size_t end = count; end-- > 1;) {
        double largest = values[0];
        values[0] = values[end];
        values[end] = largest;
        sift_down(values, end, 0);
    }
}

static size_t sort_ratios(const struct pp_change_samples *samples, double *ratios) {
    size_t pairs = 0;
    for (size_t i = 0; i < samples->base_count; i++)
        for (size_t j = 0; j < samples->new_count; j++)
            ratios[pairs++] = samples->new[j] / samples->base[i];
    heap_sort(ratios, pairs);
    return pairs;
}

static void estimate(const struct pp_change_samples *samples, size_t order, double *ratios, struct pp_change *change) {
    size_t pairs = sort_ratios(samples, ratios);
    change->change = sqrt(ratios[(pairs - 1) / 2]) * sqrt(ratios[pairs / 2]) - 1.0; /* median of logarithms */
    change->interval = PP_INTERVAL_UNKNOWN;
    if (order > 0)
        change->interval = (struct pp_interval){ratios[order - 1] - 1.0, ratios[pairs - order] - 1.0};
}

static double doubled(double one_sided) { return fmin(1.0, 2.0 * one_sided); }

int pp_change_measure(const struct pp_change_samples *samples, double min_effect, double *scratch,
                      struct pp_change *change) {
    size_t n = samples->base_count, m = samples->new_count;
    if (!all_positive(samples->base, n) || !all_positive(samples->new, m) || !(min_effect >= 0.0))
        return -EINVAL;
    struct pp_mann_whitney_null null = pp_mann_whitney_null(n, m, scratch);
    struct pp_mann_whitney slower, faster;
    int error = pp_mann_whitney_test(&null, samples->base, 1.0 + min_effect, samples->new, &slower);
    if (error == 0)
        error = pp_mann_whitney_test(&null, samples->base, 1.0 / (1.0 + min_effect), samples->new, &faster);
    if (error != 0)
        return error;
    estimate(samples, pp_mann_whitney_order(&null, PP_CHANGE_ALPHA / 2.0), scratch + pp_mann_whitney_scratch(n, m),
             change);
    change->p_above = doubled(slower.greater);
    change->p_below = doubled(slower.less);
    change->p_improved = doubled(faster.less);
    change->smallest_p = pp_mann_whitney_smallest_p(n, m);
    change->too_few = change->improved = false;
    change->verdict = PP_CHANGE_UNKNOWN;
    return 0;
}

enum which { ABOVE, IMPROVED };

static double *p_of(struct pp_change *change, enum which which) {
    return which == ABOVE ? &change->p_above : &change->p_improved;
}

static void adjust(struct pp_change *changes, size_t count, enum which which, double *scratch, size_t *order) {
    for (size_t i = 0; i < count; i++)
        scratch[i] = *p_of(&changes[i], which);
    pp_holm(scratch, count, order);
    for (size_t i = 0; i < count; i++)
        *p_of(&changes[i], which) = scratch[i];
}

static enum pp_change_verdict decide(const struct pp_change *change) {
    if (change->too_few)
        return PP_CHANGE_UNKNOWN;
    if (change->p_above <= PP_CHANGE_ALPHA)
        return PP_CHANGE_REGRESSED;
    return change->p_below <= PP_CHANGE_ALPHA ? PP_CHANGE_NONE : PP_CHANGE_UNKNOWN;
}

enum pp_change_verdict pp_change_judge(struct pp_change *changes, size_t count, double *scratch, size_t *order) {
    adjust(changes, count, ABOVE, scratch, order);
    adjust(changes, count, IMPROVED, scratch, order);
    size_t found[] = {[PP_CHANGE_NONE] = 0, [PP_CHANGE_REGRESSED] = 0, [PP_CHANGE_UNKNOWN] = 0};
    for (size_t i = 0; i < count; i++) {
        struct pp_change *change = &changes[i];
        change->too_few = change->smallest_p * (double)count > PP_CHANGE_ALPHA;
        change->improved = !change->too_few && change->p_improved <= PP_CHANGE_ALPHA;
        change->verdict = decide(change);
        found[change->verdict]++;
    }
    if (found[PP_CHANGE_REGRESSED] > 0)
        return PP_CHANGE_REGRESSED;
    return found[PP_CHANGE_UNKNOWN] > 0 || count == 0 ? PP_CHANGE_UNKNOWN : PP_CHANGE_NONE;
}

size_t pp_change_passes_needed(size_t cases) {
    size_t passes = 1;
    while (pp_mann_whitney_smallest_p(passes, passes) * (double)cases > PP_CHANGE_ALPHA)
        passes++;
    return passes;
}
