/* The CPUs that this process may run on, by their numbers. */
#ifndef PP_MACHINE_ALLOWED_H
#define PP_MACHINE_ALLOWED_H

#include <stdbool.h>
#include <stdint.h>

/* The largest NR_CPUS that Linux can be configured for (x86, arch/x86/Kconfig); CPUs beyond are not seen. */
enum { PP_ALLOWED_CPUS = 8192 };

struct pp_allowed {
    uint64_t words[PP_ALLOWED_CPUS / 64]; /* a bit for each CPU */
};

/* Reads Cpus_allowed_list of /proc/self/status below `root` ("" for the running system; proc(5)). Without one, every
 * CPU is allowed. */
void pp_allowed_read(const char *root, struct pp_allowed *allowed);

bool pp_allowed_has(const struct pp_allowed *allowed, unsigned long cpu);
unsigned pp_allowed_count(const struct pp_allowed *allowed);

#endif
