/* Processes that this one has beside its workers, such as a server that its task talks to: what they do is part of the
 * work, not a disturbance of it. */
#ifndef PP_MACHINE_HELPERS_H
#define PP_MACHINE_HELPERS_H

#include <stdint.h>
#include <sys/types.h>

enum { PP_HELPERS_MAX = 16 }; /* more are not looked at */

struct pp_helpers {
    unsigned count;
    pid_t pids[PP_HELPERS_MAX];
    uint64_t cpu_ns[PP_HELPERS_MAX];
};

/* The children that the main thread has now, when there are no workers: /proc/PID/task/TID/children (proc(5)). None
 * where the kernel does not list them. */
void pp_helpers_find(struct pp_helpers *helpers);

struct pp_helpers_use {
    double cpu_s;  /* CPU time since; of one that has ended meanwhile nothing is known */
    unsigned busy; /* how many have used any to speak of */
};

struct pp_helpers_use pp_helpers_used(const struct pp_helpers *helpers);

#endif
