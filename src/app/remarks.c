#include "app/remarks.h"

#include "app/say.h"
#include "exec/mpi.h"
#include "machine/limits.h"
#include "machine/machine.h"
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ranks may run on other hosts, of whose CPUs nothing is known here. */
static bool may_be_elsewhere(const struct pp_case *each) { return strcmp(each->executor, "mpi") == 0; }

static void about_limits(const struct pp_case *cases, size_t count, const struct pp_machine *machine,
                         struct pp_remarks *remarks) {
    struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX];
    int64_t *counts = calloc(count, sizeof *counts);
    struct pp_ints workers = {.items = counts};
    for (size_t i = 0; counts && i < count; i++)
        if (!pp_plan_uses_one_cpu(cases[i].executor) && !may_be_elsewhere(&cases[i]))
            counts[workers.count++] = cases[i].workers;
    size_t limit_count = pp_cpu_limits(machine, limits);
    for (size_t i = 0; i < limit_count && remarks->count < PP_REMARKS_MAX; i++)
        remarks->count +=
            pp_cpu_limit_remark(&limits[i], &workers, remarks->items[remarks->count], PP_REMARK_BYTES) > 0;
    free(counts);
}

static double inner_threads(const struct pp_config *config, const struct pp_case *each, double cpus) {
    if (each->library_threads > 0)
        return each->library_threads;
    return config->task->library_threads(config->args) == 0 ? cpus : 1.0;
}

/* One remark is enough, and none where the threads are what is tried out. */
static void about_threads(const struct pp_config *config, const struct pp_case *cases, size_t count, double cpus,
                          struct pp_remarks *remarks) {
    if (!config->task->library_threads || remarks->count == PP_REMARKS_MAX)
        return;
    for (size_t i = 1; i < count; i++)
        if (cases[i].library_threads != cases[0].library_threads)
            return;
    for (size_t i = 0; i < count; i++) {
        double workers = cases[i].workers, threads = inner_threads(config, &cases[i], cpus);
        if (workers < 2.0 || workers * threads <= cpus || threads < 2.0 || pp_plan_uses_one_cpu(cases[i].executor) ||
            may_be_elsewhere(&cases[i]))
            continue;
        snprintf(
            remarks->items[remarks->count++], PP_REMARK_BYTES,
            "%g workers x %g library threads = %g, more than the %g usable CPUs: they will get in each other's way; "
            "\"library_threads\": 1 shows how the workers scale",
            workers, threads, workers * threads, cpus);
        return;
    }
}

/* What mpirun does to rank 0, its children inherit. */
static void about_binding(const struct pp_case *cases, size_t count, const struct pp_machine *machine,
                          struct pp_remarks *remarks) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    size_t own = 0; /* cases whose workers are no ranks */
    for (size_t i = 0; i < count; i++)
        own += cases[i].workers > 0 && !may_be_elsewhere(&cases[i]);
    if (pp_mpi_size() < 2 || own == 0 || machine->cpus.affinity >= cpus || remarks->count == PP_REMARKS_MAX)
        return;
    snprintf(
        remarks->items[remarks->count++], PP_REMARK_BYTES,
        "mpirun has bound rank 0 to %u of %ld CPUs, and with it all workers but those by mpi; `mpirun --bind-to none` "
        "leaves them free",
        machine->cpus.affinity, cpus);
}

void pp_plan_remarks(const struct pp_config *config, const struct pp_case *cases, size_t count,
                     const struct pp_machine *machine, struct pp_remarks *remarks) {
    remarks->count = 0;
    if (!(config->task->caps & PP_TASK_WAITS))
        about_limits(cases, count, machine, remarks);
    about_threads(config, cases, count, machine->cpus.usable, remarks);
    about_binding(cases, count, machine, remarks);
}

void pp_remarks_print(const struct pp_remarks *remarks, FILE *out) {
    for (size_t i = 0; i < remarks->count; i++)
        pp_say(out, "warning: %s", remarks->items[i]);
}
