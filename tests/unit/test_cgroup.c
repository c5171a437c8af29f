/* What control groups and the affinity mask allow. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/cgroup.h"
#include "machine/cpus.h"
#include "machine/memory.h"
#include "machine_tree.h"

static double quota(const struct tree *tree) { return pp_cpus_read(tree->root).quota; }

static void assert_quota(const struct tree *tree, double expected) {
    double found = quota(tree);
    if (fabs(found - expected) > 1e-9)
        fail_msg("a quota of %g, expected %g", found, expected);
}

#define MOUNT_V2 "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
#define MOUNT_V1                                                                                                       \
    "30 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"                             \
    "31 25 0:28 / /sys/fs/cgroup/cpuset rw shared:10 - cgroup cgroup rw,cpuset\n"
#define OTHER_MOUNTS                                                                                                   \
    "23 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"                                                          \
    "24 23 0:5 / /proc rw - proc proc rw\nshort line\n"

/* ---- version 2 ---- */

static void v2_limit_on_the_group(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", OTHER_MOUNTS MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/user.slice/run.scope\n");
    put(tree, "/sys/fs/cgroup/user.slice/run.scope/cpu.max", "150000 100000\n");
    put(tree, "/sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
    assert_quota(tree, 1.5);
}

static void v2_limit_on_the_parent(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", OTHER_MOUNTS MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/user.slice/run.scope\n");
    put(tree, "/sys/fs/cgroup/user.slice/run.scope/cpu.max", "max 100000\n");
    put(tree, "/sys/fs/cgroup/user.slice/cpu.max", "50000 200000\n");
    assert_quota(tree, 0.25);
}

static void v2_the_smallest_counts(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/a/b/c\n");
    put(tree, "/sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
    put(tree, "/sys/fs/cgroup/a/b/cpu.max", "300000 100000\n");
    put(tree, "/sys/fs/cgroup/a/cpu.max", "350000 100000\n");
    assert_quota(tree, 3.0);
}

/* What a container sees: its own group is the root of the hierarchy. */
static void v2_container_with_a_namespace(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", OTHER_MOUNTS MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/\n");
    put(tree, "/sys/fs/cgroup/cpu.max", "200000 100000\n");
    assert_quota(tree, 2.0);
}

/* Without a namespace the mount shows a part of the hierarchy, and the group's name is that of the host. */
static void v2_container_whose_mount_is_a_part(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", "29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    put(tree, "/proc/self/cgroup", "0::/docker/abc\n");
    put(tree, "/sys/fs/cgroup/cpu.max", "70000 100000\n");
    assert_quota(tree, 0.7);
    put(tree, "/proc/self/cgroup", "0::/docker/abc/inner\n");
    put(tree, "/sys/fs/cgroup/inner/cpu.max", "30000 100000\n");
    assert_quota(tree, 0.3);
}

/* "/docker/abcdef" is not in "/docker/abc", though it begins so. */
static void v2_a_group_that_only_begins_like_the_mount(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", "29 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
    put(tree, "/proc/self/cgroup", "0::/docker/abcdef\n");
    put(tree, "/sys/fs/cgroup/cpu.max", "70000 100000\n");
    put(tree, "/sys/fs/cpu.max", "10000 100000\n");
    assert_quota(tree, 0.7);
}

static void v2_no_limit(void **state) {
    const struct tree *tree = *state;
    const char *const texts[] = {"max 100000\n", "",           "\n",          "max",  "100000",
                                 "0 100000\n",   "100000 0\n", "-1 100000\n", "x y\n"};
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/a\n");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(tree, "/sys/fs/cgroup/a/cpu.max", texts[i]);
        assert_quota(tree, 0.0);
    }
}

static void v2_missing_files(void **state) {
    const struct tree *tree = *state;
    assert_quota(tree, 0.0); /* no /proc at all */
    put(tree, "/proc/self/cgroup", "0::/a/b\n");
    assert_quota(tree, 0.0); /* no mounts */
    put(tree, "/proc/self/mountinfo", "");
    assert_quota(tree, 0.0);
    put(tree, "/proc/self/mountinfo", OTHER_MOUNTS);
    assert_quota(tree, 0.0); /* no cgroup mount */
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    assert_quota(tree, 0.0); /* no cpu.max */
    put(tree, "/sys/fs/cgroup/a/cpu.max", "100000 100000\n");
    assert_quota(tree, 1.0); /* only above */
    put(tree, "/proc/self/cgroup", "");
    assert_quota(tree, 0.0);
    put(tree, "/proc/self/cgroup", "nonsense\n1:only one colon\n");
    assert_quota(tree, 0.0);
}

