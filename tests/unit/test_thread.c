/* The thread executor from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "thread_cases.h"

static const struct pp_executor *const executor = &pp_executor_thread;

/* One of the few threads of others is the main one, and one the watchdog. */
static int too_many_threads(struct fake_job *fake) {
    return few_threads(fake) && (geteuid() == 0 || strstr(fake->error.text, " of 50 threads could be started"));
}

static void how_many_threads_could_be_started_is_told(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_int_equal(in_child(too_many_threads, fake), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {THREAD_CASES, CLEAN(how_many_threads_could_be_started_is_told)};
    return start_counting_threads() ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
