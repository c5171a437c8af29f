#include "analysis/analysis.h"

#include "analysis/limiter.h"
#include "analysis/models.h"
#include "analysis/series.h"
#include "analysis/summary.h"
#include "analysis/verdict.h"
#include "analysis/warnings.h"
#include "result/result.h"

#include <math.h>
#include <stdio.h>

/* That of the case to use; where there is none, the first. */
static const struct pp_case_series *verdict_series(const struct pp_result *result) {
    for (size_t i = 0; i < result->series_count; i++)
        if (result->series[i].name == result->verdict.series)
            return &result->series[i];
    return result->series_count ? &result->series[0] : NULL;
}

/* Of mixed work each worker computes a share of its time, so that this many keep the CPUs busy. */
static double rule_of_thumb(const struct pp_result *result, const struct pp_case_series *series) {
    const struct pp_case_result *reference = series ? pp_reference_case(result, series->first) : NULL;
    if (!reference || result->lean)
        return NAN;
    double share = reference->breakdown.cpu / (reference->breakdown.cpu + reference->breakdown.blocked);
    return share > 0.0 ? result->machine.cpus.usable / share : NAN;
}

/* Two medians of equal work differ by less than this in 95 of 100 cases: 1.96 standard errors of their difference, the
 * standard error of a median being 1.2533 sigma / sqrt(n) for normal noise (Kendall and Stuart, "The advanced theory of
 * statistics", volume 1, section 10.10), with sigma from the median absolute deviation. */
static double noise_of(const struct pp_case_result *each) {
    double sigma = 1.4826 * each->total.mad / each->total.median;
    return 1.96 * sqrt(2.0) * 1.2533 * sigma / sqrt((double)each->counted);
}

static double noise_floor(const struct pp_result *result) {
    double largest = NAN;
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 2)
            largest = fmax(largest, noise_of(&result->cases[i]));
    return largest;
}

int pp_analysis_run(struct pp_result *result, uint64_t seed, struct pp_arena *arena) {
    int status = pp_analysis_summarise(result, arena);
    if (status != 0)
        return status;
    pp_analysis_limiters(result);
    status = pp_analysis_series(result, arena);
    if (status == 0)
        status = pp_analysis_models(result, arena);
    if (status == 0)
        status = pp_analysis_verdict(result, seed, arena);
    if (status != 0)
        return status;
    const struct pp_case_series *series = verdict_series(result);
    result->rule_of_thumb = rule_of_thumb(result, series);
    result->noise_floor = noise_floor(result);
    snprintf(result->model_remark, sizeof result->model_remark, "%s", series ? series->model_remark : "");
    return pp_analysis_warnings(result, arena);
}
