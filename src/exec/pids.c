#include "exec/pids.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct search {
    bool found;
    struct pp_pids_limit tightest;
};

/* "max" is no number, and so no limit. */
static bool read_number(const char *folder, const char *name, uint64_t *number) {
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    bool is_read = file && fscanf(file, "%" SCNu64, number) == 1;
    if (file)
        fclose(file);
    return is_read;
}

static uint64_t room_in(const struct pp_pids_limit *limit) {
    return limit->max > limit->current ? limit->max - limit->current : 0;
}

static void visit(struct search *search, const char *folder) {
    struct pp_pids_limit limit;
    if (!read_number(folder, "pids.max", &limit.max) || !read_number(folder, "pids.current", &limit.current))
        return;
    if (search->found && room_in(&search->tightest) <= room_in(&limit))
        return;
    snprintf(limit.file, sizeof limit.file, "%.240s/pids.max", folder);
    search->tightest = limit;
    search->found = true;
}

/* A group that a container cannot see by that name is not there; the part of it that is mounted is. */
static void visit_upwards(struct search *search, const char *mount, const char *group) {
    char folder[2 * PATH_MAX];
    snprintf(folder, sizeof folder, "%s%s", mount, strcmp(group, "/") == 0 ? "" : group);
    for (;;) {
        visit(search, folder);
        char *slash = strrchr(folder, '/');
        if (!slash || strlen(folder) <= strlen(mount))
            return;
        *slash = '\0';
    }
}

static bool has_pids(const char *controllers) {
    for (const char *at = controllers; (at = strstr(at, "pids")); at += 4)
        if ((at == controllers || at[-1] == ',') && (at[4] == '\0' || at[4] == ','))
            return true;
    return false;
}

/* A line of /proc/self/cgroup: "0::PATH" for version 2, "N:controllers:PATH" for version 1. */
static void visit_line(struct search *search, const char *root, char *line) {
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *group = controllers ? strchr(controllers + 1, ':') : NULL;
    char mount[PATH_MAX];
    if (!group)
        return;
    *controllers++ = *group++ = '\0';
    bool second = controllers[0] == '\0';
    if (!second && !has_pids(controllers))
        return;
    snprintf(mount, sizeof mount, "%.4000s/sys/fs/cgroup%s", root, second ? "" : "/pids");
    visit_upwards(search, mount, group);
}

bool pp_pids_limit(const char *root, struct pp_pids_limit *tightest) {
    struct search search = {0};
    char path[PATH_MAX], line[PATH_MAX];
    snprintf(path, sizeof path, "%.4000s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        visit_line(&search, root, line);
    if (file)
        fclose(file);
    if (search.found)
        *tightest = search.tightest;
    return search.found;
}
