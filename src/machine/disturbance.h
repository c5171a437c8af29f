/* Did something else disturb a measurement? Judged from two snapshots of the system's counters. Pure.
 *
 * Where nothing else is said, a threshold is this program's own choice: above what a quiet machine shows, below what
 * would change a verdict that calls throughputs within 5 % of each other equal. What is not known disturbs nobody. */
#ifndef PP_MACHINE_DISTURBANCE_H
#define PP_MACHINE_DISTURBANCE_H

#include <stdbool.h>

#include "machine/counters.h"

struct pp_textbuf;

/* Bits of a set, in the order of pp_disturbance_words. */
enum {
    /* A hypervisor took more than PP_STEAL_SHARE of the CPU time, and more than a tick of each CPU: each is cut to
     * whole ticks (USER_HZ, proc(5)), so that less may be rounding. */
    PP_DISTURBED_STEAL = 1 << 0,
    /* Others used more than PP_OTHER_SHARE of the CPU time, and more than PP_OTHER_TICKS and a tick of each CPU. Kernel
     * threads that work for us, writing back files for example, count as others: the kernel does not say whom they
     * serve. Up to some seconds CPU times are vague, because most kernels sample them. */
    PP_DISTURBED_OTHER_LOAD = 1 << 1,
    /* A CPU quota ran out: of our control group, or of one above it that we share with others. */
    PP_DISTURBED_THROTTLED = 1 << 2,
    /* The clock frequency fell by more than PP_FREQUENCY_FALL: heat, or a limit on power. */
    PP_DISTURBED_FREQUENCY = 1 << 3,
    /* Pages had to be read from a disk, for whomever: for us, inputs or libraries that were used for the first time. */
    PP_DISTURBED_MAJOR_FAULTS = 1 << 4,
    /* Pages went to or came from swap space. */
    PP_DISTURBED_SWAPPING = 1 << 5,
    /* Tasks waited for a resource for more than PP_PRESSURE_SHARE of the time, though we gave no reason to (PSI,
     * "some"; Linux, Documentation/accounting/psi.rst). The whole system is watched, us included, so it counts: for
     * memory always: nothing is measured well where memory is being reclaimed; for CPUs only when all our threads found
     * a CPU to run on, and no quota held them back; for I/O only when our work does none. */
    PP_DISTURBED_PRESSURE = 1 << 6,
    /* The program was stopped meanwhile (Ctrl-Z, SIGSTOP), and told to go on; not from counters: base/stop.h knows. */
    PP_DISTURBED_SUSPENDED = 1 << 7,

    /* Those that may not happen again when the pass is repeated. A quota that runs out is no accident but the limit
     * that is being measured, and will run out again. */
    PP_DISTURBED_TRANSIENT = (1 << 8) - 1 - PP_DISTURBED_THROTTLED
};

#define PP_STEAL_SHARE    0.01 /* of the CPU time of the CPUs that this process may run on */
#define PP_OTHER_SHARE    0.05 /* of the same */
#define PP_OTHER_TICKS    3.0
#define PP_FREQUENCY_FALL 0.05 /* of the first frequency */
#define PP_PRESSURE_SHARE 0.01 /* of the elapsed time */

/* One short word for each bit, ended by NULL: for tables and files. */
extern const char *const pp_disturbance_words[];

/* What we did ourselves between the snapshots. */
struct pp_own_use {
    double cpu_s;       /* CPU time of this process, all its workers, those that have ended included, and its helpers
                           (helpers.h); NaN: unknown */
    double usable_cpus; /* struct pp_cpus's */
    unsigned threads;   /* that may have wanted a CPU at the same time: of all workers, the one that feeds them, and of
                           helpers */
    bool does_io;       /* our work reads or writes files */
};

/* What was measured, NaN where it is not known, and what follows from it. */
struct pp_disturbance {
    unsigned flags;                      /* PP_DISTURBED_… */
    double steal_share;                  /* of the CPU time of the allowed CPUs */
    double other_share;                  /* of the same; not below 0 */
    double throttled_count, throttled_s; /* see throttle.h */
    double frequency_fall;               /* share of the first frequency, negative: it rose */
    double major_faults, swapped_pages;
    double pressure_share[PP_PRESSURES]; /* of the elapsed time; NaN also where we may have caused it */
};

/* Take the second snapshot right after the work, before the CPUs calm down and lower their clocks. A counter that went
 * backwards is not known, nor are CPU times when CPUs were switched on or off. */
struct pp_disturbance pp_disturbance_between(const struct pp_counters *before, const struct pp_counters *after,
                                             const struct pp_own_use *own);

/* Appends what disturbed, with amounts, for people: "steal 3.2 %, other load 41 %". Nothing when nothing did. */
void pp_disturbance_describe(const struct pp_disturbance *disturbance, struct pp_textbuf *text);

#endif
