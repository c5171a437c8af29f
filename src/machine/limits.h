/* Where more workers cannot bring more, because something of the machine is used up. Pure. */
#ifndef PP_MACHINE_LIMITS_H
#define PP_MACHINE_LIMITS_H

#include <stddef.h>

#include "pptest/field.h"

struct pp_machine;

enum { PP_CPU_LIMITS_MAX = 5 };

struct pp_cpu_limit {
    double count;     /* workers that compute all the time and still have this for themselves */
    const char *name; /* what there is so many of, in the plural: "physical cores" */
};

/* The CPU limits of the machine in ascending order: fast cores where kinds of core differ, physical cores where they
 * have several threads, the affinity mask and the quota where they allow less than there is, logical CPUs. Of equal
 * ones only the firmest is listed. Cores count as far as the affinity mask reaches them. Returns how many there are.
 *
 * They are limits for work that computes. A quota bounds CPU seconds, not how many workers wait at the same time. */
size_t pp_cpu_limits(const struct pp_machine *machine, struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX]);

/* Words a remark such as "4 workers and more go past the 2 logical CPUs" when one of the worker counts does. Returns
 * its length as snprintf does, or 0 when none does. */
int pp_cpu_limit_remark(const struct pp_cpu_limit *limit, const struct pp_ints *workers, char *text, size_t size);

#endif
