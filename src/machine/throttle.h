/* How often and how long a CPU quota held this process back: cpu.stat of its control groups. */
#ifndef PP_MACHINE_THROTTLE_H
#define PP_MACHINE_THROTTLE_H

/* Deeper hierarchies are not known to exist. */
enum { PP_THROTTLE_GROUPS = 32 };

/* The groups that count. Looking for them reads /proc/self/mountinfo, which is long on a machine that runs many
 * containers, so it is done once. */
struct pp_throttle_groups {
    unsigned count;
    struct pp_throttle_group {
        char *folder; /* below the root, too */
        int version;  /* 1 or 2 */
    } list[PP_THROTTLE_GROUPS];
};

/* Since the groups were made; NaN: unknown, there is no group that could be throttled.
 *
 * Both are sums over the process's own group and all that can be seen above it, because a quota may stand on any of
 * them, and each counts its own (Linux, Documentation/admin-guide/cgroup-v2.rst, and scheduler/sched-bwc.rst for
 * version 1). The largest would not do: what is of interest is a rise, and it may be that of a group with a small
 * count. The time adds up over CPUs, so it can rise faster than the clock. */
struct pp_throttle {
    double count;  /* periods in which the quota ran out */
    double time_s; /* in which threads were held back */
};

/* Finds the groups of this process below `root`, "" for the running system. Release them afterwards. */
void pp_throttle_find(const char *root, struct pp_throttle_groups *groups);
struct pp_throttle pp_throttle_read(const struct pp_throttle_groups *groups);
void pp_throttle_release(struct pp_throttle_groups *groups);

#endif
