#include "exec/lull.h"

#include "base/clock.h"

#include <math.h>
#include <sched.h>
#include <sys/prctl.h>

/* So many looks take a few microseconds, the time in which an answer comes from a neighbour that is at work. */
enum { LOOKS_AT_ONCE = 20 };

/* Sleeping and waking take about as long: below that it pays to stay awake. */
static const uint64_t awake_ns = 30000;

/* Of the time without anything: what comes late is late by that share of it at most. */
static const uint64_t share = 8;

/* A wake-up with a look on a current machine: two switches and some system calls. */
static const double wake_ns = 3000.0;
static const double best_min_ns = 10e3, best_max_ns = 1e6;

/* The kernel may wake a sleeper 50 µs late to wake several at once; that is longer than most pauses. The thread's
 * slack is put back at once, because the tasks that it runs may sleep too. */
static void sleep_exactly(uint64_t ns) {
    const struct timespec wait = {.tv_sec = (time_t)(ns / PP_NS_PER_S), .tv_nsec = (long)(ns % PP_NS_PER_S)};
    prctl(PR_SET_TIMERSLACK, 1UL);
    nanosleep(&wait, NULL);
    prctl(PR_SET_TIMERSLACK, 0UL);
}

int pp_lull_pause(struct pp_lull *lull, uint64_t longest_ns) {
    if (lull->looks == 0)
        lull->since_ns = pp_clock_ns();
    if (lull->looks++ < LOOKS_AT_ONCE)
        return 0;
    uint64_t idle_ns = pp_clock_ns() - lull->since_ns;
    if (idle_ns < awake_ns) {
        sched_yield();
        return 0;
    }
    sleep_exactly(idle_ns / share < longest_ns ? idle_ns / share : longest_ns);
    return 1;
}

uint64_t pp_lull_best_ns(double task_ns, unsigned workers) {
    double best_ns = sqrt(2.0 * task_ns * wake_ns / workers);
    return (uint64_t)fmin(fmax(best_ns, best_min_ns), best_max_ns);
}
