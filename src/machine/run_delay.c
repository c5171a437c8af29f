#include "machine/run_delay.h"

#include <limits.h>
#include <stdio.h>

static uint64_t of_process(const char *root, pid_t pid) {
    char path[PATH_MAX];
    unsigned long long on_cpu_ns, delay_ns;
    snprintf(path, sizeof path, "%s/proc/%d/schedstat", root, (int)pid);
    FILE *file = fopen(path, "re");
    int read = file ? fscanf(file, "%llu %llu", &on_cpu_ns, &delay_ns) : 0;
    if (file)
        fclose(file);
    return read == 2 ? delay_ns : PP_RUN_DELAY_UNKNOWN;
}

uint64_t pp_run_delay_ns(const char *root, const pid_t *pids, size_t count) {
    uint64_t sum_ns = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t delay_ns = of_process(root, pids[i]);
        if (delay_ns == PP_RUN_DELAY_UNKNOWN)
            return delay_ns;
        sum_ns += delay_ns;
    }
    return sum_ns;
}