/* ---- version 1 ---- */

static void v1_limits(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", OTHER_MOUNTS MOUNT_V1);
    put(tree, "/proc/self/cgroup", "9:memory:/x\n5:cpuset:/y\n4:cpu,cpuacct:/batch/job\n1:name=systemd:/z\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "-1\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_period_us", "100000\n");
    assert_quota(tree, 0.0);
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "250000\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n");
    assert_quota(tree, 2.5);
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_quota_us", "75000\n");
    assert_quota(tree, 0.75);
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/job/cpu.cfs_period_us", "0\n");
    assert_quota(tree, 2.5);
}

/* The controller "cpuset" is not "cpu". */
static void v1_cpuset_alone_is_no_limit(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", "31 25 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset,cpuacct\n");
    put(tree, "/proc/self/cgroup", "5:cpuset,cpuacct:/y\n4:cpu:/y\n");
    put(tree, "/sys/fs/cgroup/cpuset/y/cpu.cfs_quota_us", "10000\n");
    put(tree, "/sys/fs/cgroup/cpuset/y/cpu.cfs_period_us", "100000\n");
    assert_quota(tree, 0.0);
}

static void both_versions_at_once(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo",
        MOUNT_V1 "40 25 0:40 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n");
    put(tree, "/proc/self/cgroup", "4:cpu,cpuacct:/batch\n0::/batch\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_quota_us", "300000\n");
    put(tree, "/sys/fs/cgroup/cpu,cpuacct/batch/cpu.cfs_period_us", "100000\n");
    put(tree, "/sys/fs/cgroup/unified/batch/cgroup.procs", "1\n");
    assert_quota(tree, 3.0);
}

/* ---- memory ---- */

