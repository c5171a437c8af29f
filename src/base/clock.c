#include "base/clock.h"

#include "base/stop.h"

/* How late a stop may be noticed while waiting. */
static const uint64_t slice_max_ns = PP_NS_PER_S / 10;

uint64_t pp_clock_from_seconds(double seconds) {
    double ns = seconds * 1e9;
    return ns >= (double)UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

uint64_t pp_clock_resolution_ns(void) {
    uint64_t smallest = UINT64_MAX;
    for (int i = 0; i < 200; i++) {
        uint64_t before = pp_clock_ns();
        uint64_t step = pp_clock_ns() - before;
        if (step > 0 && step < smallest)
            smallest = step;
    }
    return smallest == UINT64_MAX ? 1 : smallest;
}

uint64_t pp_clock_thread_cpu_cost_ns(void) {
    uint64_t smallest = UINT64_MAX;
    for (int i = 0; i < 20; i++) {
        uint64_t before = pp_clock_thread_cpu_ns();
        uint64_t step = pp_clock_thread_cpu_ns() - before;
        if (step < smallest)
            smallest = step;
    }
    return smallest;
}

void pp_clock_wait(double seconds) {
    uint64_t now_ns = pp_clock_ns(), wait_ns = pp_clock_from_seconds(seconds);
    uint64_t end_ns = wait_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + wait_ns;
    while (!pp_stop_poll() && (now_ns = pp_clock_ns()) < end_ns) {
        uint64_t slice_ns = end_ns - now_ns < slice_max_ns ? end_ns - now_ns : slice_max_ns;
        struct timespec slice = {.tv_sec = 0, .tv_nsec = (long)slice_ns};
        nanosleep(&slice, NULL);
    }
}
