/* io and zip: right answers pass, damage on the way is found, every failure is worded and leaves no file behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/gzip.h"
#include "lib/payload.h"
#include "lib/tmpfile.h"
#include "pptest/memory.h"
#include "task_fixture.h"

/* ---- system calls that fail on demand: the program's own definitions stand in for the C library's ---- */

enum call { CALL_NONE, CALL_READ, CALL_WRITE, CALL_FSYNC, CALL_UNLINK, CALL_LSEEK };
enum fault { FAULT_ERROR, FAULT_FLIP, FAULT_END };

static struct {
    enum call call;
    int countdown; /* the how-manieth call it hits */
    enum fault fault;
    int code; /* errno of FAULT_ERROR */
} broken;

static bool breaks(enum call call) { return broken.call == call && --broken.countdown == 0; }

static long refuse(void) {
    errno = broken.code;
    return -1;
}

ssize_t read(int fd, void *bytes, size_t count) {
    if (!breaks(CALL_READ))
        return syscall(SYS_read, fd, bytes, count);
    if (broken.fault != FAULT_FLIP)
        return broken.fault == FAULT_END ? 0 : refuse();
    ssize_t got = syscall(SYS_read, fd, bytes, count);
    if (got > 0)
        ((unsigned char *)bytes)[got / 2] ^= 0x10;
    return got;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    return breaks(CALL_WRITE) ? refuse() : syscall(SYS_write, fd, bytes, count);
}

int fsync(int fd) { return breaks(CALL_FSYNC) ? (int)refuse() : (int)syscall(SYS_fsync, fd); }

/* Deletes all the same, so that nothing is left when the test ends. */
int unlink(const char *path) {
    int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    return breaks(CALL_UNLINK) ? (int)refuse() : status;
}

off_t lseek(int fd, off_t offset, int whence) {
    return breaks(CALL_LSEEK) ? refuse() : syscall(SYS_lseek, fd, offset, whence);
}

static void break_call(enum call call, int number, enum fault fault, int code) {
    broken.call = call;
    broken.countdown = number;
    broken.fault = fault;
    broken.code = code;
}

static void mend(void) { broken.call = CALL_NONE; }

/* ---- a folder that must be empty in the end ---- */

static char folder[] = "/tmp/pptest-files-XXXXXX";

static int folder_make(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state) {
    (void)state;
    return rmdir(folder);
}

static bool folder_is_empty(const char *path) {
    DIR *dir = opendir(path);
    bool empty = dir != NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        empty = empty && entry->d_name[0] == '.';
    if (dir)
        closedir(dir);
    return empty;
}

static const struct pp_task *task(const char *name) {
    const struct pp_task *found = pp_task_find(name);
    assert_non_null(found);
    return found;
}

static void set_int(struct fixture *f, const char *name, int64_t value) {
    const struct pp_field *field = f->task->args;
    while (strcmp(field->name, name) != 0)
        field++;
    char *place = (char *)f->args + field->offset;
    if (field->type == PP_INT)
        memcpy(place, &value, sizeof value);
    else if (field->type == PP_CHOICE)
        memcpy(place, &(int){(int)value}, sizeof(int));
    else
        memcpy(place, &(bool){value != 0}, sizeof(bool));
}

static struct fixture small(const char *name) {
    struct fixture f = fixture_new(task(name), folder, 0);
    set_int(&f, "filesize_mb", 1);
    return f;
}

static struct fixture started(const char *name) {
    struct fixture f = small(name);
    assert_int_equal(fixture_start(&f), 0);
    return f;
}

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

/* ---- gzip ---- */

#ifdef PP_HAVE_ZLIB

static void all_levels_pass(void **state) {
    (void)state;
    struct fixture f = started("zip");
    for (int level = 0; level <= 9; level++) {
        set_int(&f, "level", level);
        set_int(&f, "data", level % 2);
        assert_int_equal(fixture_do(&f, 1), 0);
    }
    fixture_free(&f, true);
}

