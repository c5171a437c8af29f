#include "machine/energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "machine/reading.h"

static double read_number(const char *root, unsigned zone, const char *name) {
    char path[96];
    snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%u/%s", zone, name);
    return pp_reading_number(root, path);
}

/* "package-0", "package-1-die-0"; another zone may be "psys", the whole platform. */
static size_t read_name(const char *root, unsigned zone, char *name, size_t size) {
    char path[96];
    snprintf(path, sizeof path, "/sys/class/powercap/intel-rapl:%u/name", zone);
    return pp_reading_text(root, path, name, size);
}

void pp_energy_read(const char *root, struct pp_energy *energy) {
    char name[64];
    unsigned count = 0;
    energy->packages = 0;
    for (unsigned zone = 0; count < PP_ENERGY_PACKAGES && read_name(root, zone, name, sizeof name) > 0; zone++) {
        if (strncmp(name, "package-", 8) != 0)
            continue;
        energy->used_uj[count] = read_number(root, zone, "energy_uj");
        /* A sum that lacks a package would look like a small one. */
        if (isnan(energy->used_uj[count]))
            return;
        energy->range_uj[count++] = read_number(root, zone, "max_energy_range_uj");
    }
    energy->packages = count;
}

double pp_energy_between(const struct pp_energy *before, const struct pp_energy *after) {
    double sum_uj = 0.0;
    if (before->packages == 0 || before->packages != after->packages)
        return NAN;
    for (unsigned i = 0; i < before->packages; i++) {
        double used_uj = after->used_uj[i] - before->used_uj[i];
        sum_uj += used_uj >= 0.0 ? used_uj : used_uj + before->range_uj[i];
    }
    return sum_uj >= 0.0 ? sum_uj * 1e-6 : NAN;
}
