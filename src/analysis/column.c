#include "analysis/column.h"

#include "stats/quantile.h"

#include <math.h>

#define TAKE(name, member)                                                                                             \
    double pp_pass_##name(const struct pp_pass *pass) { return (double)pass->member; }

TAKE(total, total_s)
TAKE(init, init_s)
TAKE(work, work_s)
TAKE(task_avg, task_avg_s)
TAKE(task_cpu, task_cpu_s)
TAKE(done, done)
TAKE(cpu_user, cpu_user_s)
TAKE(cpu_system, cpu_system_s)
TAKE(peak_pss, peak_pss)
TAKE(energy, energy_j)
TAKE(voluntary, switches_voluntary)
TAKE(involuntary, switches_involuntary)
TAKE(faults_minor, faults_minor)
TAKE(faults_major, faults_major)
TAKE(instructions, instructions)
TAKE(cycles, cycles)
TAKE(cache_misses, cache_misses)
TAKE(part_cpu, breakdown.cpu)
TAKE(part_runnable, breakdown.runnable)
TAKE(part_blocked, breakdown.blocked)
TAKE(part_verify, breakdown.verify)
TAKE(part_transfer, breakdown.transfer)
TAKE(part_waiting, breakdown.waiting)
TAKE(part_tail, breakdown.tail)
TAKE(part_other, breakdown.other)
TAKE(loop_blocked, loop_blocked)

double pp_pass_cpu(const struct pp_pass *pass) { return pass->cpu_user_s + pass->cpu_system_s; }

size_t pp_column(const struct pp_case_result *result, pp_pass_value *value, double *values) {
    size_t count = 0;
    for (size_t i = 0; i < result->pass_count; i++) {
        const struct pp_pass *pass = &result->passes[i];
        if (!pass->repeated && !isnan(value(pass)))
            values[count++] = value(pass);
    }
    return count;
}

/* Passes lie in the order of their rounds, so that one walk over both finds the pairs. */
size_t pp_column_pairs(const struct pp_case_result *base, const struct pp_case_result *other, pp_pass_value *value,
                       double *base_values, double *other_values) {
    size_t count = 0, b = 0;
    for (size_t i = 0; i < other->pass_count; i++) {
        const struct pp_pass *pass = &other->passes[i];
        if (pass->repeated)
            continue;
        while (b < base->pass_count && (base->passes[b].round < pass->round || base->passes[b].repeated))
            b++;
        if (b == base->pass_count || base->passes[b].round != pass->round)
            continue;
        base_values[count] = value(&base->passes[b]);
        other_values[count++] = value(pass);
    }
    return count;
}

double pp_column_mean(const struct pp_case_result *result, pp_pass_value *value, double *scratch) {
    size_t count = pp_column(result, value, scratch);
    double mean = 0.0;
    for (size_t i = 0; i < count; i++)
        mean += (scratch[i] - mean) / (double)(i + 1);
    return count ? mean : NAN;
}

double pp_column_median(const struct pp_case_result *result, pp_pass_value *value, double *scratch) {
    size_t count = pp_column(result, value, scratch);
    return count ? pp_median_select(scratch, count) : NAN;
}

double pp_column_max(const struct pp_case_result *result, pp_pass_value *value, double *scratch) {
    size_t count = pp_column(result, value, scratch);
    double largest = NAN;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, scratch[i]);
    return largest;
}

void pp_column_stats(const struct pp_case_result *result, pp_pass_value *value, double *scratch,
                     struct pp_stats *stats) {
    size_t count = pp_column(result, value, scratch);
    pp_stats_of(scratch, count, scratch + result->pass_count, stats);
}
