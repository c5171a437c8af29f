/* What the system counts: captured trees of /proc and /sys, and the running system. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/counters.h"
#include "machine/cpus.h"
#include "machine/cpuset.h"
#include "machine/frequency.h"
#include "machine_tree.h"

static struct pp_counters read_tree(const struct tree *tree) {
    struct pp_counters counters;
    struct pp_counters_source *source = pp_counters_open(tree->root);
    assert_non_null(source);
    pp_counters_read(source, &counters);
    pp_counters_close(source);
    return counters;
}

static void assert_near(double found, double expected) {
    if (!(fabs(found - expected) <= 1e-9 * (1.0 + fabs(expected))))
        fail_msg("%.12g, expected %.12g", found, expected);
}

/* ---- CPUs ---- */

#define STAT                                                                                                           \
    "cpu  1111 222 333 4444 55 66 77 88 99 10\n"                                                                       \
    "cpu0 100 20 30 4000 500 6 7 8 90 9\n"                                                                             \
    "cpu1 1000 0 0 1 2 3 4 5 6 7\n"                                                                                    \
    "cpu10 10 20 30 40 50 60 70 80 90 100\n"                                                                           \
    "intr 12345 1 2 3\ncpu2 9999 9999 9999\n"

/* In captured trees a tick is as long as it is here. */
static double ticks(double count) { return count / (double)sysconf(_SC_CLK_TCK); }

static void only_the_allowed_cpus_count(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/stat", STAT);
    put(tree, "/proc/self/status", "Name:\tx\nCpus_allowed:\t401\nCpus_allowed_list:\t0,10-11\nMems_allowed:\t1\n");
    struct pp_cpu_times cpu = read_tree(tree).cpu;
    assert_int_equal(cpu.cpus, 2);
    assert_near(cpu.tick_s, ticks(1));
    assert_near(cpu.busy_s, ticks(163 + 190));
    assert_near(cpu.idle_s, ticks(4500 + 90));
    assert_near(cpu.steal_s, ticks(88));
}

static void an_old_kernel_has_fewer_columns(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/stat", "cpu 1 2 3 4\ncpu0 1 2 3 4\n");
    struct pp_cpu_times cpu = read_tree(tree).cpu;
    assert_near(cpu.busy_s, ticks(6));
    assert_near(cpu.idle_s, ticks(4));
    assert_near(cpu.steal_s, 0.0);
}

static void more_than_1024_cpus_can_be_counted(void **state) {
    enum { CPUS = 1600, LINE = 64 };
    const struct tree *tree = *state;
    char *text = malloc((size_t)CPUS * LINE), *at = text;
    assert_non_null(text);
    for (int cpu = 0; cpu < CPUS; cpu++)
        at += snprintf(at, LINE, "cpu%d 1 0 0 %d 0 0 0 2 0 0\n", cpu, cpu);
    put(tree, "/proc/stat", text);
    free(text);
    put(tree, "/proc/self/status", "Name:\tx\nCpus_allowed_list:\t2,1020-1029,1599\n");
    struct pp_cpu_times cpu = read_tree(tree).cpu;
    assert_int_equal(cpu.cpus, 12);
    assert_near(cpu.busy_s, ticks(12));
    assert_near(cpu.idle_s, ticks(2 + 10245 + 1599));
    assert_near(cpu.steal_s, ticks(24));
}

/* ---- frequency ---- */

static void put_frequency(const struct tree *tree, unsigned cpu, unsigned khz) {
    char name[96], text[32];
    snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/cpufreq/scaling_cur_freq", cpu);
    snprintf(text, sizeof text, "%u\n", khz);
    put(tree, name, text);
}

static double mean_hz(const struct tree *tree) {
    struct pp_cpuset allowed;
    pp_cpus_affinity(tree->root, &allowed);
    return pp_frequency_mean_hz(tree->root, &allowed);
}

static void the_frequency_is_the_mean_of_the_allowed_cpus(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/status", "Name:\tx\nCpus_allowed_list:\t0,2-3\n");
    assert_true(isnan(mean_hz(tree)));
    put_frequency(tree, 0, 2000000);
    put_frequency(tree, 1, 9000000);
    put_frequency(tree, 2, 3000000);
    assert_near(mean_hz(tree), 2.5e9); /* CPU 3 does not say */
    put_frequency(tree, 3, 4000000);
    assert_near(mean_hz(tree), 3e9);
}

