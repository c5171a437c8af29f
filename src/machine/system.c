#include "machine/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "machine/sysfile.h"
#include "machine/virtual.h"

static void read_os(const char *root, struct pp_system *system) {
    if (!pp_sysfile_value(root, "/etc/os-release", "PRETTY_NAME", system->os, sizeof system->os))
        pp_sysfile_value(root, "/usr/lib/os-release", "PRETTY_NAME", system->os, sizeof system->os);
}

static void read_kernel(const char *root, struct pp_system *system) {
    struct utsname name;
    if (!pp_sysfile_line(root, "/proc/sys/kernel/osrelease", system->kernel, sizeof system->kernel) &&
        root[0] == '\0' && uname(&name) == 0)
        snprintf(system->kernel, sizeof system->kernel, "%.90s", name.release);
}

static uint64_t read_khz(const char *root, unsigned cpu, const char *file) {
    char name[96];
    uint64_t khz = 0;
    snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/cpufreq/%s", cpu, file);
    pp_sysfile_number(root, name, &khz);
    return khz * 1000;
}

/* Linux, Documentation/admin-guide/pm/cpufreq.rst; virtual machines often have none of it. */
static void read_frequency(const char *root, unsigned cpu, struct pp_system *system) {
    char name[96], mhz[32];
    snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_governor", cpu);
    pp_sysfile_line(root, name, system->governor, sizeof system->governor);
    system->frequency_max_hz = read_khz(root, cpu, "cpuinfo_max_freq");
    system->frequency_hz = read_khz(root, cpu, "scaling_cur_freq");
    if (system->frequency_hz == 0 && pp_sysfile_value(root, "/proc/cpuinfo", "cpu MHz", mhz, sizeof mhz)) {
        double hz = strtod(mhz, NULL) * 1e6;
        system->frequency_hz = hz > 0.0 && hz < 1e12 ? (uint64_t)hz : 0;
    }
}

void pp_system_read(const char *root, unsigned first_cpu, struct pp_system *system) {
    *system = (struct pp_system){0};
    read_os(root, system);
    read_kernel(root, system);
    pp_sysfile_value(root, "/proc/cpuinfo", "model name", system->cpu_model, sizeof system->cpu_model);
    snprintf(system->hypervisor, sizeof system->hypervisor, "%s", pp_hypervisor_find(root));
    pp_container_find(root, system->container, sizeof system->container);
    read_frequency(root, first_cpu, system);
}
