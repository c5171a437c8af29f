/* The one clock: CLOCK_MONOTONIC in nanoseconds. */
#ifndef PP_BASE_CLOCK_H
#define PP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define PP_NS_PER_S UINT64_C(1000000000)

static inline uint64_t pp_clock_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * PP_NS_PER_S + (uint64_t)now.tv_nsec;
}

/* CPU time of the calling thread. A system call, unlike the above. */
static inline uint64_t pp_clock_thread_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * PP_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline double pp_seconds(uint64_t ns) { return (double)ns / 1e9; /* not times 1e-9, which is no exact number */ }

/* A duration in seconds (>= 0) as nanoseconds, the largest value when it does not fit. */
uint64_t pp_clock_from_seconds(double seconds);

/* Nanoseconds between two readings taken one after the other, the smallest of many, at least 1: the finest time that
 * can be told apart, and what taking a time costs. Takes about 10 µs. */
uint64_t pp_clock_resolution_ns(void);

/* CPU time between two readings of a thread's CPU clock taken one after the other, the smallest of some: what one
 * reading adds to a time measured with two. */
uint64_t pp_clock_thread_cpu_cost_ns(void);

/* Sleeps until `seconds` have passed or a stop is asked for (stop.h). */
void pp_clock_wait(double seconds);

#endif
