/* What the control groups of this process allow. A limit may stand on any group above the process's own, so all that
 * can be seen are asked (Linux, Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/). */
#ifndef PP_MACHINE_CGROUP_H
#define PP_MACHINE_CGROUP_H

#include <stdint.h>

/* Called with the folder of one group (under the root that was given) and the version of its hierarchy, 1 or 2. */
typedef void pp_cgroup_visit(void *owner, const char *folder, int version);

/* Visits this process's group and then each group above it, up to where the hierarchy is mounted: of version 2, and of
 * version 1 where it has `controller` ("cpu", "memory"). Reads /proc/self/cgroup and /proc/self/mountinfo below `root`
 * ("" for the running system); what is not there is not visited. */
void pp_cgroup_walk(const char *root, const char *controller, pp_cgroup_visit *visit, void *owner);

/* The smallest CPU quota, as CPU seconds per second; 0: none. */
double pp_cgroup_quota(const char *root);

/* The smallest memory limit in bytes; 0: none. */
uint64_t pp_cgroup_memory_bytes(const char *root);

#endif