static void only_a_few_of_many_cpus_are_asked(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/status", "Name:\tx\nCpus_allowed_list:\t32-1055\n");
    for (unsigned i = 0; i < PP_FREQUENCY_SAMPLES; i++)
        put_frequency(tree, 32 + i * 64, 1000000 + 1000 * i);
    put_frequency(tree, 33, 1);
    put_frequency(tree, 1055, 1);
    assert_near(mean_hz(tree), 1.0075e9);
}

/* ---- throttling ---- */

static void v2_groups_add_up(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", "29 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
    put(tree, "/proc/self/cgroup", "0::/a/b\n");
    assert_true(isnan(read_tree(tree).throttle.count) && isnan(read_tree(tree).throttle.time_s));
    put(tree, "/sys/fs/cgroup/cpu.stat", "usage_usec 999\nuser_usec 1\n"); /* the root has no quota */
    assert_true(isnan(read_tree(tree).throttle.count));
    put(tree, "/sys/fs/cgroup/a/cpu.stat", "usage_usec 9\nnr_periods 50\nnr_throttled 7\nthrottled_usec 250000\n");
    put(tree, "/sys/fs/cgroup/a/b/cpu.stat", "nr_periods 5\nnr_throttled 2\nthrottled_usec 1\n");
    assert_near(read_tree(tree).throttle.count, 9);
    assert_near(read_tree(tree).throttle.time_s, 0.250001);
}

static void v1_counts_in_nanoseconds(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo",
        "30 25 0:27 /docker/x /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "31 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put(tree, "/proc/self/cgroup", "5:cpuset:/y\n4:cpu,cpuacct:/docker/x/job\n0::/job\nnonsense\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/job/cpu.stat", "nr_periods 5\nnr_throttled 3\nthrottled_time 1500000000\n");
    put(tree, "/sys/fs/cgroup/unified/job/cpu.stat", "usage_usec 10\n");
    assert_near(read_tree(tree).throttle.count, 3);
    assert_near(read_tree(tree).throttle.time_s, 1.5);
}

/* ---- paging and pressure ---- */

static void faults_swapping_and_pressure_are_read(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/vmstat", "nr_free_pages 1\npswpin 20\npswpout 3\nold_pgmajfault 5\npgfault 9\npgmajfault 77\n");
    put(tree, "/proc/pressure/cpu", "some avg10=0.00 avg60=1.00 avg300=2.00 total=2500000\nfull total=9\n");
    put(tree, "/proc/pressure/io", "some avg10=0.00 avg60=0.00 avg300=0.00 total=4\nfull avg10=0.00 total=1\n");
    put(tree, "/proc/pressure/memory", "full avg10=0.00 total=1\n");
    struct pp_counters counters = read_tree(tree);
    assert_near(counters.major_faults, 77);
    assert_near(counters.swapped_pages, 23);
    assert_near(counters.pressure_s[PP_PRESSURE_CPU], 2.5);
    assert_near(counters.pressure_s[PP_PRESSURE_IO], 4e-6);
    assert_true(isnan(counters.pressure_s[PP_PRESSURE_MEMORY]));
}

static void what_is_missing_is_unknown(void **state) {
    struct pp_counters counters = read_tree(*state);
    assert_int_equal(counters.cpu.cpus, 0);
    assert_true(counters.time_ns > 0);
    assert_true(isnan(counters.cpu.busy_s) && isnan(counters.cpu.idle_s) && isnan(counters.cpu.steal_s));
    assert_true(isnan(counters.throttle.count) && isnan(counters.throttle.time_s));
    assert_true(isnan(counters.major_faults) && isnan(counters.swapped_pages) && isnan(counters.frequency_hz));
    for (int i = 0; i < PP_PRESSURES; i++)
        assert_true(isnan(counters.pressure_s[i]));
    assert_int_equal(counters.energy.packages, 0);
}

static void files_without_sense_are_unknown(void **state) {
    const struct tree *tree = *state;
    const char *const names[] = {"/proc/stat",        "/proc/vmstat",      "/proc/pressure/cpu",
                                 "/proc/self/status", "/proc/self/cgroup", "/proc/self/mountinfo"};
    const char *const texts[] = {"", "\n", "cpu", "pswpin x\npgmajfault\n", "some total=-\n", "\xff\xfe:"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            put(tree, names[k], texts[i]);
        struct pp_counters counters = read_tree(tree);
        assert_int_equal(counters.cpu.cpus, 0);
        assert_true(isnan(counters.major_faults) && isnan(counters.swapped_pages));
        assert_true(isnan(counters.pressure_s[PP_PRESSURE_CPU]));
    }
}

