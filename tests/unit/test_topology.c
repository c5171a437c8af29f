/* What kind of machine it is: trees of machines that stand for many, laid out from a few numbers. */
#include <dlfcn.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "machine/machine.h"
#include "machine_tree.h"

/* The dynamic loader; tests take hwloc away. */
static enum { LOADER_REAL, LOADER_FINDS_NOTHING, LOADER_FINDS_ANOTHER, LOADER_DIES } loader;

void *dlopen(const char *name, int flags);
void *dlopen(const char *name, int flags) {
    void *(*real)(const char *, int);
    void *address = dlsym(RTLD_NEXT, "dlopen");
    memcpy(&real, &address, sizeof real);
    if (loader == LOADER_DIES)
        raise(SIGKILL);
    if (loader == LOADER_FINDS_NOTHING)
        return NULL;
    return real(loader == LOADER_FINDS_ANOTHER ? "libm.so.6" : name, flags);
}

static const struct pp_task *const no_tasks[] = {NULL};

static const struct pp_topology *topology_of(const struct tree *tree) {
    static struct pp_machine machine;
    pp_machine_read(tree->root, no_tasks, &machine);
#ifndef PP_HAVE_HWLOC
    assert_string_equal(machine.topology.missing, "built without hwloc");
    skip();
#endif
    assert_string_equal(machine.topology.missing, "");
    return &machine.topology;
}

