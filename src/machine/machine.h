/* The machine as this process finds it: all that a result has to carry so that its numbers can be understood. */
#ifndef PP_MACHINE_MACHINE_H
#define PP_MACHINE_MACHINE_H

#include "machine/cpus.h"
#include "machine/libraries.h"
#include "machine/memory.h"
#include "machine/system.h"
#include "machine/topology.h"

/* Plain, without pointers. Numbers are 0 and texts "" where it is not known. */
struct pp_machine {
    struct pp_cpus cpus;
    struct pp_topology topology;
    struct pp_memory memory;
    struct pp_system system;
    struct pp_libraries libraries;
};

/* Reads everything below `root` ("" for the running system; a captured tree for tests), with the versions of the
 * libraries of `tasks` (ended by NULL). Whatever has to be loaded for that is loaded in a child, which gets a few
 * seconds: when it fails, `machine->topology.missing` says why, and the rest is there all the same. Takes some
 * milliseconds, and longer with tasks whose libraries are large. */
void pp_machine_read(const char *root, const struct pp_task *const *tasks, struct pp_machine *machine);

#endif
