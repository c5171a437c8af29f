#include "machine/cgroup.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/sysfile.h"

/* ---- the groups ---- */

/* A walk under way. */
struct walk {
    const char *root, *controller;
    pp_cgroup_visit *visit;
    void *owner;
};

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

/* Where a hierarchy is mounted, from a line of mountinfo: "… root mountpoint … - type source options". */
static bool parse_mount(char *line, const char *type, const char *option, char *part, char *point) {
    char *tail = strstr(line, " - ");
    char found_type[64], options[512];
    if (!tail || sscanf(tail, " - %63s %*s %511s", found_type, options) != 2 || strcmp(found_type, type) != 0)
        return false;
    if (option && !has_word(options, option))
        return false;
    return sscanf(line, "%*s %*s %*s %4095s %4095s", part, point) == 2;
}

static bool find_mount(const struct walk *walk, int version, char *part, char *point) {
    char path[PATH_MAX], line[3 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", walk->root);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found =
            parse_mount(line, version == 2 ? "cgroup2" : "cgroup", version == 2 ? NULL : walk->controller, part, point);
    if (file)
        fclose(file);
    return found;
}

static void visit_upwards(const struct walk *walk, const char *mount, const char *group, int version) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder)
        return;
    for (;;) {
        walk->visit(walk->owner, folder, version);
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= strlen(mount))
            return;
        *slash = '\0';
    }
}

/* One line of /proc/self/cgroup: "0::PATH" for version 2, "N:controllers:PATH" for version 1. */
static void visit_line(const struct walk *walk, char *line) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = *group++ = '\0';
    int version = controllers[0] == '\0' ? 2 : 1;
    char part[PATH_MAX], point[PATH_MAX], mount[2 * PATH_MAX];
    if ((version == 1 && !has_word(controllers, walk->controller)) || !find_mount(walk, version, part, point))
        return;
    /* In a container the mount shows only a part of the hierarchy; the group's name may begin with that part. */
    size_t length = strlen(part);
    if (length > 1 && strncmp(group, part, length) == 0 && (group[length] == '/' || group[length] == '\0'))
        group += length;
    snprintf(mount, sizeof mount, "%s%s", walk->root, point);
    visit_upwards(walk, mount, strcmp(group, "/") == 0 ? "" : group, version);
}

void pp_cgroup_walk(const char *root, const char *controller, pp_cgroup_visit *visit, void *owner) {
    const struct walk walk = {.root = root, .controller = controller, .visit = visit, .owner = owner};
    char path[PATH_MAX], line[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        visit_line(&walk, line);
    if (file)
        fclose(file);
}

/* ---- CPUs ---- */

/* Version 2: "quota period" in µs; "max", an empty or a missing file mean no limit. */
static double quota_v2(const char *folder) {
    char line[64];
    double quota, period;
    if (!pp_sysfile_line(folder, "/cpu.max", line, sizeof line) || sscanf(line, "%lf %lf", &quota, &period) != 2 ||
        period <= 0.0)
        return 0.0;
    return quota / period;
}

static double number_of(const char *folder, const char *name) {
    char line[64];
    return pp_sysfile_line(folder, name, line, sizeof line) ? strtod(line, NULL) : 0.0;
}

/* Version 1: two files in µs, a quota of -1 means no limit. */
static double quota_v1(const char *folder) {
    double quota = number_of(folder, "/cpu.cfs_quota_us"), period = number_of(folder, "/cpu.cfs_period_us");
    return period > 0.0 ? quota / period : 0.0;
}

static void visit_quota(void *owner, const char *folder, int version) {
    double *smallest = owner, quota = version == 2 ? quota_v2(folder) : quota_v1(folder);
    if (quota > 0.0 && (*smallest <= 0.0 || quota < *smallest))
        *smallest = quota;
}

double pp_cgroup_quota(const char *root) {
    double smallest = 0.0;
    pp_cgroup_walk(root, "cpu", visit_quota, &smallest);
    return smallest;
}

/* ---- memory ---- */

/* Version 1 writes "none" as the largest number of whole pages, which depends on their size; no machine has this much.
 */
#define NO_LIMIT_BYTES (UINT64_C(1) << 62)

/* A word ("max") is no number, and so no limit. */
static void visit_memory(void *owner, const char *folder, int version) {
    uint64_t *smallest = owner, bytes;
    if (pp_sysfile_number(folder, version == 2 ? "/memory.max" : "/memory.limit_in_bytes", &bytes) && bytes > 0 &&
        bytes < NO_LIMIT_BYTES && (*smallest == 0 || bytes < *smallest))
        *smallest = bytes;
}

uint64_t pp_cgroup_memory_bytes(const char *root) {
    uint64_t smallest = 0;
    pp_cgroup_walk(root, "memory", visit_memory, &smallest);
    return smallest;
}
