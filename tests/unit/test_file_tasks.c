/* io and zip: right answers pass, damage on the way is found, every failure is worded and leaves no file behind. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "broken_files.h"
#include "lib/payload.h"
#include "lib/tmpfile.h"
#include "pptest/memory.h"

static const char *const names[] = {
    "io",
#ifdef PP_HAVE_ZLIB
    "zip",
#endif
};
enum { NAMES = sizeof names / sizeof *names };

/* ---- right answers ---- */

static void right_answers_pass(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = started(names[i]);
        assert_int_equal(fixture_do(&f, 1), 0);
        uint64_t digest = f.output.digest;
        assert_true(folder_is_empty(folder));
        assert_int_equal(fixture_do(&f, 2), 0);
        assert_int_not_equal(f.output.digest, digest);
        set_int(&f, "filesize_mb", 2);
        assert_int_equal(fixture_do(&f, 1), 0);
        assert_int_not_equal(f.output.digest, digest);
        set_int(&f, "filesize_mb", 1);
        set_int(&f, "fsync", 1);
        assert_int_equal(fixture_do(&f, 1), 0);
        assert_int_equal(f.output.digest, digest);
        set_int(&f, "data", PP_PAYLOAD_TEXT);
        assert_int_equal(fixture_do(&f, 1), 0);
        assert_int_not_equal(f.output.digest, digest);
        assert_true(folder_is_empty(folder));
        fixture_free(&f, true);
    }
}

static void estimates_grow_with_the_work(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = small(names[i]);
        double one = f.task->estimate(f.args);
        set_int(&f, "fsync", 1);
        assert_true(f.task->estimate(f.args) > one);
        set_int(&f, "filesize_mb", 100);
        assert_true(f.task->estimate(f.args) > 99 * one && one > 1e-4);
        fixture_free(&f, false);
    }
}

static void workers_have_files_of_their_own(void **state) {
    (void)state;
    struct fixture f = small("io"), g = small("io");
    g.env.worker = 1;
    assert_int_equal(fixture_start(&f) || fixture_start(&g), 0);
    break_call(CALL_READ, 1, FAULT_ERROR, EIO);
    assert_int_equal(fixture_run(&f, 1), -EIO);
    break_call(CALL_READ, 1, FAULT_ERROR, EIO);
    assert_int_equal(fixture_run(&g, 1), -EIO);
    mend();
    assert_non_null(strstr(f.error.text, "/w0-original"));
    assert_non_null(strstr(g.error.text, "/w1-original"));
    fixture_free(&f, true);
    fixture_free(&g, true);
}

/* ---- damage ---- */

static void damage_between_write_and_read_is_found(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = started(names[i]);
        break_call(CALL_READ, 2, FAULT_FLIP, 0);
        assert_int_equal(fixture_run(&f, 1), 0);
        mend();
        assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
        assert_non_null(strstr(f.error.text, folder));
        assert_true(folder_is_empty(folder));
        assert_int_equal(fixture_do(&f, 1), 0);
        fixture_free(&f, true);
    }
}

static void shortened_file_is_found(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = started(names[i]);
        break_call(CALL_READ, 3, FAULT_END, 0);
        assert_int_equal(fixture_run(&f, 1), -EBADMSG);
        mend();
        assert_non_null(strstr(f.error.text, "has 524288 bytes instead of the 1048576"));
        assert_true(folder_is_empty(folder));
        fixture_free(&f, true);
    }
}

/* Each call of a kind fails in its turn: an error with the file's name, no file left, and the next task works. */
static void every_failing_call_is_reported(void **state) {
    (void)state;
    static const struct {
        enum call call;
        int code, least; /* how many calls there are at the least */
    } kinds[] = {{CALL_READ, EIO, 5},
                 {CALL_WRITE, ENOSPC, 8},
                 {CALL_FSYNC, EIO, 2},
                 {CALL_UNLINK, EPERM, 2},
                 {CALL_LSEEK, EIO, 1}};
    for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++)
        for (int i = 0; i < NAMES; i++) {
            struct fixture f = started(names[i]);
            set_int(&f, "fsync", 1);
            int number = 0, status;
            do {
                break_call(kinds[kind].call, ++number, FAULT_ERROR, kinds[kind].code);
                status = fixture_run(&f, 1);
                mend();
                assert_true(folder_is_empty(folder));
                assert_true(status == 0 || (status == -kinds[kind].code && strstr(f.error.text, folder)));
            } while (status != 0);
            assert_true(number > kinds[kind].least);
            assert_int_equal(fixture_do(&f, 1), 0);
            fixture_free(&f, true);
        }
}

