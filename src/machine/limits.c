#include "machine/limits.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/number.h"
#include "machine/machine.h"

/* From the softest to the firmest; 0: no limit. */
static void find_limits(const struct pp_machine *machine, struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX]) {
    const struct pp_topology *topology = &machine->topology;
    const struct pp_cpus *cpus = &machine->cpus;
    const struct pp_cpu_limit all[PP_CPU_LIMITS_MAX] = {
        {topology->kind_count > 1 ? topology->kinds[0].usable_cores : 0.0, "performance cores"},
        {topology->smt > 1 ? topology->usable_cores : 0.0, "physical cores"},
        {cpus->logical, "logical CPUs"},
        {cpus->affinity < cpus->logical ? cpus->affinity : 0.0, "CPUs that the affinity mask allows"},
        {cpus->quota < cpus->affinity ? cpus->quota : 0.0, "CPUs that the quota allows"}};
    for (size_t i = 0; i < PP_CPU_LIMITS_MAX; i++)
        limits[i] = all[i];
}

/* Puts one in its place; it is firmer than those that are there. */
static size_t insert(struct pp_cpu_limit *limits, size_t count, struct pp_cpu_limit limit) {
    size_t at = 0;
    while (at < count && limits[at].count < limit.count)
        at++;
    if (at < count && limits[at].count <= limit.count) {
        limits[at] = limit;
        return count;
    }
    for (size_t i = count; i > at; i--)
        limits[i] = limits[i - 1];
    limits[at] = limit;
    return count + 1;
}

size_t pp_cpu_limits(const struct pp_machine *machine, struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX]) {
    struct pp_cpu_limit all[PP_CPU_LIMITS_MAX];
    size_t count = 0;
    find_limits(machine, all);
    for (size_t i = 0; i < PP_CPU_LIMITS_MAX; i++)
        if (all[i].count > 0.0)
            count = insert(limits, count, all[i]);
    return count;
}

int pp_cpu_limit_remark(const struct pp_cpu_limit *limit, const struct pp_ints *workers, char *text, size_t size) {
    int64_t least = 0, greatest = 0;
    for (size_t i = 0; i < workers->count; i++) {
        int64_t each = workers->items[i];
        if ((double)each > limit->count && (least == 0 || each < least))
            least = each;
        greatest = each > greatest ? each : greatest;
    }
    if (least == 0)
        return 0;
    const char *verb = least < greatest ? " and more go" : least > 1 ? " go" : " goes";
    return snprintf(text, size, "%" PRId64 " worker%s%s past the %s %s", least, least > 1 ? "s" : "", verb,
                    pp_figure_of(limit->count, 4).text, limit->name);
}
