/* The time on CLOCK_MONOTONIC, by which tasks that are done in steps say until when they wait (struct pp_wait). */
#ifndef PPTEST_LIB_NOW_H
#define PPTEST_LIB_NOW_H

#include <stdint.h>
#include <time.h>

static inline uint64_t pp_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
