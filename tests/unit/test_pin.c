/* Which CPUs the workers of a case are pinned to. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine/topology.h"
#include "plan/plan.h"
#include "runner/pin.h"

static const struct pp_topology topology = {
    .order_count = 4, .compact = {0, 1, 2, 3}, .scatter = {0, 2, 1, 3}, .missing = ""};

static struct pp_placement placement_of(int pin, unsigned workers, unsigned inner_threads) {
    const struct pp_case plan = {.workers = workers, .pin = pin};
    return pp_pin_placement(&topology, &plan, inner_threads);
}

static void each_pin_has_its_order(void **state) {
    (void)state;
    assert_ptr_equal(placement_of(PP_PIN_COMPACT, 2, 0).cpus, topology.compact);
    assert_ptr_equal(placement_of(PP_PIN_SCATTER, 2, 0).cpus, topology.scatter);
    assert_int_equal(placement_of(PP_PIN_SCATTER, 2, 0).count, 4);
    assert_int_equal(placement_of(PP_PIN_NONE, 2, 0).count, 0);
    assert_int_equal(placement_of(PP_PIN_COMPACT, 0, 0).count, 0); /* plain calls in the main process */
}

static void a_worker_is_as_wide_as_its_library(void **state) {
    (void)state;
    assert_int_equal(placement_of(PP_PIN_COMPACT, 2, 0).width, 1); /* without one */
    assert_int_equal(placement_of(PP_PIN_COMPACT, 2, 1).width, 1);
    assert_int_equal(placement_of(PP_PIN_COMPACT, 2, 3).width, 3);
}

static void no_more_cpus_are_used_than_there_are(void **state) {
    (void)state;
    static const struct {
        unsigned workers, inner_threads;
        size_t used;
    } rows[] = {{1, 0, 1}, {2, 1, 2}, {4, 0, 4}, {5, 0, 4}, {1, 3, 3}, {2, 3, 4}, {UINT_MAX, 2, 4}, {1, UINT_MAX, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_placement placement = placement_of(PP_PIN_COMPACT, rows[i].workers, rows[i].inner_threads);
        assert_int_equal(pp_pin_used(&placement, rows[i].workers), rows[i].used);
    }
    const struct pp_placement none = placement_of(PP_PIN_NONE, 2, 1);
    assert_int_equal(pp_pin_used(&none, 2), 0);
}

static void without_an_order_nothing_is_pinned(void **state) {
    static const struct pp_topology missing = {.missing = "built without hwloc"}, silent;
    struct pp_case plan = {.workers = 2, .pin = PP_PIN_NONE};
    struct pp_error error = {0};
    (void)state;
    assert_int_equal(pp_pin_admit(&missing, &plan, &error), 0);
    plan.pin = PP_PIN_SCATTER;
    assert_int_equal(pp_pin_admit(&topology, &plan, &error), 0);
    assert_int_equal(pp_pin_admit(&missing, &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "pin");
    assert_string_equal(error.text, "\"scatter\" needs hwloc to tell how the CPUs lie (or leave \"pin\" out): "
                                    "built without hwloc");
    assert_int_equal(pp_pin_admit(&silent, &plan, &error), -ENOTSUP);
    assert_non_null(strstr(error.text, "it tells nothing of this machine"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pin_has_its_order),
        cmocka_unit_test(a_worker_is_as_wide_as_its_library),
        cmocka_unit_test(no_more_cpus_are_used_than_there_are),
        cmocka_unit_test(without_an_order_nothing_is_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
