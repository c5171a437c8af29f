/* Configs are loaded and dumped while the memory ends. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "config_world.h"

/* The C library's own functions stand behind those defined here, which fail on demand; sanitizers bring their own, and
 * then only jansson's allocations are made to fail. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define SANITIZED
#endif

static long left = -1; /* allocations that still succeed; negative: all */
static long held;      /* blocks that were not given back */

static bool is_scarce(void) {
    if (left == 0)
        return true;
    left -= left > 0;
    return false;
}

#ifndef SANITIZED
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);
extern void __libc_free(void *memory);

static void *counted(void *memory) {
    held += memory != NULL;
    return memory;
}

void *malloc(size_t bytes) { return is_scarce() ? NULL : counted(__libc_malloc(bytes)); }

void *calloc(size_t count, size_t bytes) { return is_scarce() ? NULL : counted(__libc_calloc(count, bytes)); }

void *realloc(void *memory, size_t bytes) {
    if (is_scarce())
        return NULL;
    void *moved = __libc_realloc(memory, bytes);
    return memory ? moved : counted(moved);
}

void free(void *memory) {
    held -= memory != NULL;
    __libc_free(memory);
}
#else
static void *scarce_malloc(size_t bytes) { return is_scarce() ? NULL : malloc(bytes); }
#endif

/* valgrind puts its own functions before some of these; it finds what was not given back itself. */
static bool counts_are_true(void) {
    const char *preloaded = getenv("LD_PRELOAD");
    return !preloaded || !strstr(preloaded, "vgpreload");
}

static void make_scarce(bool scarce) {
#ifdef SANITIZED
    json_set_alloc_funcs(scarce ? scarce_malloc : malloc, free);
#else
    (void)scarce;
#endif
}

/* Loads and dumps with one allocation more each time until both come through; whatever fails must fail cleanly. */
static void sweep(const char *text, const char *const *sets, int expected) {
    make_scarce(true);
    for (long allowed = 0;; allowed++) {
        struct loaded loaded = {0};
        long held_before = held;
        left = allowed;
        int code = pp_config_load_text(text, strlen(text), "a.json", sets, &loaded.config, &loaded.problems);
        char *dump = code == 0 ? pp_config_dump(loaded.config) : NULL;
        bool enough = left != 0;
        left = -1;
        assert_true(code == -ENOMEM || code == expected);
        assert_true((code == 0) == (loaded.config != NULL));
        free(dump);
        release(&loaded);
        assert_true(held == held_before || !counts_are_true());
        assert_true(allowed < 100000);
        if (enough) {
            assert_int_equal(code, expected);
            break;
        }
    }
    make_scarce(false);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const char *sets[] = {"iterations=2", "label=\"x\"", NULL};
    const char *bad_sets[] = {"iterations=0", "label=x", NULL};
    sweep("{\"task\": \"password\", \"task_args\": [1, 2, [3, 4], 0.8], " SMALL "}", sets, 0);
    sweep("{\"task\": \"img\", \"task_args\": {\"files\": [\"a\", \"b\"]}, " SMALL "}", sets, 0);
    sweep("{\"task\": \"mix\", \"task_args\": [[\"sum\", [1], 2], [\"password\", {\"tried\": 3}]], " SMALL "}", sets,
          0);
    sweep("{\"task\": \"mix\", \"task_args\": [[\"smu\", [1], 0], [\"sum\", 1], 1], " SMALL "}", sets, -EINVAL);
    sweep("{\"task\": \"psaword\", \"task_args\": [1, 2, [3, 4], 0.8], \"wrkers\": 1, \"seed\": 0.5}", sets, -EINVAL);
    sweep("{\"task\": \"sum\", \"task_args\": {\"siez\": 1}, \"workers\": [1, 1], \"task_count\": \"1\"}", sets,
          -EINVAL);
    sweep("{\"task\": \"sum\", \"task\": 1}", bad_sets, -EINVAL);
}

static void a_tasks_check_may_lack_memory(void **state) {
    (void)state;
    struct loaded loaded;
    assert_int_equal(load_with(&loaded, "{\"task\": \"password\", \"task_args\": [1, 2, [15, 20]], " SMALL "}", NULL),
                     -ENOMEM);
    release(&loaded);
    pp_config_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_tasks_check_may_lack_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
