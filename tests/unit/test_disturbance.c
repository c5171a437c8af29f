/* What disturbs a pass: each rule just below and above its threshold, and a real disturbance. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/textbuf.h"
#include "machine/disturbance.h"
#include "machine_tree.h"

enum { CPUS = 4, SECONDS = 10 };

/* Two snapshots of a quiet machine of four CPUs, ten seconds apart, half of whose CPU time is ours. */
struct pair {
    struct pp_counters before, after;
    struct pp_own_use own;
};

static struct pair quiet(void) {
    struct pair pair = {
        .before = {.time_ns = 77 * PP_NS_PER_S,
                   .cpu = {.cpus = CPUS, .tick_s = 0.01, .busy_s = 1000.0, .idle_s = 500.0, .steal_s = 3.0},
                   .throttle = {.count = 5, .time_s = 2.0},
                   .major_faults = 1234,
                   .swapped_pages = 99,
                   .pressure_s = {50.0, 60.0, 70.0},
                   .frequency_hz = 3e9},
        .own = {.cpu_s = 20.0, .usable_cpus = CPUS, .threads = 3},
    };
    pair.after = pair.before;
    pair.after.time_ns += SECONDS * PP_NS_PER_S;
    pair.after.cpu.busy_s += 20.0;
    pair.after.cpu.idle_s += 20.0;
    return pair;
}

static struct pp_disturbance judge(const struct pair *pair) {
    return pp_disturbance_between(&pair->before, &pair->after, &pair->own);
}

static unsigned flags(const struct pair *pair) { return judge(pair).flags; }

static void assert_words(const struct pair *pair, const char *expected) {
    char words[256];
    struct pp_textbuf text = pp_textbuf_in(words, sizeof words);
    struct pp_disturbance found = judge(pair);
    pp_disturbance_describe(&found, &text);
    assert_string_equal(words, expected);
}

static void a_quiet_machine_disturbs_nothing(void **state) {
    (void)state;
    struct pair pair = quiet();
    assert_int_equal(flags(&pair), 0);
    assert_words(&pair, "");
}

static void steal_counts_above_one_percent(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.cpu.steal_s += 0.39;
    assert_int_equal(flags(&pair), 0);
    pair.after.cpu.steal_s += 0.02;
    assert_int_equal(flags(&pair), PP_DISTURBED_STEAL);
    assert_words(&pair, "steal 1.0 %");
}

static void other_load_counts_above_five_percent(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.cpu.busy_s += 1.99;
    assert_int_equal(flags(&pair), 0);
    pair.after.cpu.busy_s += 0.02;
    assert_int_equal(flags(&pair), PP_DISTURBED_OTHER_LOAD);
    assert_words(&pair, "other load 5.0 %");
    pair.own.cpu_s += 0.02;
    assert_int_equal(flags(&pair), 0);
}

/* A tick is 10 ms: less than three of them and one for each CPU says nothing, however short the pass. */
static void in_a_short_pass_ticks_are_rounding(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.time_ns = pair.before.time_ns + PP_NS_PER_S / 10;
    pair.after.cpu.busy_s = pair.before.cpu.busy_s + 0.3;
    pair.own.cpu_s = 0.235;
    assert_int_equal(flags(&pair), 0); /* 65 ms of 400 */
    pair.own.cpu_s = 0.225;
    assert_int_equal(flags(&pair), PP_DISTURBED_OTHER_LOAD);
    pair.own.cpu_s = 0.3;
    pair.after.cpu.steal_s += 0.039;
    assert_int_equal(flags(&pair), 0);
    pair.after.cpu.steal_s += 0.002;
    assert_int_equal(flags(&pair), PP_DISTURBED_STEAL);
}

static void more_time_of_ours_than_ticks_is_no_other_load(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.own.cpu_s = 20.5;
    assert_int_equal(flags(&pair), 0);
    assert_true(judge(&pair).other_share <= 0.0);
}

static void throttling_is_marked_but_not_worth_repeating(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.throttle.count += 1;
    pair.after.throttle.time_s += 0.25;
    assert_int_equal(flags(&pair), PP_DISTURBED_THROTTLED);
    assert_int_equal(flags(&pair) & PP_DISTURBED_TRANSIENT, 0);
    assert_words(&pair, "throttled 0.250 s");
    pair.after.throttle.count -= 1; /* a group that was throttled before, and still is */
    assert_int_equal(flags(&pair), PP_DISTURBED_THROTTLED);
}

static void a_clock_that_falls_by_five_percent_counts(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.frequency_hz = 2.86e9;
    assert_int_equal(flags(&pair), 0);
    pair.after.frequency_hz = 2.84e9;
    assert_int_equal(flags(&pair), PP_DISTURBED_FREQUENCY);
    assert_words(&pair, "frequency fell by 5.3 %");
    pair.after.frequency_hz = 4e9;
    assert_int_equal(flags(&pair), 0);
}

