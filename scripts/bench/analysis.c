/* Prints how many seconds the whole analysis of a result takes: analysis CASES ROUNDS. The result is made up: a
 * saturating curve with some per cent of noise. */
#include "analysis/analysis.h"
#include "base/arena.h"
#include "base/clock.h"
#include "pptest/rng.h"
#include "result/result.h"

#include <stdio.h>
#include <stdlib.h>

static struct pp_pass pass_of(unsigned workers, uint64_t round, struct pp_rng *rng) {
    double noise = 0.97 + 0.06 * (double)(pp_rng_next(rng) >> 11) * 0x1p-53;
    double total_s = (0.1 + 2.0 / (workers ? workers : 1)) * noise;
    return (struct pp_pass){.round = round,
                            .init_s = 0.001,
                            .work_s = total_s - 0.002,
                            .total_s = total_s,
                            .task_avg_s = 0.002,
                            .cpu_user_s = 2.0,
                            .task_cpu_s = 0.002,
                            .breakdown = {.cpu = 2.0, .tail = 0.1},
                            .done = 1000};
}

int main(int argc, char **argv) {
    unsigned cases = argc > 2 ? (unsigned)atoi(argv[1]) : 0, rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    struct pp_case_result *list = calloc(cases, sizeof *list);
    struct pp_pass *passes = calloc((size_t)cases * rounds, sizeof *passes);
    static struct pp_histogram times;
    if (!list || !passes || cases == 0 || rounds == 0)
        return 1;
    struct pp_rng rng = {1};
    pp_histogram_clear(&times);
    for (uint64_t ns = 1000000; ns < 4000000; ns += 1000)
        pp_histogram_add(&times, pp_histogram_bucket(ns), 1);
    for (unsigned i = 0; i < cases; i++) {
        for (unsigned k = 0; k < rounds; k++)
            passes[i * rounds + k] = pass_of(i, k, &rng);
        list[i] = (struct pp_case_result){.name = "case",
                                          .executor = "process",
                                          .workers = i,
                                          .task_count = 1000,
                                          .pass_count = rounds,
                                          .passes = &passes[i * rounds],
                                          .histogram = &times};
    }
    struct pp_result result = {.case_count = cases, .cases = list, .machine.cpus.usable = cases / 2.0};
    struct pp_arena arena = {0};
    uint64_t start_ns = pp_clock_ns();
    int status = pp_analysis_run(&result, 1, &arena);
    printf("%.9f\n", pp_seconds(pp_clock_ns() - start_ns));
    pp_arena_release(&arena);
    free(passes);
    free(list);
    return status == 0 && result.verdict.known ? 0 : 1;
}
