#include "machine/frequency.h"

#include <math.h>
#include <stdio.h>

#include "machine/cpuset.h"
#include "machine/reading.h"

static double read_hz(const char *root, unsigned cpu) {
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
    return pp_reading_number(root, path) * 1e3;
}

double pp_frequency_mean_hz(const char *root, const struct pp_cpuset *allowed) {
    unsigned count = pp_cpuset_count(allowed), seen = 0, asked = 0, known = 0;
    unsigned samples = count < PP_FREQUENCY_SAMPLES ? count : PP_FREQUENCY_SAMPLES;
    double sum = 0.0;
    for (unsigned cpu = 0; asked < samples; cpu++) {
        if (!pp_cpuset_has(allowed, cpu))
            continue;
        if (seen++ != asked * count / samples)
            continue;
        asked++;
        double hz = read_hz(root, cpu);
        if (hz > 0.0) {
            sum += hz;
            known++;
        }
    }
    return known ? sum / known : NAN;
}
