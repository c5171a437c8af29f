#include "machine/cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The mask's size is unknown: the kernel refuses one that is too small for its CPUs with EINVAL. */
static unsigned count_affinity(void) {
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC((size_t)cpus);
        if (!set)
            return 1;
        size_t bytes = CPU_ALLOC_SIZE((size_t)cpus);
        int status = sched_getaffinity(0, bytes, set);
        int code = errno, count = status == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (status == 0)
            return (unsigned)count;
        if (code != EINVAL)
            return 1;
    }
    return 1;
}

static bool read_line(const char *path, char *line, size_t size) {
    FILE *file = fopen(path, "re");
    bool read = file && fgets(line, (int)size, file);
    if (file)
        fclose(file);
    return read;
}

static double smaller_quota(double a, double b) { return a > 0.0 && (b <= 0.0 || a < b) ? a : b; }

/* Version 2: "quota period" in µs; "max", an empty or a missing file mean no limit. */
static double quota_v2(const char *folder) {
    char path[PATH_MAX], line[64];
    double quota, period;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (!read_line(path, line, sizeof line) || sscanf(line, "%lf %lf", &quota, &period) != 2 || period <= 0.0)
        return 0.0;
    return quota / period;
}

/* Version 1: two files in µs, a quota of -1 means no limit. */
static double quota_v1(const char *folder) {
    char path[PATH_MAX], line[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    double quota = read_line(path, line, sizeof line) ? strtod(line, NULL) : 0.0;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    double period = read_line(path, line, sizeof line) ? strtod(line, NULL) : 0.0;
    return quota > 0.0 && period > 0.0 ? quota / period : 0.0;
}

/* The smallest quota of a group and of all groups above it, up to where the hierarchy is mounted. */
static double quota_upwards(const char *mount, const char *group, double (*quota_of)(const char *folder)) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder)
        return 0.0;
    double smallest = 0.0;
    for (;;) {
        smallest = smaller_quota(quota_of(folder), smallest);
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= strlen(mount))
            return smallest;
        *slash = '\0';
    }
}

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

/* Where a hierarchy is mounted, from a line of mountinfo: "… root mountpoint … - type source options". */
static bool parse_mount(char *line, const char *type, const char *option, char *root, char *point) {
    char *tail = strstr(line, " - ");
    char found_type[64], options[512];
    if (!tail || sscanf(tail, " - %63s %*s %511s", found_type, options) != 2 || strcmp(found_type, type) != 0)
        return false;
    if (option && !has_word(options, option))
        return false;
    return sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) == 2;
}

static bool find_mount(const char *fs_root, const char *type, const char *option, char *root, char *point) {
    char path[PATH_MAX], line[3 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", fs_root);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = parse_mount(line, type, option, root, point);
    if (file)
        fclose(file);
    return found;
}

/* One line of /proc/self/cgroup: "0::PATH" for version 2, "N:controllers:PATH" for version 1. */
static double quota_of_line(const char *fs_root, char *line) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return 0.0;
    *controllers++ = *group++ = '\0';
    bool v2 = controllers[0] == '\0';
    char root[PATH_MAX], point[PATH_MAX], mount[2 * PATH_MAX];
    if ((!v2 && !has_word(controllers, "cpu")) ||
        !find_mount(fs_root, v2 ? "cgroup2" : "cgroup", v2 ? NULL : "cpu", root, point))
        return 0.0;
    /* In a container the mount shows only a part of the hierarchy; the group's name may begin with that part. */
    size_t part = strlen(root);
    if (part > 1 && strncmp(group, root, part) == 0 && (group[part] == '/' || group[part] == '\0'))
        group += part;
    snprintf(mount, sizeof mount, "%s%s", fs_root, point);
    return quota_upwards(mount, strcmp(group, "/") == 0 ? "" : group, v2 ? quota_v2 : quota_v1);
}

static double read_quota(const char *fs_root) {
    char path[PATH_MAX], line[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", fs_root);
    FILE *file = fopen(path, "re");
    double quota = 0.0;
    while (file && fgets(line, sizeof line, file))
        quota = smaller_quota(quota_of_line(fs_root, line), quota);
    if (file)
        fclose(file);
    return quota;
}

struct pp_cpus pp_cpus_read(const char *root) {
    long logical = sysconf(_SC_NPROCESSORS_ONLN);
    struct pp_cpus cpus = {
        .logical = logical > 0 ? (unsigned)logical : 1, .affinity = count_affinity(), .quota = read_quota(root)};
    cpus.usable = smaller_quota(cpus.quota, cpus.affinity);
    return cpus;
}
