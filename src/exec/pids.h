/* How many processes and threads the control groups of this process may have. To Linux the two are the same: tasks
 * (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/pids.rst). */
#ifndef PP_EXEC_PIDS_H
#define PP_EXEC_PIDS_H

#include <stdbool.h>
#include <stdint.h>

struct pp_pids_limit {
    uint64_t max, current; /* allowed, and there already */
    char file[256];        /* where that is said, cut to fit */
};

/* Finds the group, this process's own or one above it, that leaves the least room. Reads /proc/self/cgroup, and the
 * groups where they are mounted by custom, /sys/fs/cgroup, below `root` ("" for the running system). Returns false when
 * there is no limit. */
bool pp_pids_limit(const char *root, struct pp_pids_limit *tightest);

#endif
