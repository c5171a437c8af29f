/* In which order CPUs are given to workers: tables of machines, laid out from a few numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "machine/cpu_order.h"

enum { CPUS_MAX = 1000 };

struct orders {
    struct pp_cpu_place places[CPUS_MAX];
    uint16_t packages[CPUS_MAX * 2]; /* by CPU */
    size_t count;
    uint16_t compact[CPUS_MAX], scatter[CPUS_MAX];
};

/* Into the middle: in which order the table lists CPUs must not matter. */
static void add(struct orders *orders, struct pp_cpu_place place) {
    size_t at = orders->count++;
    orders->places[at] = orders->places[at / 2];
    orders->places[at / 2] = place;
    orders->packages[place.at[PP_PLACE_CPU]] = place.at[PP_PLACE_PACKAGE];
}

/* A core of a package, by its number in all; node and cache are numbered over all packages. */
static struct pp_cpu_place core_at(unsigned package, unsigned node, unsigned cache, unsigned core, unsigned cpu) {
    return (struct pp_cpu_place){.at = {[PP_PLACE_THREAD] = 77, /* is set by the orders */
                                        [PP_PLACE_PACKAGE] = (uint16_t)package,
                                        [PP_PLACE_NODE] = (uint16_t)node,
                                        [PP_PLACE_CACHE] = (uint16_t)cache,
                                        [PP_PLACE_CORE] = (uint16_t)core,
                                        [PP_PLACE_CPU] = (uint16_t)cpu}};
}

static struct pp_cpu_place of_kind(unsigned kind, struct pp_cpu_place place) {
    place.at[PP_PLACE_KIND] = (uint16_t)kind;
    return place;
}

static void order(struct orders *orders) {
    pp_cpu_orders(orders->places, orders->count, orders->compact, orders->scatter);
}

