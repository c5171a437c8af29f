#include "result/shape_rows.h"

#include "machine/machine.h"

static const struct pp_shape kind_shape[] = {
    {.name = "name", .help = "what the cores of this kind are for", CHARS(pp_cpu_kind, name)},
    {.name = "logical", .help = "CPUs of this kind", AT(UNSIGNED, pp_cpu_kind, logical)},
    {.name = "cores", .help = "cores of this kind; 0: not known", AT(UNSIGNED, pp_cpu_kind, cores)},
    {.name = "max_hz", .unit = "Hz", .help = "greatest clock frequency; 0: not known", AT(COUNT, pp_cpu_kind, max_hz)},
    END};

static const struct pp_shape cache_shape[] = {
    {.name = "level", .help = "1 is the closest to the core", AT(UNSIGNED, pp_cache, level)},
    {.name = "type", .help = "data or unified", CHARS(pp_cache, type)},
    {.name = "count", .help = "how many there are", AT(UNSIGNED, pp_cache, count)},
    {.name = "shared", .help = "logical CPUs that share one", AT(UNSIGNED, pp_cache, shared)},
    {.name = "bytes", .unit = "bytes", .help = "size of one", AT(COUNT, pp_cache, bytes)},
    END};

static const struct pp_shape cpus_shape[] = {
    {.name = "logical", .help = "CPUs of the machine that are running", AT(UNSIGNED, pp_machine, cpus.logical)},
    {.name = "physical", .help = "cores; 0: not known", AT(UNSIGNED, pp_machine, topology.cores)},
    {.name = "affinity", .help = "CPUs that the process may run on", AT(UNSIGNED, pp_machine, cpus.affinity)},
    {.name = "quota",
     .help = "CPU seconds per second that its control groups allow; 0: no limit",
     AT(NUMBER, pp_machine, cpus.quota)},
    {.name = "usable", .help = "the smaller of affinity and quota", AT(NUMBER, pp_machine, cpus.usable)},
    {.name = "usable_cores",
     .help = "cores of which a CPU is in the affinity mask",
     AT(UNSIGNED, pp_machine, topology.usable_cores)},
    {.name = "packages", .help = "sockets", AT(UNSIGNED, pp_machine, topology.packages)},
    {.name = "numa_nodes", .help = "memory nodes", AT(UNSIGNED, pp_machine, topology.numa_nodes)},
    {.name = "smt", .help = "hardware threads of a core", AT(UNSIGNED, pp_machine, topology.smt)},
    {.name = "model", .help = "as the processor names itself", CHARS(pp_machine, system.cpu_model)},
    {.name = "kinds",
     .help = "kinds of core, the fastest first; none: all are alike, or nothing is known",
     ARRAY(pp_machine, topology.kinds, topology.kind_count, kind_shape)},
    {.name = "caches",
     .help = "data and unified caches",
     ARRAY(pp_machine, topology.caches, topology.cache_count, cache_shape)},
    {.name = "topology_missing", .help = "why cores and caches are not known", CHARS(pp_machine, topology.missing)},
    END};

static const struct pp_shape memory_shape[] = {
    {.name = "total", .unit = "bytes", .help = "of the machine; 0: not known", AT(COUNT, pp_memory, total)},
    {.name = "available",
     .unit = "bytes",
     .help = "what could be had without swapping, before the run",
     AT(COUNT, pp_memory, available)},
    {.name = "limit", .unit = "bytes", .help = "of the control groups; 0: none", AT(COUNT, pp_memory, limit)},
    {.name = "usable", .unit = "bytes", .help = "the smaller of total and limit", AT(COUNT, pp_memory, usable)},
    {.name = "swap", .unit = "bytes", .help = "swap space", AT(COUNT, pp_memory, swap)},
    END};

static const struct pp_shape frequency_shape[] = {
    {.name = "governor", .help = "what decides on the clock frequency", CHARS(pp_system, governor)},
    {.name = "current",
     .unit = "Hz",
     .help = "of the first CPU that may be used, before the run; 0: not known",
     AT(COUNT, pp_system, frequency_hz)},
    {.name = "max", .unit = "Hz", .help = "its greatest; 0: not known", AT(COUNT, pp_system, frequency_max_hz)},
    END};

static const struct pp_shape library_shape[] = {
    {.name = "name", .help = "of the library", CHARS(pp_library_version, name)},
    {.name = "version", .help = "as it says it; empty: it is not installed", CHARS(pp_library_version, version)},
    END};

const struct pp_shape pp_machine_shape[] = {
    {.name = "cpus",
     .help = "processors, and how many of them may be used",
     .type = PP_SHAPE_OBJECT,
     .offset = 0,
     .of = cpus_shape},
    {.name = "memory", .help = "memory, and how much of it may be used", OBJECT(pp_machine, memory, memory_shape)},
    {.name = "frequency", .help = "clock frequency", OBJECT(pp_machine, system, frequency_shape)},
    {.name = "os", .help = "operating system", CHARS(pp_machine, system.os)},
    {.name = "kernel", .help = "release of the kernel", CHARS(pp_machine, system.kernel)},
    {.name = "hypervisor", .help = "what the machine is a guest of", CHARS(pp_machine, system.hypervisor)},
    {.name = "container", .help = "what the process is contained in", CHARS(pp_machine, system.container)},
    {.name = "libraries",
     .help = "versions of what is at work",
     ARRAY(pp_machine, libraries.items, libraries.count, library_shape)},
    END};
