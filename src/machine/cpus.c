#include "machine/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "machine/cgroup.h"
#include "machine/cpuset.h"
#include "machine/sysfile.h"

/* Returns 0 or an errno value. */
static int ask_kernel(unsigned cpus, struct pp_cpuset *set) {
    cpu_set_t *mask = CPU_ALLOC(cpus);
    if (!mask)
        return ENOMEM;
    size_t bytes = CPU_ALLOC_SIZE(cpus);
    int code = sched_getaffinity(0, bytes, mask) == 0 ? 0 : errno;
    for (unsigned cpu = 0; code == 0 && cpu < cpus; cpu++)
        if (CPU_ISSET_S(cpu, bytes, mask))
            pp_cpuset_add(set, cpu);
    CPU_FREE(mask);
    return code;
}

/* The mask's size is unknown: the kernel refuses one that is too small for its CPUs with EINVAL. */
static void read_mask(struct pp_cpuset *set) {
    int code = EINVAL;
    for (unsigned cpus = 1024; code == EINVAL && cpus <= 1u << 20; cpus *= 2)
        code = ask_kernel(cpus, set);
}

static bool read_list(const char *root, const char *name, const char *key, struct pp_cpuset *set) {
    char list[PP_SYSFILE_LINE_BYTES];
    bool found =
        key ? pp_sysfile_value(root, name, key, list, sizeof list) : pp_sysfile_line(root, name, list, sizeof list);
    return found && pp_cpuset_parse(set, list) && pp_cpuset_count(set) > 0;
}

static bool read_online(const char *root, struct pp_cpuset *set) {
    return read_list(root, "/sys/devices/system/cpu/online", NULL, set);
}

static unsigned count_logical(const char *root) {
    struct pp_cpuset online;
    if (read_online(root, &online))
        return pp_cpuset_count(&online);
    long logical = sysconf(_SC_NPROCESSORS_ONLN);
    return logical > 0 ? (unsigned)logical : 1;
}

void pp_cpus_affinity(const char *root, struct pp_cpuset *set) {
    *set = (struct pp_cpuset){0};
    if (root[0] == '\0' || !read_list(root, "/proc/self/status", "Cpus_allowed_list", set))
        read_mask(set);
    struct pp_cpuset online;
    /* A list may name CPUs that are switched off; the kernel's mask never does. */
    if (root[0] != '\0' && read_online(root, &online))
        pp_cpuset_keep(set, &online);
    if (pp_cpuset_count(set) == 0)
        pp_cpuset_add(set, 0);
}

struct pp_cpus pp_cpus_read(const char *root) {
    struct pp_cpuset mask;
    pp_cpus_affinity(root, &mask);
    struct pp_cpus cpus = {
        .logical = count_logical(root), .affinity = pp_cpuset_count(&mask), .quota = pp_cgroup_quota(root)};
    cpus.usable = cpus.quota > 0.0 && cpus.quota < cpus.affinity ? cpus.quota : cpus.affinity;
    return cpus;
}