static void interrupted_calls_go_on(void **state) {
    (void)state;
    static const enum call calls[] = {CALL_READ, CALL_WRITE, CALL_FSYNC};
    struct fixture f = started("io");
    set_int(&f, "fsync", 1);
    for (int i = 0; i < 3; i++) {
        break_call(calls[i], 2, FAULT_ERROR, EINTR);
        assert_int_equal(fixture_do(&f, 1), 0);
        mend();
    }
    fixture_free(&f, true);
}

/* ---- folders that cannot be used ---- */

static void missing_folder_is_named(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = small(names[i]);
        f.env.tmp_dir = "/nowhere/at/all";
        assert_int_equal(fixture_start(&f), 0);
        assert_int_equal(fixture_run(&f, 1), -ENOENT);
        assert_non_null(strstr(f.error.text, "/nowhere/at/all/w0-original"));
        assert_non_null(strstr(f.error.text, "tmp_dir"));
        fixture_free(&f, true);
    }
}

static void forbidden_folder_is_named(void **state) {
    (void)state;
    bool root = geteuid() == 0;
    assert_int_equal(chmod(folder, 0555), 0);
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = started(names[i]);
        if (root) /* whom no mode keeps out */
            assert_int_equal(seteuid(65534), 0);
        int status = fixture_run(&f, 1);
        if (root)
            assert_int_equal(seteuid(0), 0);
        assert_int_equal(status, -EACCES);
        assert_non_null(strstr(f.error.text, "can be written"));
        fixture_free(&f, true);
    }
    assert_int_equal(chmod(folder, 0755), 0);
}

static void endless_path_is_refused(void **state) {
    (void)state;
    char path[PP_TMPFILE_PATH_BYTES];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    for (int i = 0; i < NAMES; i++) {
        struct fixture f = small(names[i]);
        f.env.tmp_dir = path;
        assert_int_equal(fixture_start(&f), -ENAMETOOLONG);
        assert_non_null(strstr(f.error.text, "shorter"));
        fixture_free(&f, false);
    }
}

/* What a child found out, in memory shared with it. */
struct finding {
    bool done, empty;
    int status;
    char text[448];
};

static void find_out(const char *name, struct finding *finding) {
    struct fixture f = small(name);
    finding->status = fixture_start(&f);
    if (finding->status == 0)
        finding->status = fixture_run(&f, 1);
    finding->empty = folder_is_empty(folder);
    memcpy(finding->text, f.error.text, sizeof finding->text);
    fixture_free(&f, true);
    finding->done = true;
}

static bool limit_file_size(void) {
    struct rlimit limit = {.rlim_cur = 300000, .rlim_max = 300000};
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

/* In a mount namespace of the child's own, which vanishes with it. */
static bool mount_tiny_folder(void) {
    return unshare(CLONE_NEWNS) == 0 && mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=600k") == 0;
}

static struct finding in_child(const char *name, bool (*prepare)(void)) {
    struct finding *shared = pp_shared_alloc(sizeof *shared);
    assert_non_null(shared);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prepare())
            find_out(name, shared);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    struct finding finding = *shared;
    pp_shared_free(shared, sizeof *shared);
    return finding;
}

static void limit_of_file_size_is_an_error(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct finding finding = in_child(names[i], limit_file_size);
        assert_true(finding.done && finding.empty);
        assert_int_equal(finding.status, -EFBIG);
        assert_non_null(strstr(finding.text, "ulimit -f"));
    }
}

static void full_disk_is_an_error(void **state) {
    (void)state;
    for (int i = 0; i < NAMES; i++) {
        struct finding finding = in_child(names[i], mount_tiny_folder);
        if (!finding.done)
            skip();
        assert_true(finding.empty);
        assert_int_equal(finding.status, -ENOSPC);
        assert_non_null(strstr(finding.text, "free some space"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_answers_pass),
        cmocka_unit_test(estimates_grow_with_the_work),
        cmocka_unit_test(workers_have_files_of_their_own),
        cmocka_unit_test(damage_between_write_and_read_is_found),
        cmocka_unit_test(shortened_file_is_found),
        cmocka_unit_test(every_failing_call_is_reported),
        cmocka_unit_test(interrupted_calls_go_on),
        cmocka_unit_test(missing_folder_is_named),
        cmocka_unit_test(forbidden_folder_is_named),
        cmocka_unit_test(endless_path_is_refused),
        cmocka_unit_test(limit_of_file_size_is_an_error),
        cmocka_unit_test(full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
