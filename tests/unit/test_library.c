/* The loader of shared libraries, and what tasks say when theirs is missing. */
#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pptest/library.h"
#include "task_fixture.h"

/* The dynamic loader, as the library's loader sees it; tests take it away. */
static enum { LOADER_REAL, LOADER_FINDS_NOTHING, LOADER_FINDS_ANOTHER } loader;

void *dlopen(const char *name, int flags);
void *dlopen(const char *name, int flags) {
    void *(*real)(const char *, int);
    void *address = dlsym(RTLD_NEXT, "dlopen");
    memcpy(&real, &address, sizeof real);
    if (loader == LOADER_FINDS_NOTHING)
        return NULL;
    return real(loader == LOADER_FINDS_ANOTHER ? "libm.so.6" : name, flags);
}

struct functions {
    double (*cosine)(double);
    long spacer;
    double (*root)(double);
};

#define NOWHERE "libpptest-is-nowhere.so.0"

/* glibc's name, and the one by which musl knows its own. */
static const char *const names[] = {NOWHERE, "libm.so.6", "libm.so", NULL};
static const struct pp_library_symbol symbols[] = {
    {"cos", offsetof(struct functions, cosine)}, {"sqrt", offsetof(struct functions, root)}, {0}};
static const struct pp_library mathematics = {.title = "Libm",
                                              .names = names,
                                              .symbols = symbols,
                                              .suspicion = "is it flat?",
                                              .install = "install the package m, or choose another task"};

static void functions_are_found(void **state) {
    (void)state;
    struct functions functions = {.spacer = 77};
    struct pp_error error = {0};
    assert_int_equal(pp_library_load(&mathematics, &functions, &error), 0);
    assert_true(functions.root(9) == 3 && functions.cosine(0) == 1);
    assert_int_equal(functions.spacer, 77);
    assert_int_equal(error.code, 0);
    struct functions again = {0};
    assert_int_equal(pp_library_load(&mathematics, &again, NULL), 0);
    assert_true(again.root == functions.root);
}

static void missing_library_is_said(void **state) {
    (void)state;
    static const char *const nowhere[] = {NOWHERE, NULL};
    struct pp_library missing = mathematics;
    missing.names = nowhere;
    struct functions functions = {.spacer = 77};
    struct pp_error error = {0};
    assert_int_equal(pp_library_load(&missing, &functions, &error), -ELIBACC);
    assert_int_equal(error.code, -ELIBACC);
    assert_int_equal(strncmp(error.text, "Libm cannot be loaded (", 23), 0);
    assert_non_null(strstr(error.text, NOWHERE)); /* the system's own words */
    assert_non_null(strstr(error.text, "); install the package m, or choose another task"));
    assert_null(functions.root);
    assert_int_equal(pp_library_load(&missing, &functions, NULL), -ELIBACC);
}

static void missing_function_is_said(void **state) {
    (void)state;
    static const struct pp_library_symbol more[] = {
        {"cos", offsetof(struct functions, cosine)}, {"pptest_no_such", offsetof(struct functions, root)}, {0}};
    struct pp_library lacking = mathematics;
    lacking.symbols = more;
    struct functions functions = {.spacer = 77};
    struct pp_error error = {0};
    assert_int_equal(pp_library_load(&lacking, &functions, &error), -ELIBBAD);
    assert_string_equal(error.text,
                        "the Libm found has no function pptest_no_such (is it flat?); install the package m, "
                        "or choose another task");
    assert_true(!functions.cosine && !functions.root && functions.spacer == 77);
}

/* `name` alone, or within a mix of it alone. */
static void task_says_what_is_missing(const char *name, const char *title, bool mixed) {
    const char *const members[] = {name};
    const struct pp_strings mix = {.count = 1, .items = members};
    const struct pp_task *task = pp_task_find(mixed ? "random" : name);
    if (pp_task_find(name)->unavailable)
        return;
    struct fixture f = fixture_new(task, "/tmp", 1);
    if (mixed)
        memcpy(f.args, &mix, sizeof mix);
    loader = LOADER_FINDS_NOTHING;
    assert_int_equal(fixture_start(&f), -ELIBACC);
    assert_non_null(strstr(f.error.text, title));
    assert_non_null(strstr(f.error.text, "cannot be loaded"));
    assert_non_null(strstr(f.error.text, "or choose another task"));
    loader = LOADER_FINDS_ANOTHER;
    assert_int_equal(fixture_start(&f), -ELIBBAD);
    assert_non_null(strstr(f.error.text, "has no function"));
    assert_non_null(strstr(f.error.text, "or choose another task"));
    loader = LOADER_REAL;
    fixture_free(&f, false);
}

static void tasks_say_what_is_missing(void **state) {
    (void)state;
    static const char *const tasks[][2] = {{"zip", "zlib"},       {"password", "libsodium"}, {"img", "libjpeg"},
                                           {"rotate", "libjpeg"}, {"matrix", "OpenBLAS"},    {"tensor", "OpenBLAS"},
                                           {"infer", "OpenBLAS"}};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        for (int mixed = 0; mixed <= 1; mixed++)
            task_says_what_is_missing(tasks[i][0], tasks[i][1], mixed);
}

/* A library that is missing concerns nobody else. */
static void other_tasks_load_nothing(void **state) {
    (void)state;
    static const char *const tasks[] = {"noop", "sum", "multi", "sort", "sleep", "io"};
    loader = LOADER_FINDS_NOTHING;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct fixture f = fixture_new(pp_task_find(tasks[i]), "/tmp", 1);
        assert_int_equal(fixture_start(&f), 0);
        fixture_free(&f, true);
    }
    loader = LOADER_REAL;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_found),      cmocka_unit_test(missing_library_is_said),
        cmocka_unit_test(missing_function_is_said), cmocka_unit_test(tasks_say_what_is_missing),
        cmocka_unit_test(other_tasks_load_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
