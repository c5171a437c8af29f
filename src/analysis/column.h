/* One number of every counted pass of a case, as a column to calculate with. Pure. */
#ifndef PP_ANALYSIS_COLUMN_H
#define PP_ANALYSIS_COLUMN_H

#include "result/result.h"

#include <stddef.h>

/* Takes a number out of a pass; NaN: not known. */
typedef double pp_pass_value(const struct pp_pass *pass);

pp_pass_value pp_pass_total, pp_pass_init, pp_pass_work, pp_pass_task_avg, pp_pass_task_cpu, pp_pass_done;
pp_pass_value pp_pass_cpu, pp_pass_cpu_user, pp_pass_cpu_system, pp_pass_peak_pss, pp_pass_energy;
pp_pass_value pp_pass_voluntary, pp_pass_involuntary, pp_pass_faults_minor, pp_pass_faults_major;
pp_pass_value pp_pass_instructions, pp_pass_cycles, pp_pass_cache_misses;
pp_pass_value pp_pass_part_cpu, pp_pass_part_runnable, pp_pass_part_blocked, pp_pass_part_verify;
pp_pass_value pp_pass_part_transfer, pp_pass_part_waiting, pp_pass_part_tail, pp_pass_part_other;
pp_pass_value pp_pass_loop_blocked;

/* Writes the known values of the counted passes, at most result->pass_count, and returns how many. */
size_t pp_column(const struct pp_case_result *result, pp_pass_value *value, double *values);

/* Writes the values of both cases for each round in which both have a counted pass. Returns how many. */
size_t pp_column_pairs(const struct pp_case_result *base, const struct pp_case_result *other, pp_pass_value *value,
                       double *base_values, double *other_values);

/* The scratch of all has room for 2 x result->pass_count. NaN where nothing is known. */
double pp_column_mean(const struct pp_case_result *result, pp_pass_value *value, double *scratch);
double pp_column_median(const struct pp_case_result *result, pp_pass_value *value, double *scratch);
double pp_column_max(const struct pp_case_result *result, pp_pass_value *value, double *scratch);
void pp_column_stats(const struct pp_case_result *result, pp_pass_value *value, double *scratch,
                     struct pp_stats *stats);

#endif