static void v2_memory_limit_on_the_parent(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/pod/app\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 0);
    put(tree, "/sys/fs/cgroup/pod/app/memory.max", "max\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 0);
    put(tree, "/sys/fs/cgroup/pod/memory.max", "1073741824\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 1073741824);
    put(tree, "/sys/fs/cgroup/pod/app/memory.max", "4294967296\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 1073741824);
}

static void v1_memory_limit(void **state) {
    const struct tree *tree = *state;
    put(tree, "/proc/self/mountinfo", "31 25 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    put(tree, "/proc/self/cgroup", "4:memory:/docker/abc\n2:cpu:/docker/abc\n");
    put(tree, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); /* none, pages of 4 KiB */
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 0);
    put(tree, "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "536870912\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 536870912);
    put(tree, "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes", "268435456\n");
    assert_int_equal(pp_cgroup_memory_bytes(tree->root), 268435456);
    assert_quota(tree, 0.0);
}

static void usable_memory_is_the_smaller_of_all_and_limit(void **state) {
    const struct tree *tree = *state;
    struct pp_memory memory = pp_memory_read(tree->root);
    assert_int_equal(memory.total + memory.limit + memory.usable, 0);
    put(tree, "/proc/meminfo",
        "MemTotal:       2097152 kB\nMemFree: 1 kB\nMemAvailable:   1048576 kB\nSwapTotal: 512 kB\n");
    memory = pp_memory_read(tree->root);
    assert_int_equal(memory.total, UINT64_C(2) << 30);
    assert_int_equal(memory.available, 1 << 30);
    assert_int_equal(memory.swap, 512 << 10);
    assert_int_equal(memory.usable, memory.total);
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/\n");
    put(tree, "/sys/fs/cgroup/memory.max", "1000000\n");
    memory = pp_memory_read(tree->root);
    assert_true(memory.limit == 1000000 && memory.usable == 1000000);
    put(tree, "/sys/fs/cgroup/memory.max", "4000000000\n");
    memory = pp_memory_read(tree->root);
    assert_true(memory.limit == 4000000000 && memory.usable == memory.total);
}

/* ---- all together ---- */

static void usable_is_the_smaller_of_mask_and_quota(void **state) {
    const struct tree *tree = *state;
    struct pp_cpus cpus = pp_cpus_read(tree->root);
    assert_true(cpus.affinity >= 1 && cpus.logical >= 1);
    assert_true(fabs(cpus.usable - (double)cpus.affinity) < 1e-9);
    put(tree, "/proc/self/mountinfo", MOUNT_V2);
    put(tree, "/proc/self/cgroup", "0::/\n");
    put(tree, "/sys/fs/cgroup/cpu.max", "50000 100000\n");
    assert_true(fabs(pp_cpus_read(tree->root).usable - 0.5) < 1e-9);
    put(tree, "/sys/fs/cgroup/cpu.max", "999999900000 100000\n");
    cpus = pp_cpus_read(tree->root);
    assert_true(fabs(cpus.usable - (double)cpus.affinity) < 1e-9);
}

static void the_mask_is_heeded(void **state) {
    const struct tree *tree = *state;
    pid_t pid = fork();
    if (pid == 0) {
        cpu_set_t set, one;
        sched_getaffinity(0, sizeof set, &set);
        CPU_ZERO(&one);
        for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
            if (CPU_ISSET(cpu, &set))
                CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof one, &one);
        _exit((int)pp_cpus_read(tree->root).affinity);
    }
    int wait_status = 0;
    waitpid(pid, &wait_status, 0);
    assert_int_equal(WEXITSTATUS(wait_status), 1);
}

static void a_tree_tells_its_own_mask(void **state) {
    const struct tree *tree = *state;
    put_online(tree, "0-5\n");
    put_allowed(tree, "1,4-5,9");
    struct pp_cpus cpus = pp_cpus_read(tree->root);
    assert_int_equal(cpus.logical, 6);
    assert_int_equal(cpus.affinity, 3); /* 9 is switched off */
    struct pp_cpuset set;
    pp_cpus_affinity(tree->root, &set);
    assert_int_equal(pp_cpuset_next(&set, 0), 1);
    put_allowed(tree, "9");
    assert_int_equal(pp_cpus_read(tree->root).affinity, 1); /* none is left, yet this runs on one */
}

static void lists_of_cpus(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool good;
        unsigned count, first;
    } lists[] = {{"0\n", true, 1, 0},
                 {"0-3,8,10-11", true, 7, 0},
                 {"5-7", true, 3, 5},
                 {"", true, 0, PP_CPUSET_CPUS},
                 {"\n", true, 0, PP_CPUSET_CPUS},
                 {"3-1", true, 0, PP_CPUSET_CPUS},
                 {"8190-99999", true, 2, 8190},
                 {"99999999999999999999999", true, 0, PP_CPUSET_CPUS},
                 {"-1", false, 0, 0},
                 {"1-", false, 0, 0},
                 {"1 2", false, 0, 0},
                 {",", false, 0, 0},
                 {"a", false, 0, 0}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct pp_cpuset set;
        assert_int_equal(pp_cpuset_parse(&set, lists[i].text), lists[i].good);
        if (!lists[i].good)
            continue;
        assert_int_equal(pp_cpuset_count(&set), lists[i].count);
        assert_int_equal(pp_cpuset_next(&set, 0), lists[i].first);
    }
}

static void the_running_system_can_be_read(void **state) {
    (void)state;
    struct pp_cpus cpus = pp_cpus_read("");
    assert_true(cpus.usable > 0.0 && cpus.usable <= (double)cpus.affinity);
    assert_true(cpus.quota >= 0.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(v2_limit_on_the_group),
        IN_TREE(v2_limit_on_the_parent),
        IN_TREE(v2_the_smallest_counts),
        IN_TREE(v2_container_with_a_namespace),
        IN_TREE(v2_container_whose_mount_is_a_part),
        IN_TREE(v2_a_group_that_only_begins_like_the_mount),
        IN_TREE(v2_no_limit),
        IN_TREE(v2_missing_files),
        IN_TREE(v1_limits),
        IN_TREE(v1_cpuset_alone_is_no_limit),
        IN_TREE(both_versions_at_once),
        IN_TREE(v2_memory_limit_on_the_parent),
        IN_TREE(v1_memory_limit),
        IN_TREE(usable_memory_is_the_smaller_of_all_and_limit),
        IN_TREE(usable_is_the_smaller_of_mask_and_quota),
        IN_TREE(the_mask_is_heeded),
        IN_TREE(a_tree_tells_its_own_mask),
        cmocka_unit_test(lists_of_cpus),
        IN_TREE(the_running_system_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