static void faults_and_swapping_count_each(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.major_faults += 1;
    assert_int_equal(flags(&pair), PP_DISTURBED_MAJOR_FAULTS);
    pair.after.swapped_pages += 20;
    assert_int_equal(flags(&pair), PP_DISTURBED_MAJOR_FAULTS | PP_DISTURBED_SWAPPING);
    assert_words(&pair, "1 major fault, 20 pages swapped");
    pair.after.major_faults -= 1;
    assert_int_equal(flags(&pair), PP_DISTURBED_SWAPPING);
}

static void pressure_counts_above_one_percent(void **state) {
    (void)state;
    for (int i = 0; i < PP_PRESSURES; i++) {
        struct pair pair = quiet();
        pair.after.pressure_s[i] += 0.099;
        assert_int_equal(flags(&pair), 0);
        pair.after.pressure_s[i] += 0.002;
        assert_int_equal(flags(&pair), PP_DISTURBED_PRESSURE);
    }
}

static void pressure_of_our_own_making_does_not_count(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.pressure_s[PP_PRESSURE_CPU] += 9.0;
    pair.own.threads = CPUS;
    assert_int_equal(flags(&pair), PP_DISTURBED_PRESSURE);
    assert_words(&pair, "CPU pressure 90 %");
    pair.own.threads = CPUS + 1;
    assert_int_equal(flags(&pair), 0);
    pair.own.threads = 2;
    pair.own.usable_cpus = 1.5;
    assert_int_equal(flags(&pair), 0);
    pair.own.usable_cpus = 2.0;
    assert_int_equal(flags(&pair), PP_DISTURBED_PRESSURE);
    pair.after.throttle.count += 3; /* threads that a quota holds back wait for a CPU, too */
    assert_int_equal(flags(&pair), PP_DISTURBED_THROTTLED);
    pair = quiet();
    pair.after.pressure_s[PP_PRESSURE_IO] += 9.0;
    pair.own.does_io = true;
    assert_int_equal(flags(&pair), 0);
    pair.after.pressure_s[PP_PRESSURE_MEMORY] += 0.2;
    assert_int_equal(flags(&pair), PP_DISTURBED_PRESSURE);
    assert_words(&pair, "memory pressure 2.0 %");
}

static void what_is_unknown_disturbs_nothing(void **state) {
    (void)state;
    struct pair known = quiet(), pair = known;
    struct pp_counters nothing = {.time_ns = known.after.time_ns,
                                  .cpu = {.busy_s = NAN, .idle_s = NAN, .steal_s = NAN},
                                  .throttle = {NAN, NAN},
                                  .major_faults = NAN,
                                  .swapped_pages = NAN,
                                  .pressure_s = {NAN, NAN, NAN},
                                  .frequency_hz = NAN};
    pair.after = nothing;
    assert_int_equal(flags(&pair), 0);
    pair.before = nothing;
    pair.before.time_ns = known.before.time_ns;
    assert_int_equal(flags(&pair), 0);
    pair.after = known.after;
    assert_int_equal(flags(&pair), 0);
    struct pp_disturbance found = judge(&pair);
    assert_true(isnan(found.steal_share) && isnan(found.other_share) && isnan(found.frequency_fall));
    pair = known;
    pair.after.cpu.busy_s += 15.0;
    pair.own.cpu_s = NAN;
    assert_int_equal(flags(&pair), 0);
}

static void counters_that_go_backwards_disturb_nothing(void **state) {
    (void)state;
    struct pair pair = quiet();
    pair.after.cpu.busy_s = 1.0;
    pair.after.cpu.steal_s = 0.0;
    pair.after.throttle = (struct pp_throttle){0.0, 0.0};
    pair.after.major_faults = pair.after.swapped_pages = 0.0;
    memset(pair.after.pressure_s, 0, sizeof pair.after.pressure_s);
    struct pp_disturbance found = judge(&pair);
    assert_int_equal(found.flags, 0);
    assert_true(isnan(found.steal_share) && isnan(found.other_share) && isnan(found.throttled_s));
    assert_true(isnan(found.major_faults) && isnan(found.swapped_pages));
    assert_true(isnan(found.pressure_share[PP_PRESSURE_MEMORY]));
    pair = quiet();
    pair.after.cpu.busy_s += 15.0;
    pair.after.cpu.cpus = CPUS + 1; /* what was switched on brings its past with it */
    assert_int_equal(flags(&pair), 0);
    pair = quiet();
    pair.after.time_ns = pair.before.time_ns;
    pair.after.cpu.busy_s += 15.0;
    assert_int_equal(flags(&pair), 0);
}

