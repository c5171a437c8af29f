#include "machine/counters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "machine/cpus.h"
#include "machine/cpuset.h"
#include "machine/frequency.h"
#include "machine/reading.h"

struct pp_counters_source {
    struct pp_cpuset allowed;
    struct pp_throttle_groups groups;
    char root[];
};

static void read_paging(const char *root, struct pp_counters *counters) {
    char text[PP_READING_BYTES];
    pp_reading_text(root, "/proc/vmstat", text, sizeof text);
    counters->major_faults = pp_reading_after(text, "pgmajfault ");
    counters->swapped_pages = pp_reading_after(text, "pswpin ") + pp_reading_after(text, "pswpout ");
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=MICROSECONDS" */
static double read_pressure(const char *root, const char *name) {
    char text[256];
    pp_reading_text(root, name, text, sizeof text);
    char *total = strncmp(text, "some ", 5) == 0 ? strstr(text, "total=") : NULL;
    return total ? pp_reading_after(total, "total=") * 1e-6 : NAN;
}

struct pp_counters_source *pp_counters_open(const char *root) {
    size_t size = strlen(root) + 1;
    struct pp_counters_source *source = malloc(sizeof *source + size);
    if (!source)
        return NULL;
    memcpy(source->root, root, size);
    pp_cpus_affinity(root, &source->allowed);
    pp_throttle_find(root, &source->groups);
    return source;
}

void pp_counters_close(struct pp_counters_source *source) {
    if (source)
        pp_throttle_release(&source->groups);
    free(source);
}

void pp_counters_read(const struct pp_counters_source *source, struct pp_counters *counters) {
    static const char *const pressures[PP_PRESSURES] = {
        [PP_PRESSURE_CPU] = "/proc/pressure/cpu",
        [PP_PRESSURE_IO] = "/proc/pressure/io",
        [PP_PRESSURE_MEMORY] = "/proc/pressure/memory",
    };
    const char *root = source->root;
    counters->time_ns = pp_clock_ns();
    counters->cpu = pp_cpu_times_read(root, &source->allowed);
    counters->throttle = pp_throttle_read(&source->groups);
    read_paging(root, counters);
    for (int i = 0; i < PP_PRESSURES; i++)
        counters->pressure_s[i] = read_pressure(root, pressures[i]);
    counters->frequency_hz = pp_frequency_mean_hz(root, &source->allowed);
    pp_energy_read(root, &counters->energy);
}
