/* What pptest does for one noop task, for peers that hand out tasks in another way: the item's seed, a call to the task
 * and one to its verification through pointers that the compiler cannot see through, and the answer mixed into the
 * check value. No times are taken. For C and C++. */
#ifndef PPTEST_BENCH_NOOP_ITEM_H
#define PPTEST_BENCH_NOOP_ITEM_H

#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "pptest/rng.h"

struct noop_item {
    uint64_t index, seed;
};

static inline int noop_run(const struct noop_item *item, uint64_t *digest) {
    *digest = item->seed;
    return 0;
}

static inline int noop_verify(const struct noop_item *item, const uint64_t *digest) { return *digest != item->seed; }

/* Returns what the item adds to the check value; with a wrong answer, nothing. */
static inline uint64_t noop_do(uint64_t index) {
    static int (*volatile run)(const struct noop_item *, uint64_t *) = noop_run;
    static int (*volatile verify)(const struct noop_item *, const uint64_t *) = noop_verify;
    const struct noop_item item = {index, pp_mix2(1, index)};
    uint64_t digest = 0;
    if (run(&item, &digest) != 0 || verify(&item, &digest) != 0)
        return 0;
    return pp_mix2(index, digest);
}

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Prints the seconds since `start` if the check value is the right one. Returns the exit status. */
static inline int noop_report(double start, uint64_t check, uint64_t count) {
    double seconds = seconds_now() - start;
    for (uint64_t i = 0; i < count; i++)
        check -= pp_mix2(i, pp_mix2(1, i));
    if (check == 0)
        printf("%.9f\n", seconds);
    else
        fprintf(stderr, "the check value is wrong\n");
    return check != 0;
}

#endif
