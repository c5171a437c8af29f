#include "machine/throttle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cgroup.h"
#include "machine/reading.h"

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
    pp_cgroup_walk(root, "cpu", keep_group, groups);
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
