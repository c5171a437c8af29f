/* Which loss of time has which name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analysis/limiter.h"
#include "analysis/series.h"
#include "machine/disturbance.h"
#include "synthetic.h"

static struct synthetic made;

enum { PASSES = 6 };

static int tear_down(void **state) {
    (void)state;
    synthetic_release(&made);
    return 0;
}

/* One worker computes for 4 s, and four for 1 s each; what they lose on top makes their work as much longer. */
static void set(const struct pp_breakdown *lost) {
    double lost_s = lost->cpu + lost->runnable + lost->blocked + lost->verify + lost->transfer + lost->waiting +
                    lost->tail + lost->other;
    synthetic_set(&made, (const int[]){1, 4, -1});
    synthetic_fill(&made, (const double[]){4.0, 1.0 + lost_s / 4.0}, PASSES, 0.0, NULL);
    for (size_t i = 0; i < PASSES; i++) {
        struct pp_breakdown parts = *lost;
        parts.cpu += 4.0;
        made.passes[1][i].breakdown = parts;
    }
}

static void set_lost(struct pp_breakdown lost) { set(&lost); }

/* Seconds that four workers lose, to make up that share of their time. */
static double part(double share) { return 4.0 * share / (1.0 - share); }

static enum pp_limiter limiter(void) {
    synthetic_analyse(&made);
    assert_int_equal(made.cases[0].limiter, PP_LIMITER_NONE);
    return made.cases[1].limiter;
}

static void assert_near(double found, double expected) { assert_true(fabs(found - expected) < 1e-12); }

static void each_part_has_its_name(void **state) {
    (void)state;
    const struct {
        struct pp_breakdown lost;
        enum pp_limiter limiter;
    } rows[] = {{{.runnable = 1}, PP_LIMITER_CPUS},     {{.cpu = 1}, PP_LIMITER_MEMORY},
                {{.blocked = 1}, PP_LIMITER_IO},        {{.waiting = 1}, PP_LIMITER_HANDOUT},
                {{.transfer = 1}, PP_LIMITER_TRANSFER}, {{.tail = 1}, PP_LIMITER_TAIL},
                {{.other = 1}, PP_LIMITER_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set(&rows[i].lost);
        assert_int_equal(limiter(), rows[i].limiter);
    }
}

static void a_tenth_must_be_lost(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.tail = part(0.101)});
    assert_int_equal(limiter(), PP_LIMITER_TAIL);
    set_lost((struct pp_breakdown){.tail = part(0.099)});
    assert_int_equal(limiter(), PP_LIMITER_NONE);
    set_lost((struct pp_breakdown){.tail = part(0.05), .waiting = part(0.03), .blocked = part(0.03)});
    assert_int_equal(limiter(), PP_LIMITER_TAIL);
}

static void the_largest_part_is_named(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.runnable = 0.5, .blocked = 0.6, .waiting = 0.55});
    assert_int_equal(limiter(), PP_LIMITER_IO);
    set_lost((struct pp_breakdown){.runnable = 0.5, .blocked = 0.6, .waiting = 0.65});
    assert_int_equal(limiter(), PP_LIMITER_HANDOUT);
}

/* What one worker needs as well is not lost. */
static void what_the_reference_has_too_is_no_loss(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.blocked = 2});
    for (size_t i = 0; i < PASSES; i++)
        made.passes[0][i].breakdown.blocked = 2;
    assert_int_equal(limiter(), PP_LIMITER_NONE);
}

static void verification_counts_with_the_want_it_suffers_from(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.verify = 0.4, .runnable = 0.3, .cpu = 0.1, .blocked = 0.5});
    assert_int_equal(limiter(), PP_LIMITER_CPUS);
    set_lost((struct pp_breakdown){.verify = 0.4, .runnable = 0.1, .cpu = 0.3, .blocked = 0.5});
    assert_int_equal(limiter(), PP_LIMITER_MEMORY);
}

static void in_flight(const char *executor, double loop_blocked) {
    made.cases[0].executor = made.cases[1].executor = executor;
    for (size_t i = 0; i < PASSES; i++)
        made.passes[1][i].loop_blocked = loop_blocked;
}

