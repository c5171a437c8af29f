/* What the system around this process counts, at one moment. The difference of two snapshots says what else happened
 * between them (disturbance.h). Plain values without pointers.
 *
 * A number that cannot be read is NaN, and so is what is calculated from it: comparisons with it are false, so that
 * nothing follows from what is not known. */
#ifndef PP_MACHINE_COUNTERS_H
#define PP_MACHINE_COUNTERS_H

#include <stdint.h>

#include "machine/cpu_times.h"
#include "machine/energy.h"
#include "machine/throttle.h"

/* Resources that tasks wait for: pressure stall information (Linux, Documentation/accounting/psi.rst). */
enum pp_pressure { PP_PRESSURE_CPU, PP_PRESSURE_IO, PP_PRESSURE_MEMORY, PP_PRESSURES };

struct pp_counters {
    uint64_t time_ns;                /* CLOCK_MONOTONIC */
    struct pp_cpu_times cpu;         /* of the CPUs that this process may run on */
    struct pp_throttle throttle;     /* of this process's control groups */
    double major_faults;             /* of the whole system: pages that had to be read from a disk (/proc/vmstat) */
    double swapped_pages;            /* of the whole system, in and out */
    double pressure_s[PP_PRESSURES]; /* time in which some task of the system waited for the resource */
    double frequency_hz;             /* mean of the allowed CPUs, just now */
    struct pp_energy energy;         /* of the processor packages */
};

/* Where the counters of this process are: what takes a while to find and stays the same. */
struct pp_counters_source;

/* `root` is "" for the running system; a captured tree for tests. The CPUs are those that this process may run on now.
 * NULL: no memory. Close it afterwards. */
struct pp_counters_source *pp_counters_open(const char *root);
void pp_counters_close(struct pp_counters_source *source);

/* Takes a snapshot. Never fails: see above. */
void pp_counters_read(const struct pp_counters_source *source, struct pp_counters *counters);

#endif