/* The first five reads are those of the original (four blocks and its end); the sixth is the gzip file's first. */
static void damaged_gzip_file_is_found(void **state) {
    (void)state;
    struct fixture f = started("zip");
    for (int data = 0; data <= 1; data++) {
        set_int(&f, "data", data);
        break_call(CALL_READ, 6, FAULT_FLIP, 0);
        assert_int_equal(fixture_run(&f, 1), -EBADMSG);
        assert_non_null(strstr(f.error.text, "w0-packed.gz cannot be decompressed"));
        break_call(CALL_READ, 6, FAULT_END, 0);
        assert_int_equal(fixture_run(&f, 1), -EBADMSG);
        assert_non_null(strstr(f.error.text, "ends too early"));
        mend();
        assert_true(folder_is_empty(folder));
    }
    fixture_free(&f, true);
}

/* Reads of the comparison come last; the damage is in the middle of the first block of the original. */
static void difference_is_located(void **state) {
    (void)state;
    struct fixture f = started("zip");
    int reads = 0;
    break_call(CALL_READ, 1000000, FAULT_FLIP, 0);
    assert_int_equal(fixture_do(&f, 1), 0);
    reads = 1000000 - broken.countdown;
    break_call(CALL_READ, reads - 7, FAULT_FLIP, 0); /* 8 reads: 4 blocks of each file */
    assert_int_equal(fixture_run(&f, 1), 0);
    mend();
    assert_int_equal(fixture_verify(&f, 1), -EBADMSG);
    assert_non_null(strstr(f.error.text, "differs from"));
    assert_non_null(strstr(f.error.text, "at byte 131072"));
    fixture_free(&f, true);
}

static void put(struct pp_tmpfile *file, const void *bytes, size_t count) {
    assert_int_equal(pp_tmpfile_create(file, NULL), 0);
    assert_int_equal(pp_tmpfile_write(file, bytes, count, NULL), 0);
    assert_int_equal(pp_tmpfile_rewind(file, NULL), 0);
}

static struct pp_zlib zlib_loaded(void) {
    struct pp_zlib zlib;
    assert_int_equal(pp_zlib_load(&zlib, NULL), 0);
    return zlib;
}

static void other_files_are_refused(void **state) {
    (void)state;
    static unsigned char in[1024], out[1024], gz[2000] = {0};
    struct pp_zlib zlib = zlib_loaded();
    struct pp_gzip_blocks blocks = {.in = in, .out = out, .bytes = sizeof in};
    struct pp_env env = {.tmp_dir = folder};
    struct pp_tmpfile plain, packed, other;
    struct pp_error error = {0};
    assert_int_equal(pp_tmpfile_name(&plain, &env, "plain", &error), 0);
    assert_int_equal(pp_tmpfile_name(&packed, &env, "packed", &error), 0);
    assert_int_equal(pp_tmpfile_name(&other, &env, "other", &error), 0);
    put(&plain, "hello", 5);
    put(&other, "", 0);
    assert_int_equal(pp_gzip_decompress(&zlib, &plain, &other, &blocks, &error), -EBADMSG);
    put(&packed, "", 0);
    assert_int_equal(pp_gzip_decompress(&zlib, &packed, &other, &blocks, &error), -EBADMSG);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 77, &blocks, &error), -EINVAL);
    assert_int_equal(pp_tmpfile_rewind(&plain, &error), 0);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 6, &blocks, &error), 0);
    assert_int_equal(pp_tmpfile_rewind(&packed, &error), 0);
    long bytes = pp_tmpfile_read(&packed, gz, 1000, &error);
    assert_in_range(bytes, 20, 40);
    put(&packed, gz, (size_t)bytes + 3); /* three zero bytes too many */
    assert_int_equal(pp_gzip_decompress(&zlib, &packed, &other, &blocks, &error), -EBADMSG);
    assert_non_null(strstr(error.text, "after the end"));
    assert_int_equal(pp_tmpfile_remove(&plain, &error), 0);
    assert_int_equal(pp_tmpfile_remove(&packed, &error), 0);
    assert_int_equal(pp_tmpfile_remove(&other, &error), 0);
}

