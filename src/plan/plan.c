#include "plan/plan.h"

#include "schema/config.h"

#include <stdio.h>

size_t pp_plan_size(const struct pp_config *config) { return config->workers.count; }

void pp_plan_cases(const struct pp_config *config, struct pp_case *cases) {
    for (size_t i = 0; i < config->workers.count; i++) {
        struct pp_case *each = &cases[i];
        *each = (struct pp_case){.workers = (unsigned)config->workers.items[i],
                                 .chunk_size = (unsigned long)config->chunk_size,
                                 .library_threads = (unsigned)config->library_threads};
        if (each->workers == 0)
            snprintf(each->name, sizeof each->name, "sequential");
        else
            snprintf(each->name, sizeof each->name, "parallel_%u", each->workers);
    }
}

size_t pp_plan_rounds(const struct pp_config *config) {
    return config->precision > 0.0 ? 0 : (size_t)config->iterations;
}

/* All that are certain, warm-ups included. */
static size_t least_rounds(const struct pp_config *config) {
    size_t counted = pp_plan_rounds(config);
    return (size_t)config->warmup + (counted ? counted : PP_PLAN_ROUNDS_MIN);
}

size_t pp_plan_passes(const struct pp_config *config) { return least_rounds(config) * pp_plan_size(config); }

/* Work that waits overlaps as far as there are workers; work that computes only as far as there are CPUs. */
static double usable_workers(const struct pp_config *config, int64_t workers, double cpus) {
    double at_once = workers > 0 ? (double)workers : 1.0;
    if (at_once > cpus && !(config->task->caps & PP_TASK_WAITS))
        at_once = cpus;
    return at_once;
}

double pp_plan_estimate_s(const struct pp_config *config, double cpus) {
    double task_s = config->task->estimate ? config->task->estimate(config->args) : 0.0;
    double round_s = 0.0;
    for (size_t i = 0; i < config->workers.count; i++) {
        round_s += task_s * (double)config->task_count / usable_workers(config, config->workers.items[i], cpus);
        round_s += config->wait_after_runner_s;
    }
    round_s += config->wait_after_iteration_s;
    return round_s * (double)least_rounds(config);
}
