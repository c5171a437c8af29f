#include "analysis/alternatives.h"

#include <math.h>
#include <stdio.h>

static struct pp_alternative *add(struct pp_verdict *verdict, const char *kind, unsigned workers, const char *name) {
    struct pp_alternative *alternative = &verdict->alternatives[verdict->alternative_count++];
    *alternative = (struct pp_alternative){.kind = kind, .workers = workers, .name = name, .extrapolated = !name};
    return alternative;
}

static void fastest(struct pp_verdict *verdict, const struct pp_case_result *chosen,
                    const struct pp_case_result *best) {
    if (best == chosen)
        return;
    struct pp_alternative *alternative = add(verdict, "fastest", best->workers, best->name);
    snprintf(alternative->reason, sizeof alternative->reason, "%.1f %% faster, %.3g CPU s a pass instead of %.3g",
             100.0 * (chosen->total.median / best->total.median - 1.0), best->cost.cpu_s, chosen->cost.cpu_s);
}

static void cheapest(struct pp_verdict *verdict, const struct pp_case_result *const *list, size_t count,
                     const struct pp_case_result *chosen) {
    const struct pp_case_result *least = chosen;
    for (size_t i = 0; i < count; i++)
        if (list[i]->cost.cpu_s < least->cost.cpu_s)
            least = list[i];
    if (least == chosen)
        return;
    struct pp_alternative *alternative = add(verdict, "cheapest", least->workers, least->name);
    snprintf(alternative->reason, sizeof alternative->reason, "%.3g CPU s a pass instead of %.3g, %.1f %% slower",
             least->cost.cpu_s, chosen->cost.cpu_s, 100.0 * (least->total.median / chosen->total.median - 1.0));
}

/* ---- memory ---- */

/* Bytes that all have in common, and that each worker adds: a straight line through the peaks, by least squares.
 * Returns whether there is one. */
static bool memory_line(const struct pp_case_result *const *list, size_t count, double *common, double *each) {
    double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (size_t i = 0; i < count; i++) {
        double workers = list[i]->workers, peak = list[i]->memory.peak_pss;
        if (list[i]->workers == 0 || isnan(peak))
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

static void fitting(struct pp_result *result, const struct pp_case_result *const *list, size_t count,
                    const struct pp_case_result *chosen) {
    double common, each, limit = (double)result->machine.memory.usable;
    if (!memory_line(list, count, &common, &each) || limit <= 0.0 || common >= limit)
        return;
    double most = floor((limit - common) / each);
    if (most < 1.0 || most > far_beyond * list[count - 1]->workers ||
        most == chosen->workers) /* memory is no question here */
        return;
    const struct pp_case_result *measured = NULL;
    for (size_t i = 0; i < count; i++)
        if (list[i]->workers == (unsigned)most)
            measured = list[i];
    struct pp_alternative *alternative =
        add(&result->verdict, "fits in memory", (unsigned)most, measured ? measured->name : NULL);
    snprintf(alternative->reason, sizeof alternative->reason,
             "the most that fit into %.3g GB, at %.3g MB for each and %.3g MB for all", limit / 1e9, each / 1e6,
             common / 1e6);
}

void pp_verdict_alternatives(struct pp_result *result, const struct pp_case_result *const *list, size_t count,
                             const struct pp_case_result *chosen, const struct pp_case_result *best) {
    fastest(&result->verdict, chosen, best);
    cheapest(&result->verdict, list, count, chosen);
    fitting(result, list, count, chosen);
}
