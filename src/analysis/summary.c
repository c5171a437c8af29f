#include "analysis/summary.h"

#include "analysis/column.h"
#include "analysis/series.h"
#include "base/arena.h"
#include "result/result.h"
#include "stats/ratio.h"

#include <errno.h>
#include <math.h>

/* ---- task times ---- */

static void summarise_tasks(struct pp_case_result *result) {
    const struct pp_histogram *times = result->histogram;
    if (!times && result->bucket_count > 0) /* a result that was read has what came of it */
        return;
    result->task = (struct pp_task_times){0, result->task_avg.mean, NAN, NAN, NAN, NAN, NAN};
    if (!times || times->count == 0)
        return;
    result->task = (struct pp_task_times){.count = times->count,
                                          .mean_s = result->task_avg.mean,
                                          .p50_s = pp_histogram_quantile_ns(times, 0.5) * 1e-9,
                                          .p90_s = pp_histogram_quantile_ns(times, 0.9) * 1e-9,
                                          .p99_s = pp_histogram_quantile_ns(times, 0.99) * 1e-9,
                                          .p999_s = pp_histogram_quantile_ns(times, 0.999) * 1e-9,
                                          .max_s = pp_histogram_quantile_ns(times, 1.0) * 1e-9};
}

static int list_buckets(struct pp_case_result *result, struct pp_arena *arena) {
    if (!result->histogram)
        return 0;
    result->bucket_count = 0;
    size_t used = 0;
    for (unsigned i = 0; i < PP_HISTOGRAM_BUCKETS; i++)
        used += result->histogram->buckets[i] > 0;
    struct pp_bucket *list = pp_arena_array(arena, used, sizeof *list);
    if (!list)
        return -ENOMEM;
    for (unsigned i = 0; i < PP_HISTOGRAM_BUCKETS; i++)
        if (result->histogram->buckets[i] > 0)
            list[result->bucket_count++] = (struct pp_bucket){pp_histogram_low(i), result->histogram->buckets[i]};
    result->buckets = list;
    return 0;
}

/* ---- what it costs ---- */

static void summarise_cost(struct pp_case_result *result, double *scratch) {
    struct pp_cost *cost = &result->cost;
    *cost = (struct pp_cost){.cpu_s = pp_column_median(result, pp_pass_cpu, scratch),
                             .cpu_user_s = pp_column_median(result, pp_pass_cpu_user, scratch),
                             .cpu_system_s = pp_column_median(result, pp_pass_cpu_system, scratch),
                             .switches_voluntary = pp_column_median(result, pp_pass_voluntary, scratch),
                             .switches_involuntary = pp_column_median(result, pp_pass_involuntary, scratch),
                             .faults_minor = pp_column_median(result, pp_pass_faults_minor, scratch),
                             .faults_major = pp_column_median(result, pp_pass_faults_major, scratch),
                             .energy_j = pp_column_median(result, pp_pass_energy, scratch),
                             .instructions = pp_column_median(result, pp_pass_instructions, scratch),
                             .cycles = pp_column_median(result, pp_pass_cycles, scratch),
                             .cache_misses = pp_column_median(result, pp_pass_cache_misses, scratch)};
    double done = pp_column_median(result, pp_pass_done, scratch);
    cost->tasks_per_cpu_s = cost->cpu_s > 0.0 ? done / cost->cpu_s : NAN;
    result->memory.peak_pss = pp_column_max(result, pp_pass_peak_pss, scratch);
    result->task_cpu_s = pp_column_median(result, pp_pass_task_cpu, scratch);
}