static void everything_at_once_has_words(void **state) {
    (void)state;
    static const char *const expected[] = {"steal",        "other load", "throttled", "frequency",
                                           "major faults", "swapping",   "pressure",  "suspended"};
    struct pair pair = quiet();
    pair.after.cpu.steal_s += 1.28;
    pair.after.cpu.busy_s += 16.4;
    pair.after.throttle.time_s += 0.21;
    pair.after.frequency_hz = 1.5e9;
    pair.after.major_faults += 7;
    pair.after.swapped_pages += 1;
    pair.after.pressure_s[PP_PRESSURE_MEMORY] += 0.995;
    assert_words(&pair, "steal 3.2 %, other load 41 %, throttled 0.210 s, frequency fell by 50 %, 7 major faults, "
                        "1 page swapped, memory pressure 10 %");
    unsigned all = 0;
    for (unsigned i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(pp_disturbance_words[i], expected[i]);
        all |= 1u << i;
    }
    assert_null(pp_disturbance_words[sizeof expected / sizeof *expected]);
    assert_int_equal(flags(&pair), all - PP_DISTURBED_SUSPENDED); /* of which counters know nothing */
    assert_int_equal(all & PP_DISTURBED_TRANSIENT, all & ~(unsigned)PP_DISTURBED_THROTTLED);
}

/* ---- captured and real ---- */

static struct pp_counters snapshot(const char *root) {
    struct pp_counters counters;
    struct pp_counters_source *source = pp_counters_open(root);
    assert_non_null(source);
    pp_counters_read(source, &counters);
    pp_counters_close(source);
    return counters;
}

static void captured_counters_are_judged(void **state) {
    const struct tree *tree = *state;
    struct pair pair = {.own = {.cpu_s = 1.5, .usable_cpus = 2, .threads = 2}};
    put(tree, "/proc/stat", "cpu0 1000 0 0 900 0 0 0 10 0 0\ncpu1 1000 0 0 900 0 0 0 10 0 0\n");
    put(tree, "/proc/vmstat", "pgmajfault 10\npswpin 5\npswpout 5\n");
    pair.before = snapshot(tree->root);
    put(tree, "/proc/stat", "cpu0 1100 0 0 900 0 0 0 13 0 0\ncpu1 1070 5 5 920 0 0 0 12 0 0\n");
    put(tree, "/proc/vmstat", "pgmajfault 10\npswpin 5\npswpout 8\n");
    pair.after = snapshot(tree->root);
    pair.after.time_ns = pair.before.time_ns + PP_NS_PER_S;
    assert_int_equal(flags(&pair), PP_DISTURBED_STEAL | PP_DISTURBED_OTHER_LOAD | PP_DISTURBED_SWAPPING);
    assert_words(&pair, "steal 2.5 %, other load 15 %, 3 pages swapped");
}

static void burn(void) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (volatile unsigned long i = 0;; i = i + 1)
        ;
}

static void a_hog_on_each_cpu_is_other_load(void **state) {
    (void)state;
    struct pair pair = {.own = {.usable_cpus = 1, .threads = 1}};
    pair.before = snapshot("");
    unsigned hogs = pair.before.cpu.cpus;
    pid_t *pids = calloc(hogs + 1, sizeof *pids);
    assert_non_null(pids);
    clock_t own = clock();
    for (unsigned i = 0; i < hogs; i++)
        if ((pids[i] = fork()) == 0)
            burn();
    pp_clock_wait(0.4);
    pair.after = snapshot("");
    pair.own.cpu_s = (double)(clock() - own) / CLOCKS_PER_SEC;
    for (unsigned i = 0; i < hogs && pids[i] > 0; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
    }
    free(pids);
    assert_true(hogs > 0);
    struct pp_disturbance found = judge(&pair);
    if (!(found.flags & PP_DISTURBED_OTHER_LOAD))
        fail_msg("%u hogs were seen as a load of %g", hogs, found.other_share);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_machine_disturbs_nothing),
        cmocka_unit_test(steal_counts_above_one_percent),
        cmocka_unit_test(other_load_counts_above_five_percent),
        cmocka_unit_test(in_a_short_pass_ticks_are_rounding),
        cmocka_unit_test(more_time_of_ours_than_ticks_is_no_other_load),
        cmocka_unit_test(throttling_is_marked_but_not_worth_repeating),
        cmocka_unit_test(a_clock_that_falls_by_five_percent_counts),
        cmocka_unit_test(faults_and_swapping_count_each),
        cmocka_unit_test(pressure_counts_above_one_percent),
        cmocka_unit_test(pressure_of_our_own_making_does_not_count),
        cmocka_unit_test(what_is_unknown_disturbs_nothing),
        cmocka_unit_test(counters_that_go_backwards_disturb_nothing),
        cmocka_unit_test(everything_at_once_has_words),
        IN_TREE(captured_counters_are_judged),
        cmocka_unit_test(a_hog_on_each_cpu_is_other_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
