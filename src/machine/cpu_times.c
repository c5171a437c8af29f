#include "machine/cpu_times.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/cpuset.h"

/* Columns of a line "cpuN …". Guest time, in the two that follow, is in user and nice already. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, COLUMNS };

/* Columns that an old kernel lacks count nothing. */
static void add_line(struct pp_cpu_times *sum, const char *at, double tick_s) {
    double ticks[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        char *end;
        ticks[i] = (double)strtoull(at, &end, 10);
        at = end;
    }
    sum->cpus++;
    sum->busy_s += (ticks[USER] + ticks[NICE] + ticks[SYSTEM] + ticks[IRQ] + ticks[SOFTIRQ]) * tick_s;
    sum->idle_s += (ticks[IDLE] + ticks[IOWAIT]) * tick_s;
    sum->steal_s += ticks[STEAL] * tick_s;
}

struct pp_cpu_times pp_cpu_times_read(const char *root, const struct pp_cpuset *allowed) {
    struct pp_cpu_times sum = {.tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK)};
    char path[PATH_MAX], line[512];
    snprintf(path, sizeof path, "%s/proc/stat", root);
    FILE *file = fopen(path, "re");
    /* The lines of CPUs come first. */
    while (file && fgets(line, sizeof line, file) && strncmp(line, "cpu", 3) == 0) {
        char *end;
        unsigned long cpu = strtoul(line + 3, &end, 10);
        if (end != line + 3 && line[3] != ' ' && cpu < PP_CPUSET_CPUS && pp_cpuset_has(allowed, (unsigned)cpu))
            add_line(&sum, end, sum.tick_s);
    }
    if (file)
        fclose(file);
    if (sum.cpus == 0)
        sum.busy_s = sum.idle_s = sum.steal_s = NAN;
    return sum;
}
