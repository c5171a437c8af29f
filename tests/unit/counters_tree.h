/* A small tree of /proc and /sys, made anew for each test. */
#ifndef PP_TESTS_COUNTERS_TREE_H
#define PP_TESTS_COUNTERS_TREE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

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

/* Writes a file of the tree with all folders above it. */
static inline void put(const struct tree *tree, const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", tree->root, name);
    for (char *slash = path + strlen(tree->root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
    }
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#endif
