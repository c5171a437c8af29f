/* Tasks that do nothing, handed out by OpenMP's taskloop, whose grain is the runtime's own choice.
 * Usage: omp_taskloop COUNT THREADS    prints the seconds from before the team is there to its end
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -fopenmp -Iinclude -o omp_taskloop scripts/bench/omp_taskloop.c */
#include <stdlib.h>

#include "noop_item.h"

int main(int argc, char **argv) {
    long long count = argc == 3 ? atoll(argv[1]) : 0, threads = argc == 3 ? atoll(argv[2]) : 0;
    if (count < 1 || threads < 1) {
        fprintf(stderr, "usage: omp_taskloop COUNT THREADS\n");
        return 2;
    }
    uint64_t check = 0;
    double start = seconds_now();
#pragma omp parallel num_threads((int)threads)
#pragma omp single
#pragma omp taskloop reduction(+ : check)
    for (long long i = 0; i < count; i++)
        check += noop_do((uint64_t)i);
    return noop_report(start, check, (uint64_t)count);
}
