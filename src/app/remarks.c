#include "app/remarks.h"

#include "machine/limits.h"
#include "machine/machine.h"
#include "schema/config.h"

static void about_limits(const struct pp_config *config, const struct pp_machine *machine, struct pp_remarks *remarks) {
    struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX];
    size_t count = config->task->caps & PP_TASK_WAITS ? 0 : pp_cpu_limits(machine, limits);
    for (size_t i = 0; i < count && remarks->count < PP_REMARKS_MAX; i++)
        remarks->count +=
            pp_cpu_limit_remark(&limits[i], &config->workers, remarks->items[remarks->count], PP_REMARK_BYTES) > 0;
}

static void about_threads(const struct pp_config *config, double cpus, struct pp_remarks *remarks) {
    if (!config->task->library_threads || remarks->count == PP_REMARKS_MAX)
        return;
    double threads = (double)config->library_threads;
    if (config->library_threads == 0)
        threads = config->task->library_threads(config->args) == 0 ? cpus : 1.0;
    for (size_t i = 0; i < config->workers.count; i++) {
        double workers = (double)config->workers.items[i];
        if (workers < 2.0 || workers * threads <= cpus || threads < 2.0)
            continue;
        snprintf(
            remarks->items[remarks->count++], PP_REMARK_BYTES,
            "%g workers x %g library threads = %g, more than the %g usable CPUs: they will get in each other's way; "
            "\"library_threads\": 1 shows how the workers scale",
            workers, threads, workers * threads, cpus);
        return;
    }
}

void pp_plan_remarks(const struct pp_config *config, const struct pp_machine *machine, struct pp_remarks *remarks) {
    remarks->count = 0;
    about_limits(config, machine, remarks);
    about_threads(config, machine->cpus.usable, remarks);
}

void pp_remarks_print(const struct pp_remarks *remarks, FILE *out) {
    for (size_t i = 0; i < remarks->count; i++)
        fprintf(out, "warning: %s\n", remarks->items[i]);
}
