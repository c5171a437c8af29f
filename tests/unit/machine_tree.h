/* Trees of /proc and /sys, made anew for each test and laid out as Linux documents them:
 * Documentation/ABI/stable/sysfs-devices-system-cpu and sysfs-devices-node, Documentation/admin-guide/cputopology.rst.
 */
#ifndef PP_TESTS_MACHINE_TREE_H
#define PP_TESTS_MACHINE_TREE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "machine/cpuset.h"
#include "runner/scratch.h"

struct tree {
    char root[128];
};

static inline int make_tree(void **state) {
    static struct tree tree;
    *state = &tree;
    return pp_scratch_make("", tree.root, sizeof tree.root, NULL);
}

static inline int remove_tree(void **state) {
    pp_scratch_remove(((struct tree *)*state)->root);
    return 0;
}

#define IN_TREE(test) cmocka_unit_test_setup_teardown(test, make_tree, remove_tree)

static inline void make_folders(const struct tree *tree, char *path) {
    for (char *slash = path + strlen(tree->root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    }
}

/* Writes a file of the tree with all folders above it. */
static inline void put_bytes(const struct tree *tree, const char *name, const char *bytes, size_t count) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", tree->root, name);
    FILE *file = fopen(path, "we");
    if (!file) {
        make_folders(tree, path);
        file = fopen(path, "we");
    }
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static inline void put(const struct tree *tree, const char *name, const char *text) {
    put_bytes(tree, name, text, strlen(text));
}

__attribute__((format(printf, 4, 5))) static inline void put_cpu(const struct tree *tree, unsigned cpu,
                                                                 const char *file, const char *format, ...) {
    char name[128], text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(name, sizeof name, "/sys/devices/system/cpu/cpu%u/%s", cpu, file);
    put(tree, name, text);
}

static inline struct pp_cpuset range(unsigned first, unsigned count) {
    struct pp_cpuset set = {0};
    for (unsigned i = 0; i < count; i++)
        pp_cpuset_add(&set, first + i);
    return set;
}

/* As the kernel writes a mask: words of 32 bits in hexadecimal, the highest first. */
struct mask_text {
    char text[PP_CPUSET_CPUS / 32 * 9 + 2];
};
static inline struct mask_text mask_of(struct pp_cpuset set, unsigned cpus) {
    struct mask_text mask = {""};
    size_t length = 0;
    for (unsigned word = (cpus + 31) / 32; word-- > 0;)
        length += (size_t)snprintf(mask.text + length, sizeof mask.text - length, "%08x%s",
                                   (unsigned)(set.words[word / 2] >> (word % 2 * 32)), word ? "," : "\n");
    return mask;
}

/* One CPU's place; `cpus` is how many the machine has. */
static inline void put_place(const struct tree *tree, unsigned cpu, unsigned cpus, unsigned core, unsigned package,
                             const struct pp_cpuset sets[2]) {
    put_cpu(tree, cpu, "topology/core_id", "%u\n", core);
    put_cpu(tree, cpu, "topology/physical_package_id", "%u\n", package);
    put_cpu(tree, cpu, "topology/core_cpus", "%s", mask_of(sets[0], cpus).text);
    put_cpu(tree, cpu, "topology/package_cpus", "%s", mask_of(sets[1], cpus).text);
}

struct cache_of {
    unsigned index, level, kib;
    const char *type;
};
static inline void put_cache(const struct tree *tree, unsigned cpu, unsigned cpus, struct cache_of cache,
                             struct pp_cpuset sharers) {
    char name[64];
    snprintf(name, sizeof name, "cache/index%u/level", cache.index);
    put_cpu(tree, cpu, name, "%u\n", cache.level);
    snprintf(name, sizeof name, "cache/index%u/type", cache.index);
    put_cpu(tree, cpu, name, "%s\n", cache.type);
    snprintf(name, sizeof name, "cache/index%u/size", cache.index);
    put_cpu(tree, cpu, name, "%uK\n", cache.kib);
    snprintf(name, sizeof name, "cache/index%u/shared_cpu_map", cache.index);
    put_cpu(tree, cpu, name, "%s", mask_of(sharers, cpus).text);
}

static inline void put_online(const struct tree *tree, const char *list) {
    put(tree, "/sys/devices/system/cpu/online", list);
    put(tree, "/sys/devices/system/cpu/possible", list);
}

static inline void put_allowed(const struct tree *tree, const char *list) {
    char text[1024];
    snprintf(text, sizeof text, "Name:\tpptest\nCpus_allowed:\tff\nCpus_allowed_list:\t%s\n", list);
    put(tree, "/proc/self/status", text);
}

#endif
