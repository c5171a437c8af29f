/* What control groups allow, in made-up trees of /proc and /sys. */
#include "machine_tree.h"

#include "exec/pids.h"

static void no_group_means_no_limit(void **state) {
    const struct tree *tree = *state;
    struct pp_pids_limit limit = {.max = 7};
    assert_false(pp_pids_limit(tree->root, &limit));
    put(tree, "/proc/self/cgroup", "0::/\n1:cpu,cpuacct:/\nnonsense\n");
    assert_false(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 7);
}

static void the_own_group_is_asked_and_those_above_it(void **state) {
    const struct tree *tree = *state;
    struct pp_pids_limit limit;
    put(tree, "/proc/self/cgroup", "0::/user/session\n");
    put(tree, "/sys/fs/cgroup/user/session/pids.max", "max\n");
    put(tree, "/sys/fs/cgroup/user/session/pids.current", "3\n");
    assert_false(pp_pids_limit(tree->root, &limit));
    put(tree, "/sys/fs/cgroup/user/pids.max", "100\n");
    put(tree, "/sys/fs/cgroup/user/pids.current", "40\n");
    assert_true(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 100);
    assert_int_equal(limit.current, 40);
    assert_non_null(strstr(limit.file, "/sys/fs/cgroup/user/pids.max"));
}

/* The smallest number is not always the one that is hit first. */
static void the_least_room_counts(void **state) {
    const struct tree *tree = *state;
    struct pp_pids_limit limit;
    put(tree, "/proc/self/cgroup", "0::/user/session\n");
    put(tree, "/sys/fs/cgroup/user/session/pids.max", "50\n");
    put(tree, "/sys/fs/cgroup/user/session/pids.current", "3\n");
    put(tree, "/sys/fs/cgroup/user/pids.max", "100\n");
    put(tree, "/sys/fs/cgroup/user/pids.current", "90\n");
    assert_true(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 100);
    put(tree, "/sys/fs/cgroup/user/session/pids.current", "60\n"); /* lowered below what is there */
    assert_true(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 50);
}

static void the_first_version_has_a_hierarchy_for_it(void **state) {
    const struct tree *tree = *state;
    struct pp_pids_limit limit;
    put(tree, "/proc/self/cgroup", "9:name=pids-like:/a\n8:cpu,pids:/box\n0::/\n");
    put(tree, "/sys/fs/cgroup/pids/box/pids.max", "12\n");
    put(tree, "/sys/fs/cgroup/pids/box/pids.current", "2\n");
    assert_true(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 12);
}

/* A container may not see its group by the name that the system gives it, but where it is mounted. */
static void a_group_that_cannot_be_seen_is_where_it_is_mounted(void **state) {
    const struct tree *tree = *state;
    struct pp_pids_limit limit;
    put(tree, "/proc/self/cgroup", "8:pids:/docker/0123\n");
    put(tree, "/sys/fs/cgroup/pids/pids.max", "64\n");
    put(tree, "/sys/fs/cgroup/pids/pids.current", "5\n");
    assert_true(pp_pids_limit(tree->root, &limit));
    assert_int_equal(limit.max, 64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(no_group_means_no_limit),
        IN_TREE(the_own_group_is_asked_and_those_above_it),
        IN_TREE(the_least_room_counts),
        IN_TREE(the_first_version_has_a_hierarchy_for_it),
        IN_TREE(a_group_that_cannot_be_seen_is_where_it_is_mounted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
