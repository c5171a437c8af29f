#include "analysis/models.h"

#include "base/arena.h"
#include "result/dimension.h"
#include "stats/scaling.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Ascending in workers, each number once: of two cases with equal numbers the first counts. */
static int by_workers(const void *one, const void *other) {
    const struct pp_scaling_point *a = one, *b = other;
    return (a->workers > b->workers) - (a->workers < b->workers);
}

/* Standard error of a median of `count` values, relative: 1.2533 sigma / sqrt(n) (Kendall and Stuart, "The advanced
 * theory of statistics", volume 1, section 10.10). */
static double relative_error(const struct pp_stats *total) {
    return total->count < 2 ? 0.0 : 1.2533 * total->stddev / total->median / sqrt((double)total->count);
}

static size_t collect(const struct pp_result *result, const struct pp_case_series *series,
                      struct pp_scaling_point *points) {
    size_t count = 0;
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *each = &result->cases[i];
        if (each->workers == 0 || each->counted == 0 || !each->verified || !pp_is_same_kind(series->first, each))
            continue;
        points[count++] = (struct pp_scaling_point){.workers = each->workers,
                                                    .throughput = (double)each->task_count / each->total.median,
                                                    .error = relative_error(&each->total)};
    }
    qsort(points, count, sizeof *points, by_workers);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || points[i].workers > points[kept - 1].workers)
            points[kept++] = points[i];
    return kept;
}

static struct pp_model model_of(const struct pp_case_series *series, const struct pp_scaling_model *fitted,
                                bool chosen) {
    return (struct pp_model){.series = series->name,
                             .name = fitted->name,
                             .gamma = fitted->gamma.value,
                             .sigma = fitted->sigma.value,
                             .kappa = fitted->kappa.value,
                             .roof = fitted->roof.value,
                             .gamma_se = fitted->gamma.error,
                             .sigma_se = fitted->sigma.error,
                             .kappa_se = fitted->kappa.error,
                             .aicc = fitted->aicc,
                             .residual_rms = fitted->rms,
                             .peak_workers = fitted->peak,
                             .ceiling = fitted->ceiling,
                             .chosen = chosen};
}

static void remark(struct pp_case_series *series, const struct pp_scaling *scaling,
                   const struct pp_scaling_point *points) {
    char *text = series->model_remark;
    size_t size = sizeof series->model_remark;
    switch (scaling->reason) {
    case PP_SCALING_TOO_FEW_POINTS:
        snprintf(text, size, "none: fewer than three worker counts");
        return;
    case PP_SCALING_SUPERLINEAR:
        snprintf(text, size, "none: %g workers do more for each than %g (superlinear: caches, or a disturbed pass)",
                 points[scaling->superlinear].workers, points[0].workers);
        return;
    case PP_SCALING_NO_FIT:
        snprintf(text, size,
                 "none fits: the nearest misses the points by more than their spread, or by more than 25 %%");
        return;
    case PP_SCALING_CHOSEN:
        break;
    }
    if (scaling->few_points)
        snprintf(text, size, "fewer than six worker counts: not to be extrapolated");
}

static void fit(struct pp_result *result, struct pp_case_series *series, struct pp_scaling_point *points) {
    size_t count = collect(result, series, points);
    struct pp_scaling scaling;
    if (count < 2 || pp_scaling_fit(points, count, &scaling) != 0) /* nothing to draw a curve through */
        return;
    for (int kind = 0; kind < PP_SCALING_KINDS; kind++)
        if (scaling.models[kind].fitted)
            result->models[result->model_count++] = model_of(series, &scaling.models[kind], kind == scaling.chosen);
    remark(series, &scaling, points);
}

int pp_analysis_models(struct pp_result *result, struct pp_arena *arena) {
    struct pp_scaling_point *points = pp_arena_array(arena, result->case_count, sizeof *points);
    result->model_count = 0;
    result->models = pp_arena_array(arena, result->series_count, PP_SCALING_KINDS * sizeof *result->models);
    if (!points || !result->models)
        return -ENOMEM;
    for (size_t i = 0; i < result->series_count; i++)
        fit(result, &result->series[i], points);
    return 0;
}
