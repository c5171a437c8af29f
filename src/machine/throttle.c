#include "machine/throttle.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/reading.h"

typedef void visit_group(void *owner, const char *folder, int version);

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if ((at == list || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

/* Where a hierarchy is mounted, from a line of mountinfo: "… root mountpoint … - type source options". */
static bool parse_mount(const char *line, int version, char *part, char *point) {
    const char *tail = strstr(line, " - ");
    char type[64], options[512];
    if (!tail || sscanf(tail, " - %63s %*s %511s", type, options) != 2 ||
        strcmp(type, version == 2 ? "cgroup2" : "cgroup") != 0 || (version == 1 && !has_word(options, "cpu")))
        return false;
    return sscanf(line, "%*s %*s %*s %4095s %4095s", part, point) == 2;
}

static bool find_mount(const char *root, int version, char *part, char *point) {
    char path[PATH_MAX], line[3 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/mountinfo", root);
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file))
        found = parse_mount(line, version, part, point);
    if (file)
        fclose(file);
    return found;
}

static void visit_upwards(const char *mount, const char *group, int version, visit_group *visit, void *owner) {
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof folder, "%s%s", mount, group) >= (int)sizeof folder)
        return;
    for (;;) {
        visit(owner, folder, version);
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= strlen(mount))
            return;
        *slash = '\0';
    }
}

/* One line of /proc/self/cgroup: "0::PATH" for version 2, "N:controllers:PATH" for version 1. */
static void visit_line(const char *root, char *line, visit_group *visit, void *owner) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!group)
        return;
    *controllers++ = *group++ = '\0';
    int version = controllers[0] == '\0' ? 2 : 1;
    char part[PATH_MAX], point[PATH_MAX], mount[2 * PATH_MAX];
    if ((version == 1 && !has_word(controllers, "cpu")) || !find_mount(root, version, part, point))
        return;
    /* In a container the mount shows only a part of the hierarchy; the group's name may begin with that part. */
    size_t length = strlen(part);
    if (length > 1 && strncmp(group, part, length) == 0 && (group[length] == '/' || group[length] == '\0'))
        group += length;
    snprintf(mount, sizeof mount, "%s%s", root, point);
    visit_upwards(mount, strcmp(group, "/") == 0 ? "" : group, version, visit, owner);
}

/* Visits this process's group and each one above it, up to where the hierarchy is mounted. */
static void walk_groups(const char *root, visit_group *visit, void *owner) {
    char path[PATH_MAX], line[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        visit_line(root, line, visit, owner);
    if (file)
        fclose(file);
}

static struct pp_throttle read_group(const struct pp_throttle_group *group) {
    char text[PP_READING_BYTES];
    pp_reading_text(group->folder, "/cpu.stat", text, sizeof text);
    double time_s = group->version == 2 ? pp_reading_after(text, "throttled_usec ") * 1e-6
                                        : pp_reading_after(text, "throttled_time ") * 1e-9;
    return (struct pp_throttle){.count = pp_reading_after(text, "nr_throttled "), .time_s = time_s};
}

/* The root of version 2 and groups without the controller have a cpu.stat that says nothing about throttling. */
static void keep_group(void *owner, const char *folder, int version) {
    struct pp_throttle_groups *groups = owner;
    struct pp_throttle_group group = {.folder = strdup(folder), .version = version};
    if (group.folder && groups->count < PP_THROTTLE_GROUPS && !isnan(read_group(&group).count))
        groups->list[groups->count++] = group;
    else
        free(group.folder);
}

void pp_throttle_find(const char *root, struct pp_throttle_groups *groups) {
    groups->count = 0;
    walk_groups(root, keep_group, groups);
}

struct pp_throttle pp_throttle_read(const struct pp_throttle_groups *groups) {
    struct pp_throttle sum = {.count = NAN, .time_s = NAN};
    for (unsigned i = 0; i < groups->count; i++) {
        struct pp_throttle group = read_group(&groups->list[i]);
        sum.count = i == 0 ? group.count : sum.count + group.count;
        sum.time_s = i == 0 ? group.time_s : sum.time_s + group.time_s;
    }
    return sum;
}

void pp_throttle_release(struct pp_throttle_groups *groups) {
    while (groups->count > 0)
        free(groups->list[--groups->count].folder);
}