/* ---- energy ---- */

static void put_zone(const struct tree *tree, const char *zone, const char *name, const char *energy,
                     const char *range) {
    const char *const files[] = {"name", "energy_uj", "max_energy_range_uj"}, *const texts[] = {name, energy, range};
    char path[128];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/sys/class/powercap/%s/%s", zone, files[i]);
        put(tree, path, texts[i]);
    }
}

static void packages_add_up_without_their_parts(void **state) {
    const struct tree *tree = *state;
    put_zone(tree, "intel-rapl:0", "package-0\n", "1000000\n", "262143328850\n");
    put_zone(tree, "intel-rapl:0:0", "core\n", "5\n", "262143328850\n");
    put_zone(tree, "intel-rapl:1", "psys\n", "9000000\n", "262143328850\n");
    put_zone(tree, "intel-rapl:2", "package-1-die-0\n", "2000000\n", "65712999613\n");
    struct pp_energy before = read_tree(tree).energy;
    assert_int_equal(before.packages, 2);
    put_zone(tree, "intel-rapl:0", "package-0\n", "4500000\n", "262143328850\n");
    put_zone(tree, "intel-rapl:1", "psys\n", "90000000\n", "262143328850\n");
    put_zone(tree, "intel-rapl:2", "package-1-die-0\n", "2250000\n", "65712999613\n");
    struct pp_energy after = read_tree(tree).energy;
    assert_near(pp_energy_between(&before, &after), 3.75);
}

static void an_energy_counter_starts_again(void **state) {
    const struct tree *tree = *state;
    put_zone(tree, "intel-rapl:0", "package-0\n", "262143000000\n", "262143328850\n");
    struct pp_energy before = read_tree(tree).energy;
    put_zone(tree, "intel-rapl:0", "package-0\n", "671150\n", "262143328850\n");
    struct pp_energy after = read_tree(tree).energy;
    assert_near(pp_energy_between(&before, &after), 1.0);
    before.range_uj[0] = NAN;
    assert_true(isnan(pp_energy_between(&before, &after)));
}

static void energy_that_cannot_be_read_is_unknown(void **state) {
    const struct tree *tree = *state;
    struct pp_energy none = read_tree(tree).energy;
    put_zone(tree, "intel-rapl:0", "package-0\n", "1000000\n", "262143328850\n");
    struct pp_energy one = read_tree(tree).energy;
    put_zone(tree, "intel-rapl:1", "package-1\n", "", "262143328850\n");
    assert_int_equal(one.packages, 1);
    assert_int_equal(read_tree(tree).energy.packages, 0);
    assert_true(isnan(pp_energy_between(&none, &none)));
    assert_true(isnan(pp_energy_between(&none, &one)));
    assert_true(isnan(pp_energy_between(&one, &none)));
}

/* ---- the running system ---- */

static void the_running_system_counts_on(void **state) {
    (void)state;
    struct pp_counters before, after;
    struct pp_counters_source *source = pp_counters_open("");
    assert_non_null(source);
    pp_counters_read(source, &before);
    pp_counters_read(source, &after);
    pp_counters_close(source);
    assert_true(before.cpu.cpus >= 1 && before.cpu.cpus == after.cpu.cpus);
    assert_true(before.cpu.busy_s > 0.0 && after.cpu.busy_s >= before.cpu.busy_s);
    assert_false(after.cpu.steal_s < before.cpu.steal_s);
    assert_false(after.major_faults < before.major_faults);
    assert_true(after.time_ns > before.time_ns);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(only_the_allowed_cpus_count),
        IN_TREE(an_old_kernel_has_fewer_columns),
        IN_TREE(more_than_1024_cpus_can_be_counted),
        IN_TREE(the_frequency_is_the_mean_of_the_allowed_cpus),
        IN_TREE(only_a_few_of_many_cpus_are_asked),
        IN_TREE(v2_groups_add_up),
        IN_TREE(v1_counts_in_nanoseconds),
        IN_TREE(faults_swapping_and_pressure_are_read),
        IN_TREE(what_is_missing_is_unknown),
        IN_TREE(files_without_sense_are_unknown),
        IN_TREE(packages_add_up_without_their_parts),
        IN_TREE(an_energy_counter_starts_again),
        IN_TREE(energy_that_cannot_be_read_is_unknown),
        cmocka_unit_test(the_running_system_counts_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
