/* Which CPUs workers run on. */
#ifndef PP_EXEC_PLACEMENT_H
#define PP_EXEC_PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct pp_error;

/* The largest NR_CPUS that Linux can be configured for (x86, arch/x86/Kconfig). */
enum { PP_CPU_MASK_CPUS = 8192 };

/* A set of CPUs as the kernel takes it. Plain, so that it can be sent to another process. */
struct pp_cpu_mask {
    unsigned long words[PP_CPU_MASK_CPUS / (8 * sizeof(unsigned long))]; /* the first CPU is the lowest bit */
};

/* CPUs in the order in which workers get them: worker w runs on the `width` of them from w * width on, and after the
 * last comes the first again. */
struct pp_placement {
    const uint16_t *cpus; /* each once */
    unsigned count;       /* at least 1 */
    unsigned width;       /* for the threads of a task's library, which inherit the worker's CPUs; at least 1 */
};

/* The CPUs of a worker; none where the placement is NULL. */
struct pp_cpu_mask pp_placement_mask(const struct pp_placement *placement, unsigned worker);

/* The CPUs that the calling thread may run on; none when the kernel does not tell. */
struct pp_cpu_mask pp_cpu_mask_own(void);
bool pp_cpu_mask_has(const struct pp_cpu_mask *mask, unsigned cpu);

/* Lets the calling thread, and threads and processes that it starts from then on, run on no other CPUs. A mask without
 * any changes nothing. Returns 0 or -errno with words. */
int pp_cpu_mask_apply(const struct pp_cpu_mask *mask, struct pp_error *error);

/* The same for the CPUs of a worker. */
int pp_placement_apply(const struct pp_placement *placement, unsigned worker, struct pp_error *error);

#endif
