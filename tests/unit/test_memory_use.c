/* Memory of processes: captured files, and real processes whose memory is known. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/memory_use.h"
#include "machine_tree.h"

static const size_t MB = 1 << 20;

static void put_process(const struct tree *tree, int pid, const char *file, const char *text) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/%s", pid, file);
    put(tree, name, text);
}

#define STATUS "Name:\tVmRSS:\nVmPeak:\t  9000 kB\nVmHWM:\t    3000 kB\nVmRSS:\t    2000 kB\nRssAnon:\t 1 kB\n"
#define ROLLUP                                                                                                         \
    "5581-7ffc ---p 00000000 00:00 0    [rollup]\nRss:     2000 kB\nPss:      700 kB\nPss_Dirty:  112 kB\n"            \
    "Shared_Clean: 1 kB\nSwap:     9 kB\nSwapPss:     4 kB\n"

static void sizes_of_one_process_are_read(void **state) {
    const struct tree *tree = *state;
    const pid_t pid = 41;
    struct pp_memory_use use;
    put_process(tree, pid, "status", STATUS);
    put_process(tree, pid, "smaps_rollup", ROLLUP);
    assert_int_equal(pp_memory_use_of(tree->root, &pid, 1, NULL, &use), 0);
    assert_int_equal(use.rss_bytes, 2000 * 1024);
    assert_int_equal(use.peak_rss_bytes, 3000 * 1024);
    assert_int_equal(use.pss_bytes, 700 * 1024);
    assert_int_equal(use.peak_pss_bytes, 1700 * 1024);
    assert_int_equal(use.swap_pss_bytes, 4 * 1024);
    assert_int_equal(use.processes, 1);
    assert_false(use.rss_only || use.scaled);
}

static void without_a_rollup_rss_stands_in(void **state) {
    const struct tree *tree = *state;
    const pid_t pids[] = {41, 42};
    struct pp_memory_use use;
    put_process(tree, 41, "status", STATUS);
    put_process(tree, 41, "smaps_rollup", ROLLUP);
    put_process(tree, 42, "status", STATUS);
    assert_int_equal(pp_memory_use_of(tree->root, pids, 2, NULL, &use), 0);
    assert_int_equal(use.pss_bytes, 2700 * 1024);
    assert_int_equal(use.peak_pss_bytes, 4700 * 1024);
    assert_true(use.rss_only);
}

static void a_mapping_that_does_not_count_is_left_out(void **state) {
    const struct tree *tree = *state;
    const pid_t pid = 41;
    struct pp_memory_use use;
    put_process(tree, pid, "status", STATUS);
    put_process(tree, pid, "smaps_rollup", ROLLUP);
    put_process(tree, pid, "smaps",
                "7f00-7f10 rw-s 00000000 00:01 7   /memfd:mine (deleted)\nRss: 900 kB\nPss:  300 kB\nPss_Dirty: 1 kB\n"
                "7f10-7f20 rw-p 00000000 00:00 0\nRss: 900 kB\nPss:  200 kB\n"
                "7f20-7f30 rw-s 00000000 00:01 7   /memfd:mine (deleted)\nPss:  100 kB\n");
    assert_int_equal(pp_memory_use_of(tree->root, &pid, 1, "/memfd:mine", &use), 0);
    assert_int_equal(use.pss_bytes, 300 * 1024);
    assert_int_equal(use.peak_pss_bytes, 1300 * 1024);
    assert_false(use.rss_only);
    assert_int_equal(pp_memory_use_of(tree->root, &pid, 1, "/memfd:other", &use), 0);
    assert_int_equal(use.pss_bytes, 700 * 1024);
}

static void without_its_mappings_a_process_has_no_known_share(void **state) {
    const struct tree *tree = *state;
    const pid_t pid = 41;
    struct pp_memory_use use;
    put_process(tree, pid, "status", STATUS);
    put_process(tree, pid, "smaps_rollup", ROLLUP);
    assert_int_equal(pp_memory_use_of(tree->root, &pid, 1, "/memfd:mine", &use), 0);
    assert_true(use.rss_only);
}

static void a_peak_below_what_is_used_is_what_is_used(void **state) {
    const struct tree *tree = *state;
    const pid_t pid = 41;
    struct pp_memory_use use;
    put_process(tree, pid, "status", "VmHWM:\t 1990 kB\nVmRSS:\t 2000 kB\n");
    put_process(tree, pid, "smaps_rollup", ROLLUP);
    assert_int_equal(pp_memory_use_of(tree->root, &pid, 1, NULL, &use), 0);
    assert_int_equal(use.peak_rss_bytes, 2000 * 1024);
    assert_int_equal(use.peak_pss_bytes, 700 * 1024);
}

static void processes_that_have_ended_use_nothing(void **state) {
    const struct tree *tree = *state;
    const pid_t pids[] = {40, 41, 42};
    struct pp_memory_use use;
    put_process(tree, 40, "status", "Name:\tx\nState:\tZ (zombie)\n");
    assert_int_equal(pp_memory_use_of(tree->root, pids, 3, NULL, &use), -ESRCH);
    assert_int_equal(use.rss_bytes + use.pss_bytes + use.peak_pss_bytes + use.processes, 0);
    put_process(tree, 41, "status", STATUS);
    assert_int_equal(pp_memory_use_of(tree->root, pids, 3, NULL, &use), 0);
    assert_int_equal(use.rss_bytes, 2000 * 1024);
    assert_int_equal(use.processes, 1);
    assert_int_equal(pp_memory_use_of(tree->root, NULL, 0, NULL, &use), -ESRCH);
}

/* Every tenth of 640 processes uses 2,000 kB and has a file; the others would not be found. */
static void a_sample_of_many_processes_is_scaled(void **state) {
    const struct tree *tree = *state;
    pid_t pids[10 * PP_MEMORY_USE_SAMPLES];
    struct pp_memory_use use;
    for (int i = 0; i < 10 * PP_MEMORY_USE_SAMPLES; i++) {
        pids[i] = 1000 + i;
        if (i % 10 == 0)
            put_process(tree, pids[i], "status", STATUS);
    }
    assert_int_equal(pp_memory_use_of(tree->root, pids, 10 * PP_MEMORY_USE_SAMPLES, NULL, &use), 0);
    assert_int_equal(use.processes, PP_MEMORY_USE_SAMPLES);
    assert_true(use.scaled);
    assert_int_equal(use.rss_bytes, UINT64_C(640) * 2000 * 1024);
    assert_int_equal(pp_memory_use_of(tree->root, pids, PP_MEMORY_USE_SAMPLES, NULL, &use), 0);
    assert_false(use.scaled);
}

