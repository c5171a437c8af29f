/* How the logical CPUs are made of cores, packages, caches and memory nodes. hwloc knows; it is asked in a child. */
#ifndef PP_MACHINE_TOPOLOGY_H
#define PP_MACHINE_TOPOLOGY_H

#include <stdint.h>

#include "machine/kinds.h"

enum { PP_CACHES_MAX = 16 };

/* Caches that are alike. */
struct pp_cache {
    unsigned level; /* 1 is the closest */
    char type[12];  /* "data" or "unified" */
    unsigned count;
    unsigned shared; /* logical CPUs that share one */
    uint64_t bytes;  /* of one */
};

/* Of the whole machine, whatever part of it may be used; 0: not known. */
struct pp_topology {
    unsigned cores;        /* physical */
    unsigned usable_cores; /* those of which a CPU is in the affinity mask */
    unsigned packages;     /* sockets */
    unsigned numa_nodes;
    unsigned smt; /* threads of a core, where they differ the most that one has; 1: no simultaneous multithreading */
    unsigned kind_count; /* 0: all cores are alike, or nothing is known; otherwise at least 2 */
    unsigned cache_count;
    struct pp_cpu_kind kinds[PP_CPU_KINDS_MAX]; /* the fastest first */
    struct pp_cache caches[PP_CACHES_MAX];      /* by level */
    unsigned order_count;                       /* CPUs of the affinity mask in both orders; 0: not known */
    uint16_t compact[PP_CPUSET_CPUS];           /* their numbers, for workers that are to be close together */
    uint16_t scatter[PP_CPUSET_CPUS];           /* and far apart (machine/cpu_order.h) */
    char hwloc_version[16];
    char missing[512]; /* why what hwloc tells is not there; "" when it is */
};

/* Fills a zeroed topology, in which the kinds that pp_kinds_read found may stand already. `usable` is the affinity
 * mask. Loads hwloc, and sets the environment variables by which it is told what to read (hwloc's manual, "Environment
 * Variables"): for a child that will soon end. */
void pp_topology_ask_hwloc(const char *root, const struct pp_cpuset *usable, struct pp_topology *topology);

#endif