static void assert_order(const uint16_t *order, size_t count, const char *expected) {
    char text[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%u", i ? " " : "", order[i]);
    assert_string_equal(text, expected);
}

static void assert_orders(struct orders *orders, const char *compact, const char *scatter) {
    order(orders);
    assert_order(orders->compact, orders->count, compact);
    assert_order(orders->scatter, orders->count, scatter);
}

/* Two packages of two nodes with two caches for two cores each: 16 cores, whose second threads have the numbers from 16
 * on. */
static void two_sockets_with_nodes_caches_and_threads(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    for (unsigned cpu = 0; cpu < 32; cpu++) {
        unsigned core = cpu % 16;
        add(&orders, core_at(core / 8, core / 4, core / 2, core, cpu));
    }
    assert_orders(&orders, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31",
                  "0 8 4 12 2 10 6 14 1 9 5 13 3 11 7 15 16 24 20 28 18 26 22 30 17 25 21 29 19 27 23 31");
}

/* Even numbers on one socket, odd ones on the other, as many servers count. */
static void numbers_that_alternate_between_sockets(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    for (unsigned cpu = 0; cpu < 8; cpu++)
        add(&orders, core_at(cpu % 2, cpu % 2, cpu % 2, cpu % 2 * 4 + cpu / 2, cpu));
    assert_orders(&orders, "0 2 4 6 1 3 5 7", "0 1 2 3 4 5 6 7");
}

/* Eight fast cores of two threads, eight frugal ones of one; one cache for all. */
static void fast_cores_then_frugal_ones_then_second_threads(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    for (unsigned cpu = 0; cpu < 16; cpu++)
        add(&orders, core_at(0, 0, 0, cpu / 2, cpu));
    for (unsigned cpu = 16; cpu < 24; cpu++)
        add(&orders, of_kind(1, core_at(0, 0, 0, cpu - 8, cpu)));
    static const char expected[] = "0 2 4 6 8 10 12 14 16 17 18 19 20 21 22 23 1 3 5 7 9 11 13 15";
    assert_orders(&orders, expected, expected);
}

/* Frugal cores may have the lower numbers, as on phones. */
static void fast_cores_come_first_whatever_their_numbers(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    for (unsigned cpu = 0; cpu < 6; cpu++)
        add(&orders, of_kind(cpu < 4, core_at(0, 0, cpu / 2, cpu, cpu)));
    assert_orders(&orders, "4 5 0 1 2 3", "4 5 0 2 1 3");
}

static void one_cpu_or_none(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    assert_orders(&orders, "", "");
    add(&orders, core_at(0, 0, 0, 0, 3));
    assert_orders(&orders, "3", "3");
}

/* Of 16 CPUs in two packages these are in the mask: of core 0 both threads, of cores 1 and 6 the second one alone. */
static void what_remains_of_a_core_is_its_first_thread(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    add(&orders, core_at(0, 0, 0, 0, 0));
    add(&orders, core_at(0, 0, 0, 0, 8));
    add(&orders, core_at(0, 0, 0, 1, 9));
    add(&orders, core_at(1, 1, 1, 6, 14));
    assert_orders(&orders, "0 9 14 8", "0 14 9 8");
}

/* Some are switched off. */
static void numbers_with_holes(void **state) {
    struct orders orders = {.count = 0};
    static const unsigned cpus[] = {1, 5, 64, 1023, 1024, 1999};
    (void)state;
    for (unsigned i = 0; i < 6; i++)
        add(&orders, core_at(i / 3, i / 3, i / 3, i * 100, cpus[i]));
    assert_orders(&orders, "1 5 64 1023 1024 1999", "1 1023 5 1024 64 1999");
}

/* The larger package goes on alone when the smaller one is used up; its two nodes get no more than their turn. */
static void packages_that_differ_in_size(void **state) {
    struct orders orders = {.count = 0};
    (void)state;
    for (unsigned cpu = 0; cpu < 2; cpu++)
        add(&orders, core_at(0, 0, 0, cpu, cpu));
    for (unsigned cpu = 2; cpu < 8; cpu++)
        add(&orders, core_at(1, cpu < 4 ? 1 : 2, cpu < 4 ? 1 : 2, cpu, cpu));
    assert_orders(&orders, "0 1 2 3 4 5 6 7", "0 2 1 4 3 5 6 7");
}

/* Ten packages of 50 cores with two threads: wherever one stops, the packages are as full, or as even, as can be. */
static void a_thousand_cpus(void **state) {
    static struct orders orders;
    enum { PACKAGES = 10, CORES = 500 };
    size_t compact[PACKAGES] = {0}, scatter[PACKAGES] = {0};
    bool seen[2][CPUS_MAX] = {{false}};
    (void)state;
    for (unsigned cpu = 0; cpu < CPUS_MAX; cpu++) {
        unsigned core = cpu % CORES;
        add(&orders, core_at(core / 50, core / 50, core / 10, core, cpu));
    }
    order(&orders);
    for (size_t i = 0; i < CPUS_MAX; i++) {
        assert_false(seen[0][orders.compact[i]] || seen[1][orders.scatter[i]]);
        seen[0][orders.compact[i]] = seen[1][orders.scatter[i]] = true;
        compact[orders.packages[orders.compact[i]]]++;
        scatter[orders.packages[orders.scatter[i]]]++;
        for (size_t p = 0; p < PACKAGES; p++) {
            size_t even = (i + 1) / PACKAGES;
            assert_true(scatter[p] == even || scatter[p] == even + 1);
            if (i < CORES)
                assert_int_equal(compact[p], i + 1 <= p * 50 ? 0 : i + 1 >= p * 50 + 50 ? 50 : i + 1 - p * 50);
        }
        assert_true((i < CORES) == (orders.compact[i] < CORES) && (i < CORES) == (orders.scatter[i] < CORES));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_sockets_with_nodes_caches_and_threads),
        cmocka_unit_test(numbers_that_alternate_between_sockets),
        cmocka_unit_test(fast_cores_then_frugal_ones_then_second_threads),
        cmocka_unit_test(fast_cores_come_first_whatever_their_numbers),
        cmocka_unit_test(one_cpu_or_none),
        cmocka_unit_test(what_remains_of_a_core_is_its_first_thread),
        cmocka_unit_test(numbers_with_holes),
        cmocka_unit_test(packages_that_differ_in_size),
        cmocka_unit_test(a_thousand_cpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
