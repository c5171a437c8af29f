/* The clock frequency of CPUs right now: cpufreq (Linux, Documentation/admin-guide/pm/cpufreq.rst). */
#ifndef PP_MACHINE_FREQUENCY_H
#define PP_MACHINE_FREQUENCY_H

struct pp_cpuset;

/* Reading it may interrupt the CPU in question, so on large machines only so many are asked. */
enum { PP_FREQUENCY_SAMPLES = 16 };

/* Mean of the allowed CPUs in Hz, of PP_FREQUENCY_SAMPLES of them spread evenly when there are more. NaN: unknown, as
 * in most virtual machines. Read below `root`, "" for the running system. */
double pp_frequency_mean_hz(const char *root, const struct pp_cpuset *allowed);

#endif