static void an_event_loop_is_held_or_busy(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.blocked = 1});
    in_flight("async", 0.09);
    assert_int_equal(limiter(), PP_LIMITER_LOOP); /* it computes for 4 s of 1.25 */
    made.result.outside = true;                   /* or others do for it */
    assert_int_equal(limiter(), PP_LIMITER_IO);
    made.result.outside = false;
    set_lost((struct pp_breakdown){.blocked = 20, .cpu = -3});
    in_flight("async", 0.09);
    assert_int_equal(limiter(), PP_LIMITER_IO);
    in_flight("async", 0.11);
    assert_int_equal(limiter(), PP_LIMITER_LOOP);
    assert_near(made.cases[1].loop_blocked, 0.11);
    in_flight("process", NAN);
    assert_int_equal(limiter(), PP_LIMITER_IO);
    assert_true(isnan(made.cases[1].loop_blocked));
    set_lost((struct pp_breakdown){.waiting = 20, .cpu = -3});
    in_flight("async-blocking", 0.0); /* for their turns */
    assert_int_equal(limiter(), PP_LIMITER_LOOP);
}

static void a_blocked_loop_is_put_into_words(void **state) {
    (void)state;
    char text[160];
    size_t length = pp_words_loop(0.9932, 8, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_string_equal(text,
                        "the event loop was blocked 99 % of the time by tasks that do not give way: 8 in flight do "
                        "as one");
    assert_true(pp_words_loop(0.5, 8, text, sizeof text) > 0);
    assert_non_null(strstr(text, "50 % of the time by tasks that do not give way: others that were due had to wait"));
    assert_int_equal(pp_words_loop(0.09, 8, text, sizeof text), 0);
    assert_int_equal(pp_words_loop(NAN, 8, text, sizeof text), 0);
    assert_int_equal(pp_words_loop(0.99, 1, text, sizeof text), 0);
}

static void starting_takes_longer_than_it_saves(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.tail = 0.5});
    for (size_t i = 0; i < PASSES; i++)
        made.passes[1][i].total_s += 0.2;
    assert_int_equal(limiter(), PP_LIMITER_STARTUP);
}

static void throttled(size_t passes) {
    for (size_t i = 0; i < passes; i++)
        made.passes[1][i].disturbed = PP_DISTURBED_THROTTLED;
}

static void a_quota_holds_back(void **state) {
    (void)state;
    const struct pp_breakdown rows[] = {{.runnable = 1}, {.blocked = 1}};
    for (size_t i = 0; i < 2; i++) {
        set(&rows[i]);
        throttled(4);
        assert_int_equal(limiter(), PP_LIMITER_QUOTA);
        set(&rows[i]);
        throttled(3); /* not most of them */
        assert_int_equal(limiter(), i == 0 ? PP_LIMITER_CPUS : PP_LIMITER_IO);
    }
    set_lost((struct pp_breakdown){.tail = 1});
    throttled(PASSES);
    assert_int_equal(limiter(), PP_LIMITER_TAIL);
}

static void library_threads_are_more_than_the_cpus(void **state) {
    (void)state;
    const struct pp_breakdown rows[] = {{.runnable = 1}, {.blocked = 1}, {.cpu = 1}};
    const enum pp_limiter otherwise[] = {PP_LIMITER_CPUS, PP_LIMITER_IO, PP_LIMITER_MEMORY};
    for (size_t i = 0; i < 3; i++) {
        set(&rows[i]);
        made.cases[1].inner_threads = 2;
        made.result.machine.cpus.usable = 7.5;
        assert_int_equal(limiter(), PP_LIMITER_LIBRARY);
        set(&rows[i]);
        made.cases[1].inner_threads = 2;
        made.result.machine.cpus.usable = 8;
        assert_int_equal(limiter(), otherwise[i]);
        set(&rows[i]);
        made.cases[1].inner_threads = 1;
        made.result.machine.cpus.usable = 2;
        assert_int_equal(limiter(), otherwise[i]);
    }
}

static void hardware_threads_share_a_core(void **state) {
    (void)state;
    const struct {
        unsigned smt, cores;
        enum pp_limiter limiter;
    } rows[] = {{2, 3, PP_LIMITER_CPUS}, {2, 4, PP_LIMITER_MEMORY}, {1, 3, PP_LIMITER_MEMORY}};
    for (size_t i = 0; i < 3; i++) {
        set_lost((struct pp_breakdown){.cpu = 1});
        made.result.machine.topology.smt = rows[i].smt;
        made.result.machine.topology.usable_cores = rows[i].cores;
        assert_int_equal(limiter(), rows[i].limiter);
    }
}

