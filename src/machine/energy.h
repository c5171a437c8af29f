/* Energy that the processor packages used, as the processor counts it: RAPL through the powercap files (Linux,
 * Documentation/power/powercap/powercap.rst). Root alone may read them on most systems. */
#ifndef PP_MACHINE_ENERGY_H
#define PP_MACHINE_ENERGY_H

/* Packages, or dies where they count apart; a machine with more is not known to exist. */
enum { PP_ENERGY_PACKAGES = 32 };

/* A snapshot. */
struct pp_energy {
    unsigned packages;                   /* 0: unknown, there is no counter or one cannot be read */
    double used_uj[PP_ENERGY_PACKAGES];  /* µJ since some time in the past */
    double range_uj[PP_ENERGY_PACKAGES]; /* the counter starts again at 0 after this much; NaN: unknown */
};

/* Reads the packages below `root`, "" for the running system: not their parts (cores, memory), which are in them, nor
 * the whole platform. */
void pp_energy_read(const char *root, struct pp_energy *energy);

/* Joules used by all packages between two snapshots, NaN: unknown. A counter that went backwards has started again
 * once; the typical range of 262 kJ lasts 22 minutes at 200 W, so snapshots must not be further apart. */
double pp_energy_between(const struct pp_energy *before, const struct pp_energy *after);

#endif
