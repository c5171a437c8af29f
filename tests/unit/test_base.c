/* Random numbers, buffers and files: the helpers that every task stands on. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/textbuf.h"
#include "pptest/file.h"
#include "pptest/memory.h"
#include "pptest/rng.h"

/* ---- random numbers ---- */

static void range_stays_inside(void **state) {
    (void)state;
    struct pp_rng rng = {1};
    bool low_seen = false, high_seen = false;
    for (int i = 0; i < 10000; i++) {
        int64_t number = pp_rng_range(&rng, -3, 4);
        assert_in_range(number + 3, 0, 7);
        low_seen |= number == -3;
        high_seen |= number == 4;
    }
    assert_true(low_seen && high_seen);
}

static void range_of_one_and_of_everything(void **state) {
    (void)state;
    struct pp_rng rng = {2};
    assert_int_equal(pp_rng_range(&rng, 17, 17), 17);
    bool negative = false, positive = false;
    for (int i = 0; i < 100; i++) {
        int64_t number = pp_rng_range(&rng, INT64_MIN, INT64_MAX);
        negative |= number < 0;
        positive |= number > 0;
    }
    assert_true(negative && positive);
}

/* Taking random % count for count = 3/4 · 2^64 would give the lowest third twice as often as the others. */
static void range_is_unbiased(void **state) {
    (void)state;
    struct pp_rng rng = {3};
    int thirds[3] = {0};
    int64_t third = INT64_C(1) << 62;
    for (int i = 0; i < 30000; i++) {
        int64_t number = pp_rng_range(&rng, INT64_MIN, INT64_MIN + third + third + (third - 1));
        thirds[((uint64_t)number - (uint64_t)INT64_MIN) / (uint64_t)third]++;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(thirds[i], 9500, 10500); /* six standard deviations */
}

static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

/* xoshiro256++ as published, one lane at a time. */
static uint64_t reference_next(uint64_t s[4]) {
    uint64_t result = rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

static void bulk_bytes_are_eight_lanes_of_xoshiro(void **state) {
    (void)state;
    enum { WORDS = 8 * 50 };
    uint64_t words[WORDS], lanes[8][4];
    struct pp_rng rng = {42};
    for (int word = 0; word < 4; word++)
        for (int lane = 0; lane < 8; lane++)
            lanes[lane][word] = pp_rng_next(&rng);
    pp_rng_fill_bytes(42, words, sizeof words);
    for (int i = 0; i < WORDS; i++)
        assert_int_equal(words[i], reference_next(lanes[i % 8]));
}

static void short_bytes_are_a_prefix_of_long_ones(void **state) {
    (void)state;
    unsigned char all[300], some[301];
    pp_rng_fill_bytes(9, all, sizeof all);
    for (size_t count = 0; count <= sizeof all; count++) {
        memset(some, 0xa5, sizeof some);
        pp_rng_fill_bytes(9, some, count);
        assert_memory_equal(some, all, count);
        assert_int_equal(some[count], 0xa5);
    }
}

static void bytes_may_start_anywhere(void **state) {
    (void)state;
    unsigned char aligned[200], shifted[208];
    pp_rng_fill_bytes(9, aligned, sizeof aligned);
    pp_rng_fill_bytes(9, shifted + 3, sizeof aligned);
    assert_memory_equal(aligned, shifted + 3, sizeof aligned);
}

static void reals_fill_their_range_evenly(void **state) {
    (void)state;
    enum { COUNT = 100003 };
    double *reals = malloc(COUNT * sizeof *reals), sum = 0, square = 0;
    assert_non_null(reals);
    pp_rng_fill_reals(5, reals, COUNT, -2, 6);
    for (int i = 0; i < COUNT; i++) {
        assert_true(reals[i] >= -2 && reals[i] < 6);
        sum += reals[i];
        square += reals[i] * reals[i];
    }
    double mean = sum / COUNT, variance = square / COUNT - mean * mean;
    assert_true(mean > 1.95 && mean < 2.05);
    assert_true(variance > 64.0 / 12 - 0.1 && variance < 64.0 / 12 + 0.1);
    free(reals);
}

/* Between 1 and the next number there is nothing: rounding must not give the upper end. */
static void reals_never_reach_the_upper_end(void **state) {
    (void)state;
    double reals[1001];
    pp_rng_fill_reals(6, reals, 1001, 1.0, 1.0 + 0x1p-52);
    for (int i = 0; i < 1001; i++)
        assert_true(reals[i] == 1.0);
}

static void seeds_differ(void **state) {
    (void)state;
    unsigned char a[64], b[64];
    pp_rng_fill_bytes(0, a, sizeof a);
    pp_rng_fill_bytes(1, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    double r[3], s[3];
    pp_rng_fill_reals(7, r, 3, 0, 1);
    pp_rng_fill_reals(7, s, 3, 0, 1);
    assert_memory_equal(r, s, sizeof r);
}

/* ---- memory ---- */

static void buffer_grows_and_is_reused(void **state) {
    (void)state;
    struct pp_buffer buffer = {0};
    assert_int_equal(pp_buffer_reserve(&buffer, 0), 0);
    assert_int_equal(pp_buffer_reserve(&buffer, 100), 0);
    assert_true(buffer.bytes >= 100);
    assert_int_equal((uintptr_t)buffer.data % 64, 0);
    void *first = buffer.data;
    assert_int_equal(pp_buffer_reserve(&buffer, 50), 0);
    assert_ptr_equal(buffer.data, first);
    assert_int_equal(pp_buffer_reserve(&buffer, 100000), 0);
    assert_true(buffer.bytes >= 100000);
    memset(buffer.data, 1, 100000);
    pp_buffer_release(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.bytes, 0);
    pp_buffer_release(&buffer);
}

static void buffer_is_unchanged_when_memory_is_out(void **state) {
    (void)state;
    struct pp_buffer buffer = {0};
    assert_int_equal(pp_buffer_reserve(&buffer, 64), 0);
    struct pp_buffer before = buffer;
    assert_int_equal(pp_buffer_reserve(&buffer, SIZE_MAX), -ENOMEM);
    assert_int_equal(pp_buffer_reserve(&buffer, SIZE_MAX - 62), -ENOMEM);
    assert_memory_equal(&buffer, &before, sizeof buffer);
    pp_buffer_release(&buffer);
}

static void shared_memory_is_seen_by_children(void **state) {
    (void)state;
    int *memory = pp_shared_alloc(1000 * sizeof *memory);
    assert_non_null(memory);
    assert_int_equal(memory[999], 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        memory[999] = 7;
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(memory[999], 7);
    pp_shared_free(memory, 1000 * sizeof *memory);
}

static void shared_memory_at_its_limits(void **state) {
    (void)state;
    void *nothing = pp_shared_alloc(0);
    assert_non_null(nothing);
    pp_shared_free(nothing, 0);
    assert_null(pp_shared_alloc(SIZE_MAX / 2));
    pp_shared_free(NULL, 100);
}

/* ---- files ---- */

static void files_write_and_read_back(void **state) {
    (void)state;
    char path[] = "/tmp/pptest-base-XXXXXX", text[16] = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(pp_write_all(fd, "hello", 5), 0);
    assert_int_equal(pp_write_all(fd, NULL, 0), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(pp_read_full(fd, text, sizeof text), 5);
    assert_string_equal(text, "hello");
    assert_int_equal(pp_read_full(fd, text, sizeof text), 0);
    close(fd);
    unlink(path);
    assert_int_equal(pp_write_all(fd, "x", 1), -EBADF);
    assert_int_equal(pp_read_full(fd, text, 1), -EBADF);
}

static void write_that_fails_says_why(void **state) {
    (void)state;
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    assert_int_equal(pp_write_all(full, "x", 1), -ENOSPC);
    close(full);
}

static void nothing_to_do(int number) { (void)number; }

/* The child sends a megabyte in small portions while it keeps interrupting its parent. */
static void interrupted_parent_child(int pipe_end) {
    static char portion[1000];
    for (int i = 0; i < 1000; i++) {
        kill(getppid(), SIGUSR1);
        if (pp_write_all(pipe_end, portion, sizeof portion))
            _exit(1);
    }
    _exit(0);
}

static void read_survives_signals_and_short_counts(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = nothing_to_do}, before;
    assert_int_equal(sigaction(SIGUSR1, &action, &before), 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        interrupted_parent_child(ends[1]);
    close(ends[1]);
    char *bytes = malloc(2000000);
    assert_non_null(bytes);
    assert_int_equal(pp_read_full(ends[0], bytes, 2000000), 1000000);
    free(bytes);
    close(ends[0]);
    int status;
    while (waitpid(child, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    assert_int_equal(status, 0);
    sigaction(SIGUSR1, &before, NULL);
}

static void paths_are_found_in_order(void **state) {
    (void)state;
    char dir[] = "/tmp/pptest-base-XXXXXX", file[64], path[128];
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/picture.bin", dir);
    int fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(pp_path_find("picture.bin", dir, path, sizeof path), 0);
    assert_string_equal(path, file);
    assert_int_equal(pp_path_find(file, "/nowhere", path, sizeof path), 0);
    assert_string_equal(path, file);
    assert_int_equal(pp_path_find("missing.bin", dir, path, sizeof path), -ENOENT);
    assert_int_equal(pp_path_find("/missing.bin", dir, path, sizeof path), -ENOENT);
    assert_int_equal(pp_path_find("picture.bin", NULL, path, sizeof path), -ENOENT);
    assert_int_equal(pp_path_find("picture.bin", dir, path, 20), -ENAMETOOLONG);
    unlink(file);
    rmdir(dir);
}

/* ---- text for a terminal ---- */

static void what_turns_or_hides_text_is_seen_and_what_is_written_stays(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"a\u202eb\u202c", "a\\u{202e}b\\u{202c}"}, /* right to left, and back */
        {"\u2066x\u2069\u200e\u200f\u061c", "\\u{2066}x\\u{2069}\\u{200e}\\u{200f}\\u{61c}"},
        {"a\u200bb\u200cc\u200dd\ufeff", "a\\u{200b}b\\u{200c}c\\u{200d}d\\u{feff}"},
        {"\x1b[31m\x7f\xc2\x9b\xff", "\\x1b[31m\\x7f\\xc2\\x9b\\xff"},
        {"\u05d0\u0627 \u2010\u2027\u202f\u00e9\u4e2d\U0001f600",
         "\u05d0\u0627 \u2010\u2027\u202f\u00e9\u4e2d\U0001f600"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char plain[256];
        struct pp_textbuf text = pp_textbuf_in(plain, sizeof plain);
        pp_textbuf_plain(&text, texts[i][0]);
        assert_string_equal(plain, texts[i][1]);
        assert_true(text.length <= 4 * strlen(texts[i][0]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_turns_or_hides_text_is_seen_and_what_is_written_stays),
        cmocka_unit_test(range_stays_inside),
        cmocka_unit_test(range_of_one_and_of_everything),
        cmocka_unit_test(range_is_unbiased),
        cmocka_unit_test(bulk_bytes_are_eight_lanes_of_xoshiro),
        cmocka_unit_test(short_bytes_are_a_prefix_of_long_ones),
        cmocka_unit_test(bytes_may_start_anywhere),
        cmocka_unit_test(reals_fill_their_range_evenly),
        cmocka_unit_test(reals_never_reach_the_upper_end),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(buffer_grows_and_is_reused),
        cmocka_unit_test(buffer_is_unchanged_when_memory_is_out),
        cmocka_unit_test(shared_memory_is_seen_by_children),
        cmocka_unit_test(shared_memory_at_its_limits),
        cmocka_unit_test(files_write_and_read_back),
        cmocka_unit_test(write_that_fails_says_why),
        cmocka_unit_test(read_survives_signals_and_short_counts),
        cmocka_unit_test(paths_are_found_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
