/* A set of logical CPUs by their numbers. Plain, without pointers. */
#ifndef PP_MACHINE_CPUSET_H
#define PP_MACHINE_CPUSET_H

#include <stdbool.h>
#include <stdint.h>

/* The largest NR_CPUS that Linux can be configured for (x86, arch/x86/Kconfig); CPUs beyond are not seen. */
enum { PP_CPUSET_CPUS = 8192 };

struct pp_cpuset {
    uint64_t words[PP_CPUSET_CPUS / 64];
};

/* Reads a list as the kernel writes it: "0-3,8". Returns false when it is none, and then the set is unspecified; the
 * empty list is one. */
bool pp_cpuset_parse(struct pp_cpuset *set, const char *list);

void pp_cpuset_add(struct pp_cpuset *set, unsigned cpu);
bool pp_cpuset_has(const struct pp_cpuset *set, unsigned cpu);
unsigned pp_cpuset_count(const struct pp_cpuset *set);

/* Takes out of `set` what is not in `other`. */
void pp_cpuset_keep(struct pp_cpuset *set, const struct pp_cpuset *other);

/* The lowest number from `from` on, PP_CPUSET_CPUS when there is none. */
unsigned pp_cpuset_next(const struct pp_cpuset *set, unsigned from);

#endif