static void summarise_breakdown(struct pp_case_result *result, double *scratch) {
    result->breakdown = (struct pp_breakdown){.cpu = pp_column_mean(result, pp_pass_part_cpu, scratch),
                                              .runnable = pp_column_mean(result, pp_pass_part_runnable, scratch),
                                              .blocked = pp_column_mean(result, pp_pass_part_blocked, scratch),
                                              .verify = pp_column_mean(result, pp_pass_part_verify, scratch),
                                              .transfer = pp_column_mean(result, pp_pass_part_transfer, scratch),
                                              .waiting = pp_column_mean(result, pp_pass_part_waiting, scratch),
                                              .tail = pp_column_mean(result, pp_pass_part_tail, scratch),
                                              .other = pp_column_mean(result, pp_pass_part_other, scratch)};
    double whole_s = result->work.mean * (result->workers ? result->workers : 1);
    result->loop_blocked = pp_column_mean(result, pp_pass_loop_blocked, scratch);
    result->unaccounted = fabs(result->breakdown.other) / whole_s;
}

/* ---- a case ---- */

static void count_passes(struct pp_case_result *result) {
    result->counted = result->disturbed = result->repeats = 0;
    for (size_t i = 0; i < result->pass_count; i++) {
        const struct pp_pass *pass = &result->passes[i];
        result->repeats += pass->repeated;
        result->counted += !pass->repeated;
        result->disturbed += !pass->repeated && pass->disturbed != 0;
    }
}

static int summarise_case(struct pp_case_result *result, double *scratch, struct pp_arena *arena) {
    count_passes(result);
    if (result->counted == 0)
        return 0;
    pp_column_stats(result, pp_pass_total, scratch, &result->total);
    pp_column_stats(result, pp_pass_init, scratch, &result->init);
    pp_column_stats(result, pp_pass_work, scratch, &result->work);
    pp_column_stats(result, pp_pass_task_avg, scratch, &result->task_avg);
    result->verified = result->failed == 0;
    double done = pp_column_mean(result, pp_pass_done, scratch);
    result->tasks_per_second = result->total.median > 0.0 ? done / result->total.median : NAN;
    summarise_cost(result, scratch);
    summarise_breakdown(result, scratch);
    summarise_tasks(result);
    return list_buckets(result, arena);
}

/* ---- against the base ---- */

static const struct pp_case_result *sequential_case(const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].workers == 0 && result->cases[i].counted > 0)
            return &result->cases[i];
    return NULL;
}

static double workers_of(const struct pp_case_result *each) { return each->workers ? each->workers : 1; }

/* Failed tasks are work not done: a time without them is no speed-up. */
static void compare(struct pp_case_result *each, const struct pp_case_result *base, double *scratch) {
    each->speedup = (struct pp_speedup){NAN, PP_INTERVAL_UNKNOWN, NULL};
    each->efficiency = NAN;
    if (!base || each->counted == 0 || !base->verified || !each->verified)
        return;
    size_t room = each->pass_count + base->pass_count;
    double *base_totals = scratch, *totals = scratch + room;
    size_t pairs = pp_column_pairs(base, each, pp_pass_total, base_totals, totals);
    struct pp_ratio ratio = pp_ratio_of(base_totals, totals, pairs, scratch + 2 * room);
    each->speedup = (struct pp_speedup){ratio.ratio, ratio.ci95, base->name};
    each->efficiency = ratio.ratio * workers_of(base) / workers_of(each);
}

/* Two columns of two cases, and as much again for those who sort. */
static size_t scratch_size(const struct pp_result *result) {
    size_t largest = 1;
    for (size_t i = 0; i < result->case_count; i++)
        largest = result->cases[i].pass_count > largest ? result->cases[i].pass_count : largest;
    return 8 * largest;
}

int pp_analysis_summarise(struct pp_result *result, struct pp_arena *arena) {
    double *scratch = pp_arena_array(arena, scratch_size(result), sizeof *scratch);
    if (!scratch)
        return -ENOMEM;
    for (size_t i = 0; i < result->case_count; i++)
        if (summarise_case(&result->cases[i], scratch, arena) != 0)
            return -ENOMEM;
    const struct pp_case_result *sequential = sequential_case(result);
    for (size_t i = 0; i < result->case_count; i++) {
        struct pp_case_result *each = &result->cases[i];
        compare(each, sequential ? sequential : pp_reference_case(result, each), scratch);
    }
    return 0;
}
