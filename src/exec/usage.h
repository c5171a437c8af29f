/* What processes cost the system. */
#ifndef PP_EXEC_USAGE_H
#define PP_EXEC_USAGE_H

#include <stdint.h>

struct rusage;

/* Sums over processes and all their threads, except for `max_rss_bytes`. */
struct pp_usage {
    uint64_t user_ns, system_ns; /* CPU time */
    uint64_t minor_faults, major_faults;
    uint64_t voluntary, involuntary; /* context switches */
    uint64_t max_rss_bytes;          /* the largest resident set that one of those that ended ever had */
};

/* Adds what wait4() told of a process that has ended. */
void pp_usage_add(struct pp_usage *usage, const struct rusage *process);

/* Adds what this process has used up since `before` was read with getrusage(RUSAGE_SELF), and reads it anew. */
void pp_usage_add_own(struct pp_usage *usage, struct rusage *before);

#endif
