#include "machine/machine.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/child.h"
#include "pptest/memory.h"

/* hwloc and the largest library take less than a tenth of a second; a machine of many CPUs or a slow disk some more. */
enum { PATIENCE_MS = 5000 };

/* Shared with the child. */
struct asked {
    const char *root;
    const struct pp_task *const *tasks;
    struct pp_cpuset usable;
    struct pp_topology topology;
    struct pp_libraries libraries;
    _Atomic bool topology_done; /* a library that breaks the child later does not make it untrue */
};

static void ask(void *owner) {
    struct asked *asked = owner;
    pp_topology_ask_hwloc(asked->root, &asked->usable, &asked->topology);
    asked->topology_done = true;
    if (asked->topology.hwloc_version[0])
        pp_libraries_add(&asked->libraries, "hwloc", asked->topology.hwloc_version);
    pp_libraries_ask_tasks(&asked->libraries, asked->tasks);
}

static void ask_in_child(struct asked *asked, struct pp_machine *machine) {
    struct pp_error error = {0};
    int status = pp_child_run(ask, asked, PATIENCE_MS, &error);
    machine->libraries = asked->libraries;
    if (asked->topology_done)
        machine->topology = asked->topology;
    else if (status != 0)
        snprintf(machine->topology.missing, sizeof machine->topology.missing, "asking hwloc failed: %s", error.text);
}

void pp_machine_read(const char *root, const struct pp_task *const *tasks, struct pp_machine *machine) {
    *machine = (struct pp_machine){
        .cpus = pp_cpus_read(root), .topology.missing = "no memory", .memory = pp_memory_read(root)};
    struct pp_cpuset usable;
    pp_cpus_affinity(root, &usable);
    pp_system_read(root, pp_cpuset_next(&usable, 0), &machine->system);
    pp_libraries_add_libc(&machine->libraries);
    machine->topology.kind_count = pp_kinds_read(root, machine->topology.kinds);
    struct asked *asked = pp_shared_alloc(sizeof *asked);
    if (!asked)
        return;
    asked->root = root;
    asked->tasks = tasks;
    asked->usable = usable;
    asked->topology = machine->topology;
    asked->libraries = machine->libraries;
    ask_in_child(asked, machine);
    pp_shared_free(asked, sizeof *asked);
}
