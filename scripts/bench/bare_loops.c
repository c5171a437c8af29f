/* The peer of the whole harness: PROCESSES forked processes that each run an equal share of COUNT sums of SIZE
 * additions, with nothing handed out and nothing collected.
 * Usage: bare_loops SIZE COUNT PROCESSES    prints the seconds from the first fork to the last process reaped
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o bare_loops scripts/bench/bare_loops.c */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* The same loop as in tasks/sum.c. */
__attribute__((noinline)) static uint64_t sum_loop(uint64_t sum, uint64_t size) {
    for (uint64_t left = size; left > 0; left--) {
        sum += left;
        __asm__ volatile("" : "+r"(sum), "+r"(left));
    }
    return sum;
}

static void process_run(uint64_t size, long long count) {
    for (long long i = 0; i < count; i++)
        sum_loop((uint64_t)i, size);
    _exit(0);
}

int main(int argc, char **argv) {
    long long size = argc == 4 ? atoll(argv[1]) : 0, count = argc == 4 ? atoll(argv[2]) : 0;
    long long processes = argc == 4 ? atoll(argv[3]) : 0;
    if (size < 1 || count < 1 || processes < 1) {
        fprintf(stderr, "usage: bare_loops SIZE COUNT PROCESSES\n");
        return 2;
    }
    double start = seconds_now();
    for (long long i = 0; i < processes; i++) {
        pid_t child = fork();
        if (child == 0) /* the first few take one more each where the count cannot be divided */
            process_run((uint64_t)size, count / processes + (i < count % processes));
        if (child < 0) {
            perror("fork");
            return 1;
        }
    }
    int failed = 0;
    for (int status; wait(&status) > 0;)
        failed |= status;
    printf("%.9f\n", seconds_now() - start);
    return failed != 0;
}