static void what_was_not_measured_has_no_name(void **state) {
    (void)state;
    for (size_t which = 0; which < 2; which++) {
        set_lost((struct pp_breakdown){.tail = 1});
        for (size_t i = 0; i < PASSES; i++)
            made.passes[which][i].breakdown = (struct pp_breakdown){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        assert_int_equal(limiter(), PP_LIMITER_UNKNOWN);
        const struct pp_loss loss = pp_loss_of(&made.cases[1], &made.cases[0]);
        assert_true(isnan(loss.cpu) && isnan(loss.tail) && isnan(loss.startup) && isnan(loss.other));
    }
}

static void the_reference_has_the_fewest_workers(void **state) {
    (void)state;
    synthetic_set(&made, (const int[]){4, 0, 2, -1});
    assert_null(pp_reference_case(&made.result, &made.cases[0]));
    synthetic_add(&made, 0, 0, 1.0);
    synthetic_add(&made, 2, 0, 1.0);
    synthetic_analyse(&made);
    assert_ptr_equal(pp_reference_case(&made.result, &made.cases[0]), &made.cases[2]);
    synthetic_add(&made, 1, 0, 1.0);
    synthetic_analyse(&made);
    assert_ptr_equal(pp_reference_case(&made.result, &made.cases[0]), &made.cases[1]);
}

static void losses_are_those_of_all_workers(void **state) {
    (void)state;
    set_lost((struct pp_breakdown){.runnable = 0.5, .tail = 0.25, .cpu = 0.75});
    for (size_t i = 0; i < PASSES; i++)
        made.passes[1][i].total_s += 0.1;
    synthetic_analyse(&made);
    const struct pp_loss loss = pp_loss_of(&made.cases[1], &made.cases[0]);
    assert_near(loss.runnable, 0.5);
    assert_near(loss.tail, 0.25);
    assert_near(loss.cpu, 0.75);
    assert_near(loss.startup, 0.4);
    assert_true(loss.blocked == 0 && loss.waiting == 0 && loss.transfer == 0 && loss.verify == 0 && loss.other == 0);
}

static void transfer_through_pipes_comes_with_its_figures(void **state) {
    (void)state;
    struct pp_case_result each = {.workers = 2,
                                  .task_count = 10,
                                  .piped_bytes = 1000000,
                                  .work.mean = 0.5,
                                  .breakdown.transfer = 0.1,
                                  .limiter = PP_LIMITER_TRANSFER};
    char text[64];
    pp_limiter_say(&each, text, sizeof text);
    assert_string_equal(text, "transfer (100 MB/s, 10 % of the time)");
    each.piped_bytes = 0; /* orders and digests alone */
    pp_limiter_say(&each, text, sizeof text);
    assert_string_equal(text, "transfer");
    each.piped_bytes = 1000000;
    each.limiter = PP_LIMITER_CPUS;
    pp_limiter_say(&each, text, sizeof text);
    assert_string_equal(text, "CPUs");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_part_has_its_name, tear_down),
        cmocka_unit_test_teardown(a_tenth_must_be_lost, tear_down),
        cmocka_unit_test_teardown(the_largest_part_is_named, tear_down),
        cmocka_unit_test_teardown(what_the_reference_has_too_is_no_loss, tear_down),
        cmocka_unit_test_teardown(verification_counts_with_the_want_it_suffers_from, tear_down),
        cmocka_unit_test_teardown(an_event_loop_is_held_or_busy, tear_down),
        cmocka_unit_test(a_blocked_loop_is_put_into_words),
        cmocka_unit_test_teardown(starting_takes_longer_than_it_saves, tear_down),
        cmocka_unit_test_teardown(a_quota_holds_back, tear_down),
        cmocka_unit_test_teardown(library_threads_are_more_than_the_cpus, tear_down),
        cmocka_unit_test_teardown(hardware_threads_share_a_core, tear_down),
        cmocka_unit_test_teardown(what_was_not_measured_has_no_name, tear_down),
        cmocka_unit_test_teardown(the_reference_has_the_fewest_workers, tear_down),
        cmocka_unit_test_teardown(losses_are_those_of_all_workers, tear_down),
        cmocka_unit_test(transfer_through_pipes_comes_with_its_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
