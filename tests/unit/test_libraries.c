/* Which C library is at work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine/libraries.h"

static void the_c_library_of_this_program_is_named_first(void **state) {
    (void)state;
    struct pp_libraries libraries = {0};
    pp_libraries_add_libc(&libraries);
    assert_int_equal(libraries.count, 1);
    const struct pp_library_version *libc = &libraries.items[0];
#ifdef __GLIBC__
    assert_string_equal(libc->name, "glibc");
    assert_true(libc->version[0] >= '2' && libc->version[1] == '.');
#else
    assert_string_equal(libc->name, "musl");
    assert_string_equal(libc->version, "version unknown");
#endif
}

static void musl_is_known_by_its_loader(void **state) {
    (void)state;
    static const char *const musl[] = {"/lib/ld-musl-x86_64.so.1", "/opt/ld-musl-armhf.so.1", "ld-musl-aarch64.so.1"};
    for (size_t i = 0; i < sizeof musl / sizeof musl[0]; i++) {
        struct pp_libraries libraries = {0};
        pp_libraries_add_loader(&libraries, musl[i]);
        assert_int_equal(libraries.count, 1);
        assert_string_equal(libraries.items[0].name, "musl");
    }
    static const char *const others[] = {"/lib64/ld-linux-x86-64.so.2", "/ld-musl-here/ld.so", "/system/bin/linker64",
                                         ""};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct pp_libraries libraries = {0};
        pp_libraries_add_loader(&libraries, others[i]);
        assert_int_equal(libraries.count, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_c_library_of_this_program_is_named_first),
        cmocka_unit_test(musl_is_known_by_its_loader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
