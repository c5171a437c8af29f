#include "exec/usage.h"

#include "base/clock.h"

#include <sys/resource.h>

static uint64_t ns_of(struct timeval time) {
    return (uint64_t)time.tv_sec * PP_NS_PER_S + (uint64_t)time.tv_usec * 1000;
}

static void add(struct pp_usage *usage, const struct rusage *more, const struct rusage *less) {
    usage->user_ns += ns_of(more->ru_utime) - ns_of(less->ru_utime);
    usage->system_ns += ns_of(more->ru_stime) - ns_of(less->ru_stime);
    usage->minor_faults += (uint64_t)(more->ru_minflt - less->ru_minflt);
    usage->major_faults += (uint64_t)(more->ru_majflt - less->ru_majflt);
    usage->voluntary += (uint64_t)(more->ru_nvcsw - less->ru_nvcsw);
    usage->involuntary += (uint64_t)(more->ru_nivcsw - less->ru_nivcsw);
}

void pp_usage_add(struct pp_usage *usage, const struct rusage *process) {
    const struct rusage none = {0};
    add(usage, process, &none);
    uint64_t rss_bytes = (uint64_t)process->ru_maxrss * 1024;
    if (rss_bytes > usage->max_rss_bytes)
        usage->max_rss_bytes = rss_bytes;
}

void pp_usage_add_own(struct pp_usage *usage, struct rusage *before) {
    struct rusage now;
    getrusage(RUSAGE_SELF, &now);
    add(usage, &now, before);
    *before = now;
}
