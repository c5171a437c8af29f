/* For how long processes were ready to run and had no CPU. */
#ifndef PP_MACHINE_RUN_DELAY_H
#define PP_MACHINE_RUN_DELAY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel was built without it, or a process is not there. */
#define PP_RUN_DELAY_UNKNOWN UINT64_MAX

/* Nanoseconds since each process began, summed over the processes: the second number of /proc/PID/schedstat below
 * `root`
 * ("" for the running system), which is that of a process's first thread (Documentation/scheduler/sched-stats.rst).
 * Reads a file for each: some microseconds. */
uint64_t pp_run_delay_ns(const char *root, const pid_t *pids, size_t count);

#endif