/* ---- the running system ---- */

static struct pp_memory_use own_use(void) {
    struct pp_memory_use use;
    const pid_t self = getpid();
    assert_int_equal(pp_memory_use_of("", &self, 1, NULL, &use), 0);
    return use;
}

static void *touch(size_t bytes, int kind) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    memset(memory, 1, bytes);
    return memory;
}

/* A quarter of slack: a sanitizer's own memory comes and goes. */
static void a_peak_stays_until_it_is_reset(void **state) {
    (void)state;
    struct pp_memory_use before = own_use();
    munmap(touch(64 * MB, MAP_PRIVATE), 64 * MB);
    struct pp_memory_use after = own_use();
    assert_true(after.peak_rss_bytes >= before.rss_bytes + 48 * MB);
    assert_true(after.peak_pss_bytes >= after.pss_bytes + 48 * MB);
    assert_true(after.rss_bytes < before.rss_bytes + 16 * MB);
    if (pp_memory_use_reset_peak() != 0)
        return; /* a kernel without CONFIG_PROC_PAGE_MONITOR */
    assert_true(own_use().peak_rss_bytes < before.rss_bytes + 16 * MB);
}

/* Two children and this process share 48 MB: each counts a third of it, so that the sum is 48 MB, not 144. */
static void shared_pages_add_up_to_what_they_are(void **state) {
    (void)state;
    struct pp_memory_use use;
    void *shared = touch(48 * MB, MAP_SHARED);
    pid_t pids[3] = {getpid()};
    int ready[2];
    char byte = 0;
    assert_int_equal(pipe(ready), 0);
    for (int i = 1; i < 3; i++)
        if ((pids[i] = fork()) == 0) {
            volatile const char *at = shared; /* fork leaves shared pages out: each is seen when it is read */
            for (size_t k = 0; k < 48 * MB; k += 4096)
                byte = (char)(byte + at[k]);
            if (write(ready[1], &byte, 1) == 1)
                pause();
            _exit(0);
        }
    bool both = read(ready[0], &byte, 1) == 1 && read(ready[0], &byte, 1) == 1;
    int status = pp_memory_use_of("", pids, 3, NULL, &use);
    for (int i = 1; i < 3; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    close(ready[0]);
    close(ready[1]);
    munmap(shared, 48 * MB);
    assert_true(both);
    assert_int_equal(status, 0);
    assert_int_equal(use.processes, 3);
    assert_true(use.rss_bytes >= 144 * MB);
    if (use.rss_only)
        return;
    assert_true(use.pss_bytes >= 48 * MB);
    assert_true(use.rss_bytes - use.pss_bytes >= 95 * MB);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_TREE(sizes_of_one_process_are_read),
        IN_TREE(without_a_rollup_rss_stands_in),
        IN_TREE(a_mapping_that_does_not_count_is_left_out),
        IN_TREE(without_its_mappings_a_process_has_no_known_share),
        IN_TREE(a_peak_below_what_is_used_is_what_is_used),
        IN_TREE(processes_that_have_ended_use_nothing),
        IN_TREE(a_sample_of_many_processes_is_scaled),
        cmocka_unit_test(a_peak_stays_until_it_is_reset),
        cmocka_unit_test(shared_pages_add_up_to_what_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
