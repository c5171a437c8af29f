/* Which limits a machine has for workers, and what is said when a sweep goes past them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/textbuf.h"
#include "machine/limits.h"
#include "machine/machine.h"

static struct pp_machine machine_of(unsigned logical, unsigned affinity, double quota) {
    return (struct pp_machine){.cpus = {.logical = logical, .affinity = affinity, .quota = quota},
                               .topology = {.cores = logical, .usable_cores = affinity, .smt = 1}};
}

/* As one line: "4 performance cores, 8 logical CPUs". */
static void assert_limits(const struct pp_machine *machine, const char *expected) {
    struct pp_cpu_limit limits[PP_CPU_LIMITS_MAX];
    size_t count = pp_cpu_limits(machine, limits);
    char found[512];
    struct pp_textbuf text = pp_textbuf_in(found, sizeof found);
    for (size_t i = 0; i < count; i++)
        pp_textbuf_add(&text, "%s%g %s", i ? ", " : "", limits[i].count, limits[i].name);
    assert_string_equal(found, expected);
}

static void a_plain_machine_has_its_cpus(void **state) {
    (void)state;
    struct pp_machine machine = machine_of(8, 8, 0);
    assert_limits(&machine, "8 logical CPUs");
    machine.topology = (struct pp_topology){.missing = "built without hwloc"};
    assert_limits(&machine, "8 logical CPUs");
}

static void limits_ascend(void **state) {
    (void)state;
    struct pp_machine machine = machine_of(16, 14, 2.5);
    machine.topology.smt = 2;
    machine.topology.usable_cores = 12;
    machine.topology.kind_count = 2;
    machine.topology.kinds[0].usable_cores = 4;
    assert_limits(&machine, "2.5 CPUs that the quota allows, 4 performance cores, 12 physical cores, "
                            "14 CPUs that the affinity mask allows, 16 logical CPUs");
    machine.cpus.quota = 13;
    assert_limits(&machine, "4 performance cores, 12 physical cores, 13 CPUs that the quota allows, "
                            "14 CPUs that the affinity mask allows, 16 logical CPUs");
}

static void of_equal_ones_the_firmest_is_named(void **state) {
    (void)state;
    struct pp_machine machine = machine_of(16, 8, 0);
    machine.topology.smt = 2;
    assert_limits(&machine, "8 CPUs that the affinity mask allows, 16 logical CPUs");
    machine.cpus.quota = 8; /* no less than the mask: nothing is bounded by it */
    assert_limits(&machine, "8 CPUs that the affinity mask allows, 16 logical CPUs");
    machine.cpus.quota = 4;
    machine.topology.usable_cores = 4;
    machine.topology.kind_count = 2;
    machine.topology.kinds[0].usable_cores = 4;
    assert_limits(&machine, "4 CPUs that the quota allows, 8 CPUs that the affinity mask allows, 16 logical CPUs");
    machine.cpus.quota = 0;
    assert_limits(&machine, "4 physical cores, 8 CPUs that the affinity mask allows, 16 logical CPUs");
}

/* A mask of frugal cores alone: that there are fast ones elsewhere is no limit here. */
static void cores_out_of_reach_do_not_count(void **state) {
    (void)state;
    struct pp_machine machine = machine_of(16, 4, 0);
    machine.topology.kind_count = 2;
    machine.topology.kinds[0].cores = 4;
    assert_limits(&machine, "4 CPUs that the affinity mask allows, 16 logical CPUs");
}

static const char *remark(double count, size_t worker_count, const int64_t *workers) {
    static char text[128];
    const struct pp_cpu_limit limit = {.count = count, .name = "logical CPUs"};
    const struct pp_ints list = {.count = worker_count, .items = workers};
    text[0] = '\0';
    int length = pp_cpu_limit_remark(&limit, &list, text, sizeof text);
    assert_int_equal(length, strlen(text));
    return text;
}

static void a_sweep_is_told_where_it_goes_past(void **state) {
    (void)state;
    const int64_t rising[] = {0, 1, 2, 4, 8}, mixed[] = {8, 0, 3, 2, 6}, one[] = {5};
    assert_string_equal(remark(2, 5, rising), "4 workers and more go past the 2 logical CPUs");
    assert_string_equal(remark(0.5, 5, rising), "1 worker and more go past the 0.5 logical CPUs");
    assert_string_equal(remark(4, 5, rising), "8 workers go past the 4 logical CPUs");
    assert_string_equal(remark(8, 5, rising), "");
    assert_string_equal(remark(2, 5, mixed), "3 workers and more go past the 2 logical CPUs");
    assert_string_equal(remark(4, 1, one), "5 workers go past the 4 logical CPUs");
    assert_string_equal(remark(0.5, 1, (const int64_t[]){1}), "1 worker goes past the 0.5 logical CPUs");
    assert_string_equal(remark(1, 0, NULL), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_machine_has_its_cpus),       cmocka_unit_test(limits_ascend),
        cmocka_unit_test(of_equal_ones_the_firmest_is_named), cmocka_unit_test(cores_out_of_reach_do_not_count),
        cmocka_unit_test(a_sweep_is_told_where_it_goes_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
