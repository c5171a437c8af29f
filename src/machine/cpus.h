/* How many CPUs this process may use: what is quick to find out, for who needs no more than numbers. */
#ifndef PP_MACHINE_CPUS_H
#define PP_MACHINE_CPUS_H

struct pp_cpuset;

struct pp_cpus {
    unsigned logical;  /* CPUs of the machine that are running */
    unsigned affinity; /* those that this process may run on */
    double quota;      /* CPU seconds per second that its control groups allow, 0: no limit */
    double usable;     /* the smaller of affinity and quota */
};

/* Reads the affinity mask, and the quota from the control groups found below `root` ("" for the running system; a
 * captured tree for tests): the smallest of the process's own group and all groups above it. */
struct pp_cpus pp_cpus_read(const char *root);

/* The CPUs of the affinity mask that are running, at least one. The kernel tells; a captured tree tells by the line
 * Cpus_allowed_list of its /proc/self/status, where it has one. */
void pp_cpus_affinity(const char *root, struct pp_cpuset *set);

#endif
