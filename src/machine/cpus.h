/* How many CPUs this process may use. */
#ifndef PP_MACHINE_CPUS_H
#define PP_MACHINE_CPUS_H

struct pp_cpus {
    unsigned logical;  /* CPUs of the machine that are running */
    unsigned affinity; /* those that this process may run on */
    double quota;      /* CPU seconds per second that its control groups allow, 0: no limit */
    double usable;     /* the smaller of affinity and quota */
};

/* Reads the affinity mask, and the quota from the control groups found below `root` ("" for the running system; a
 * captured tree for tests): the smallest of the process's own group and all groups above it. */
struct pp_cpus pp_cpus_read(const char *root);

#endif