static void text_compresses_three_to_one(void **state) {
    (void)state;
    enum { BYTES = 1 << 20 };
    unsigned char *text = malloc(BYTES), *memory = malloc(BYTES);
    assert_true(text && memory);
    struct pp_zlib zlib = zlib_loaded();
    struct pp_gzip_blocks blocks = {.in = memory, .out = memory + BYTES / 2, .bytes = BYTES / 2};
    struct pp_env env = {.tmp_dir = folder};
    struct pp_tmpfile plain, packed;
    assert_int_equal(pp_tmpfile_name(&plain, &env, "plain", NULL), 0);
    assert_int_equal(pp_tmpfile_name(&packed, &env, "packed", NULL), 0);
    pp_payload_fill(PP_PAYLOAD_TEXT, 1, text, BYTES);
    put(&plain, text, BYTES);
    put(&packed, "", 0);
    assert_int_equal(pp_gzip_compress(&zlib, &plain, &packed, 6, &blocks, NULL), 0);
    assert_int_equal(pp_tmpfile_expect(&packed, BYTES, NULL), -EBADMSG);
    assert_int_equal(pp_tmpfile_rewind(&packed, NULL), 0);
    long bytes = pp_tmpfile_read(&packed, text, BYTES, NULL);
    assert_in_range(bytes, BYTES / 3.3, BYTES / 2.6);
    assert_int_equal(pp_tmpfile_remove(&plain, NULL) || pp_tmpfile_remove(&packed, NULL), 0);
    free(text);
    free(memory);
}

#else

static void missing_library_is_a_reason(void **state) {
    (void)state;
    assert_non_null(task("zip")->unavailable);
}

#endif

/* ---- payload ---- */

static void text_is_text_and_repeats_with_its_seed(void **state) {
    (void)state;
    char text[5000], again[5000], other[5001];
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, text, sizeof text);
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, again, sizeof again);
    pp_payload_fill(PP_PAYLOAD_TEXT, 8, other, 5000);
    assert_memory_equal(text, again, sizeof text);
    assert_memory_not_equal(text, other, sizeof text);
    for (size_t i = 0; i < sizeof text; i++)
        assert_true(text[i] == '\n' || (text[i] >= ' ' && text[i] < 127));
    other[4321] = '!';
    pp_payload_fill(PP_PAYLOAD_TEXT, 7, other, 4321);
    assert_memory_equal(text, other, 4321);
    assert_int_equal(other[4321], '!');
}

static uint64_t checksum_of(const void *bytes, size_t count) {
    struct pp_checksum checksum = {0};
    pp_checksum_add(&checksum, bytes, count);
    return pp_checksum_value(&checksum);
}

static void checksum_notices_changes(void **state) {
    (void)state;
    unsigned char bytes[1000], changed[1000];
    pp_rng_fill_bytes(1, bytes, sizeof bytes);
    uint64_t value = checksum_of(bytes, sizeof bytes);
    assert_int_equal(value, checksum_of(bytes, sizeof bytes));
    assert_int_not_equal(value, checksum_of(bytes, sizeof bytes - 1));
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        memcpy(changed, bytes, sizeof bytes);
        changed[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_not_equal(value, checksum_of(changed, sizeof changed));
    }
    for (size_t line = 1; line < 15; line++) { /* lines in another order */
        memcpy(changed, bytes, sizeof bytes);
        memcpy(changed, bytes + 64 * line, 64);
        memcpy(changed + 64 * line, bytes, 64);
        assert_int_not_equal(value, checksum_of(changed, sizeof changed));
    }
    assert_int_not_equal(checksum_of("\0\0", 1), checksum_of("\0\0", 2));
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
#ifdef PP_HAVE_ZLIB
        cmocka_unit_test(all_levels_pass),
        cmocka_unit_test(damaged_gzip_file_is_found),
        cmocka_unit_test(difference_is_located),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(text_compresses_three_to_one),
#else
        cmocka_unit_test(missing_library_is_a_reason),
#endif
        cmocka_unit_test(text_is_text_and_repeats_with_its_seed),
        cmocka_unit_test(checksum_notices_changes),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
