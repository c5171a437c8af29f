/* What the CPUs that this process may run on did so far: /proc/stat (proc(5)). */
#ifndef PP_MACHINE_CPU_TIMES_H
#define PP_MACHINE_CPU_TIMES_H

struct pp_cpuset;

/* Sums over the allowed CPUs since the system was started. With `cpus` 0 nothing is known, and the sums are NaN.
 *
 * The kernel counts in ticks of `tick_s` (USER_HZ, 10 ms nearly everywhere), and cuts what is less, for each CPU. Most
 * kernels do not even measure busy and idle time but look, some hundred times a second, who is running. */
struct pp_cpu_times {
    unsigned cpus; /* allowed and running */
    double tick_s;
    double busy_s;  /* user (guests included), nice, system, interrupts */
    double idle_s;  /* idle or waiting for I/O; may go backwards a little */
    double steal_s; /* a hypervisor ran something else */
};

/* Reads below `root`, "" for the running system. */
struct pp_cpu_times pp_cpu_times_read(const char *root, const struct pp_cpuset *allowed);

#endif