static void assert_order(const struct pp_topology *topology, const uint16_t *order, const char *expected) {
    char text[512] = "";
    size_t length = 0;
    for (unsigned i = 0; i < topology->order_count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%u", i ? " " : "", order[i]);
    assert_string_equal(text, expected);
}

/* Four cores with two threads and eight with one: CPUs 0 to 15. */
static void make_laptop(const struct tree *tree) {
    put_online(tree, "0-15\n");
    put_allowed(tree, "0-15");
    for (unsigned cpu = 0; cpu < 16; cpu++) {
        bool fast = cpu < 8;
        struct pp_cpuset core = fast ? range(cpu / 2 * 2, 2) : range(cpu, 1);
        put_place(tree, cpu, 16, fast ? cpu / 2 * 4 : cpu + 8, 0, (struct pp_cpuset[]){core, range(0, 16)});
        put_cache(tree, cpu, 16, (struct cache_of){0, 1, fast ? 48 : 32, "Data"}, core);
        put_cache(tree, cpu, 16, (struct cache_of){2, 2, fast ? 1280 : 2048, "Unified"},
                  fast ? core : range(cpu / 4 * 4, 4));
        put_cache(tree, cpu, 16, (struct cache_of){3, 3, 24576, "Unified"}, range(0, 16));
        put_cpu(tree, cpu, "cpufreq/cpuinfo_max_freq", "%u\n", fast ? 4700000 + cpu / 6 * 100000 : 3600000);
    }
}

static void laptop_with_fast_and_frugal_cores(void **state) {
    const struct tree *tree = *state;
    make_laptop(tree);
    put(tree, "/sys/devices/cpu_core/cpus", "0-7\n");
    put(tree, "/sys/devices/cpu_atom/cpus", "8-15\n");
    const struct pp_topology *topology = topology_of(tree);
    assert_int_equal(topology->cores, 12);
    assert_int_equal(topology->usable_cores, 12);
    assert_int_equal(topology->packages, 1);
    assert_int_equal(topology->smt, 2);
    assert_int_equal(topology->kind_count, 2);
    const struct pp_cpu_kind *fast = &topology->kinds[0], *frugal = &topology->kinds[1];
    assert_string_equal(fast->name, "performance");
    assert_true(fast->cores == 4 && fast->logical == 8 && fast->usable_cores == 4 && fast->max_hz == 4800000000);
    assert_string_equal(frugal->name, "efficiency");
    assert_true(frugal->cores == 8 && frugal->logical == 8 && frugal->usable_cores == 8 &&
                frugal->max_hz == 3600000000);
    assert_order(topology, topology->compact, "0 2 4 6 8 9 10 11 12 13 14 15 1 3 5 7");
    assert_order(topology, topology->scatter, "0 2 4 6 8 9 10 11 12 13 14 15 1 3 5 7");
}

static void laptop_caches_differ_by_kind(void **state) {
    const struct tree *tree = *state;
    make_laptop(tree);
    static const struct pp_cache expected[] = {{1, "data", 4, 2, 48 << 10},
                                               {1, "data", 8, 1, 32 << 10},
                                               {2, "unified", 4, 2, 1280 << 10},
                                               {2, "unified", 2, 4, 2048 << 10},
                                               {3, "unified", 1, 16, 24576 << 10}};
    const struct pp_topology *topology = topology_of(tree);
    assert_int_equal(topology->cache_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct pp_cache *cache = &topology->caches[i];
        assert_string_equal(cache->type, expected[i].type);
        assert_true(cache->level == expected[i].level && cache->count == expected[i].count &&
                    cache->shared == expected[i].shared && cache->bytes == expected[i].bytes);
    }
}

/* As after `taskset`: some of the fast cores, each by one of its threads, and one that is frugal. */
static void a_mask_reaches_some_of_the_cores(void **state) {
    const struct tree *tree = *state;
    make_laptop(tree);
    put(tree, "/sys/devices/cpu_core/cpus", "0-7\n");
    put(tree, "/sys/devices/cpu_atom/cpus", "8-15\n");
    put_allowed(tree, "2,4-5,9");
    const struct pp_topology *topology = topology_of(tree);
    assert_true(topology->cores == 12 && topology->usable_cores == 3);
    assert_true(topology->kinds[0].usable_cores == 2 && topology->kinds[1].usable_cores == 1);
    assert_order(topology, topology->compact, "2 4 9 5");
}

/* Four large and four small cores, which the kernel tells apart by capacity alone. */
static void phone_with_capacities(void **state) {
    const struct tree *tree = *state;
    put_online(tree, "0-7\n");
    put_allowed(tree, "0-7");
    for (unsigned cpu = 0; cpu < 8; cpu++) {
        put_place(tree, cpu, 8, cpu, 0, (struct pp_cpuset[]){range(cpu, 1), range(0, 8)});
        put_cpu(tree, cpu, "cpu_capacity", "%d\n", cpu < 4 ? 446 : 1024);
        put_cpu(tree, cpu, "cpufreq/cpuinfo_max_freq", "%d\n", cpu < 4 ? 1800000 : 2400000);
    }
    const struct pp_topology *topology = topology_of(tree);
    assert_int_equal(topology->kind_count, 2);
    assert_string_equal(topology->kinds[0].name, "performance");
    assert_true(topology->kinds[0].cores == 4 && pp_cpuset_has(&topology->kinds[0].cpus, 4));
    assert_true(topology->kinds[0].max_hz == 2400000000);
    assert_string_equal(topology->kinds[1].name, "efficiency");
    assert_true(topology->smt == 1 && topology->kinds[1].cores == 4);
    assert_order(topology, topology->compact, "4 5 6 7 0 1 2 3");
}

/* Two packages of 16 cores with two threads; the second threads come last, as on most servers. */
static void server_with_two_sockets(void **state) {
    const struct tree *tree = *state;
    put_online(tree, "0-63\n");
    put_allowed(tree, "0-63");
    put(tree, "/sys/devices/system/node/online", "0-1\n");
    put(tree, "/sys/devices/system/node/possible", "0-1\n");
    struct pp_cpuset packages[2];
    for (unsigned package = 0; package < 2; package++) {
        char name[64], text[64];
        packages[package] = range(package * 16, 16);
        for (unsigned i = 0; i < 16; i++)
            pp_cpuset_add(&packages[package], 32 + package * 16 + i);
        snprintf(name, sizeof name, "/sys/devices/system/node/node%u/cpumap", package);
        put(tree, name, mask_of(packages[package], 64).text);
        snprintf(name, sizeof name, "/sys/devices/system/node/node%u/meminfo", package);
        snprintf(text, sizeof text, "Node %u MemTotal: 67108864 kB\n", package);
        put(tree, name, text);
    }
    for (unsigned cpu = 0; cpu < 64; cpu++) {
        struct pp_cpuset core = range(cpu % 32, 1);
        pp_cpuset_add(&core, cpu % 32 + 32);
        put_place(tree, cpu, 64, cpu % 16, cpu / 16 % 2, (struct pp_cpuset[]){core, packages[cpu / 16 % 2]});
        put_cache(tree, cpu, 64, (struct cache_of){3, 3, 40960, "Unified"}, packages[cpu / 16 % 2]);
    }
    const struct pp_topology *topology = topology_of(tree);
    assert_true(topology->cores == 32 && topology->packages == 2 && topology->numa_nodes == 2 && topology->smt == 2);
    assert_int_equal(topology->kind_count, 0);
    assert_int_equal(topology->cache_count, 1);
    assert_true(topology->caches[0].count == 2 && topology->caches[0].shared == 32);
    put_allowed(tree, "0-2,14-17,33,48");
    topology = topology_of(tree);
    assert_order(topology, topology->compact, "0 1 2 14 15 16 17 33 48");
    assert_order(topology, topology->scatter, "0 16 1 17 2 14 15 33 48");
}

/* Some masks of the C library end at 1,024 CPUs. */
static void machine_of_1536_cpus(void **state) {
    enum { CPUS = 1536, IN_PACKAGE = 192 };
    const struct tree *tree = *state;
    put_online(tree, "0-1535\n");
    put_allowed(tree, "0-1535");
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        put_place(tree, cpu, CPUS, cpu / 2, cpu / IN_PACKAGE,
                  (struct pp_cpuset[]){range(cpu / 2 * 2, 2), range(cpu / IN_PACKAGE * IN_PACKAGE, IN_PACKAGE)});
    struct pp_cpus cpus = pp_cpus_read(tree->root);
    assert_true(cpus.logical == CPUS && cpus.affinity == CPUS && fabs(cpus.usable - CPUS) < 1e-9);
    const struct pp_topology *topology = topology_of(tree);
    assert_true(topology->cores == CPUS / 2 && topology->usable_cores == CPUS / 2);
    assert_true(topology->packages == CPUS / IN_PACKAGE && topology->smt == 2);
    put_allowed(tree, "1000-1100,1535");
    assert_int_equal(pp_cpus_read(tree->root).affinity, 102);
    topology = topology_of(tree);
    assert_true(topology->usable_cores == 52 && topology->order_count == 102);
    assert_true(topology->compact[0] == 1000 && topology->compact[50] == 1100 && topology->compact[51] == 1535);
    assert_true(topology->scatter[1] == 1535 && topology->scatter[2] == 1002 && topology->compact[101] == 1099);
}

/* A container's share of the CPUs is the affinity mask's business; the machine stays what it is. */
static void a_control_group_hides_no_cores(void **state) {
    const struct tree *tree = *state;
    make_laptop(tree);
    put_allowed(tree, "0-3");
    put(tree, "/proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
    put(tree, "/proc/self/cgroup", "0::/\n");
    put(tree, "/proc/self/cpuset", "/\n");
    put(tree, "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu memory\n");
    put(tree, "/sys/fs/cgroup/cpuset.cpus.effective", "0-3\n");
    put(tree, "/sys/fs/cgroup/cpuset.mems.effective", "0\n");
    const struct pp_topology *topology = topology_of(tree);
    assert_true(topology->cores == 12 && topology->usable_cores == 2);
}

/* What is in the environment for other programs. */
static void the_environment_leads_nobody_astray(void **state) {
    const struct tree *tree = *state;
    make_laptop(tree);
    setenv("HWLOC_SYNTHETIC", "pack:3 core:5 pu:7", 1);
    setenv("HWLOC_XMLFILE", "/nowhere.xml", 1);
    setenv("HWLOC_COMPONENTS", "x86", 1);
    unsigned cores = topology_of(tree)->cores;
    unsetenv("HWLOC_SYNTHETIC");
    unsetenv("HWLOC_XMLFILE");
    assert_int_equal(cores, 12);
    assert_string_equal(getenv("HWLOC_COMPONENTS"), "x86"); /* set in the child alone */
    struct pp_machine plain, led;
    pp_machine_read("", no_tasks, &plain);
    setenv("HWLOC_FSROOT", tree->root, 1);
    pp_machine_read("", no_tasks, &led);
    unsetenv("HWLOC_FSROOT");
    assert_int_equal(led.topology.cores, plain.topology.cores);
    unsetenv("HWLOC_COMPONENTS");
}

/* An empty tree knows nothing, and that is no failure. */
static void nothing_is_known_of_an_empty_tree(void **state) {
    const struct tree *tree = *state;
    struct pp_machine machine;
    pp_machine_read(tree->root, no_tasks, &machine);
    assert_true(machine.topology.cores == 0 && machine.topology.kind_count == 0 && machine.topology.cache_count == 0);
    assert_true(machine.memory.total == 0 && machine.system.frequency_hz == 0);
    assert_string_equal(machine.system.os, "");
    assert_string_equal(machine.system.kernel, "");
    assert_string_equal(machine.system.hypervisor, "none");
    assert_string_equal(machine.system.container, "none");
    assert_true(machine.cpus.logical >= 1 && machine.cpus.usable > 0.0);
    assert_true(machine.topology.order_count == machine.cpus.affinity || machine.topology.missing[0]);
}

/* ---- when hwloc or a library is not there, or breaks ---- */

static void read_with(const struct tree *tree, int how, struct pp_machine *machine) {
    make_laptop(tree);
    put(tree, "/sys/devices/cpu_core/cpus", "0-7\n");
    put(tree, "/sys/devices/cpu_atom/cpus", "8-15\n");
    loader = how;
    pp_machine_read(tree->root, no_tasks, machine);
    loader = LOADER_REAL;
    assert_int_equal(machine->topology.cores + machine->topology.order_count, 0);
    assert_int_equal(machine->cpus.logical, 16);
    assert_int_equal(machine->topology.kind_count, 2); /* what plain files tell stays */
    assert_true(machine->topology.kinds[0].logical == 8 && machine->topology.kinds[0].cores == 0);
}

static void hwloc_may_be_missing(void **state) {
#ifndef PP_HAVE_HWLOC
    skip();
#endif
    struct pp_machine machine;
    read_with(*state, LOADER_FINDS_NOTHING, &machine);
    assert_int_equal(strncmp(machine.topology.missing, "hwloc cannot be loaded (", 24), 0);
    assert_non_null(strstr(machine.topology.missing, "install the package libhwloc15"));
    read_with(*state, LOADER_FINDS_ANOTHER, &machine);
    assert_non_null(strstr(machine.topology.missing, "the hwloc found has no function"));
    read_with(*state, LOADER_DIES, &machine);
    assert_string_equal(machine.topology.missing, "asking hwloc failed: it ended by signal 9 (Killed)");
}

static int says_version(char *text, size_t size) { return snprintf(text, size, "1.2.3"); }
static int is_not_installed(char *text, size_t size) {
    snprintf(text, size, "rubbish");
    return -ELIBACC;
}
static int breaks(char *text, size_t size) {
    (void)text, (void)size;
    return raise(SIGKILL);
}

static void libraries_tell_their_versions(void **state) {
    const struct tree *tree = *state;
    static const struct pp_task plain = {.name = "plain"},
                                good = {.name = "good", .library = "libgood", .library_version = says_version},
                                same = {.name = "same", .library = "libgood", .library_version = is_not_installed},
                                lost = {.name = "lost", .library = "liblost", .library_version = is_not_installed},
                                bad = {.name = "bad", .library = "libbad", .library_version = breaks},
                                late = {.name = "late", .library = "liblate", .library_version = says_version};
    static const struct pp_task *const tasks[] = {&plain, &good, &same, &lost, &bad, &late, NULL};
    struct pp_machine machine;
    make_laptop(tree);
    pp_machine_read(tree->root, tasks, &machine);
    const struct pp_library_version *last = &machine.libraries.items[machine.libraries.count - 1];
    assert_true(machine.libraries.count >= 2);
    assert_string_equal(last->name, "liblost");
    assert_string_equal(last->version, "");
    assert_string_equal(last[-1].name, "libgood");
    assert_string_equal(last[-1].version, "1.2.3");
#ifdef PP_HAVE_HWLOC
    assert_int_equal(machine.topology.cores, 12); /* known before libbad broke the child */
    assert_string_equal(last[-2].name, "hwloc");
    assert_true(last[-2].version[0] == '2');
#endif
}

static void the_running_machine_is_read(void **state) {
    (void)state;
    struct pp_machine machine;
    pp_machine_read("", pp_tasks(), &machine);
    assert_true(machine.memory.total > 0 && machine.memory.usable > 0 && machine.memory.usable <= machine.memory.total);
    assert_true(machine.system.kernel[0] != '\0');
#ifdef PP_HAVE_HWLOC
    assert_string_equal(machine.topology.missing, "");
    assert_true(machine.topology.usable_cores <= machine.cpus.affinity);
    assert_int_equal(machine.topology.order_count, machine.cpus.affinity);
#endif
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        unsigned found = 0;
        for (unsigned i = 0; i < machine.libraries.count; i++)
            if ((*task)->library && !(*task)->unavailable &&
                strcmp((*task)->library, machine.libraries.items[i].name) == 0)
                found += machine.libraries.items[i].version[0] >= '0' && machine.libraries.items[i].version[0] <= '9';
        assert_int_equal(found, (*task)->library && !(*task)->unavailable ? 1 : 0);
    }
    assert_null(dlopen("libopenblas.so.0", RTLD_NOW | RTLD_NOLOAD)); /* all of it was loaded elsewhere */
    assert_null(dlopen("libhwloc.so.15", RTLD_NOW | RTLD_NOLOAD));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(laptop_with_fast_and_frugal_cores), IN_TREE(laptop_caches_differ_by_kind),
        IN_TREE(a_mask_reaches_some_of_the_cores),  IN_TREE(phone_with_capacities),
        IN_TREE(server_with_two_sockets),           IN_TREE(machine_of_1536_cpus),
        IN_TREE(a_control_group_hides_no_cores),    IN_TREE(the_environment_leads_nobody_astray),
        IN_TREE(nothing_is_known_of_an_empty_tree), IN_TREE(hwloc_may_be_missing),
        IN_TREE(libraries_tell_their_versions),     cmocka_unit_test(the_running_machine_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
