/* Kinds of core: machines that have fast cores and frugal ones. */
#ifndef PP_MACHINE_KINDS_H
#define PP_MACHINE_KINDS_H

#include <stdint.h>

#include "machine/cpuset.h"

enum { PP_CPU_KINDS_MAX = 8 };

/* Cores that differ from others of the same machine. */
struct pp_cpu_kind {
    char name[24];         /* "performance", "efficiency" …, or "kind 1" where nothing tells what they are for */
    unsigned logical;      /* CPUs */
    unsigned cores;        /* 0: not known */
    unsigned usable_cores; /* those of which a CPU is in the affinity mask */
    uint64_t max_hz;       /* the greatest clock frequency among them, 0: not known */
    struct pp_cpuset cpus;
};

/* The kinds that the kernel names, the fastest first, without their numbers of cores: on x86 the groups of performance
 * counters in /sys/devices/cpu_core and cpu_atom below `root`. Returns how many there are: 0, or at least 2. */
unsigned pp_kinds_read(const char *root, struct pp_cpu_kind kinds[PP_CPU_KINDS_MAX]);

#endif
