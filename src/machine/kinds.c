#include "machine/kinds.h"

#include <stdio.h>

#include "machine/sysfile.h"

/* Intel's kinds, the fastest first. hwloc 2.9 would tell them by asking each CPU itself (CPUID), which a captured tree
 * cannot answer and which means visiting every CPU; the kernel has asked them already. */
static const struct {
    const char *file, *name;
} counters[] = {{"/sys/devices/cpu_core/cpus", "performance"},
                {"/sys/devices/cpu_atom/cpus", "efficiency"},
                {"/sys/devices/cpu_lowpower/cpus", "low-power"}};

static uint64_t max_hz(const char *root, const struct pp_cpuset *cpus) {
    uint64_t greatest_khz = 0;
    for (unsigned cpu = pp_cpuset_next(cpus, 0); cpu < PP_CPUSET_CPUS; cpu = pp_cpuset_next(cpus, cpu + 1)) {
        char name[96];
        uint64_t khz;
        snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/cpufreq/cpuinfo_max_freq", cpu);
        if (pp_sysfile_number(root, name, &khz) && khz > greatest_khz)
            greatest_khz = khz;
    }
    return greatest_khz * 1000;
}

unsigned pp_kinds_read(const char *root, struct pp_cpu_kind kinds[PP_CPU_KINDS_MAX]) {
    unsigned count = 0;
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        char list[PP_SYSFILE_LINE_BYTES];
        struct pp_cpu_kind kind = {0};
        if (!pp_sysfile_line(root, counters[i].file, list, sizeof list) || !pp_cpuset_parse(&kind.cpus, list) ||
            pp_cpuset_count(&kind.cpus) == 0)
            continue;
        snprintf(kind.name, sizeof kind.name, "%s", counters[i].name);
        kind.logical = pp_cpuset_count(&kind.cpus);
        kind.max_hz = max_hz(root, &kind.cpus);
        kinds[count++] = kind;
    }
    return count >= 2 ? count : 0;
}
