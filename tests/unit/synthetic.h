/* Results made up from known curves: every number that follows from them is known too. Include <cmocka.h> and what it
 * needs before. */
#ifndef PPTEST_TESTS_SYNTHETIC_H
#define PPTEST_TESTS_SYNTHETIC_H

#include "analysis/analysis.h"
#include "base/arena.h"
#include "pptest/rng.h"
#include "result/result.h"
#include "result/shapes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SYNTHETIC_CASES = 24, SYNTHETIC_PASSES = 32, SYNTHETIC_TASKS = 100 };

struct synthetic {
    struct pp_result result;
    struct pp_case_result cases[SYNTHETIC_CASES];
    struct pp_pass passes[SYNTHETIC_CASES][SYNTHETIC_PASSES];
    char names[SYNTHETIC_CASES][24];
    struct pp_arena arena;
};

/* A quiet pass of `total_s`, all of it work, in which each of the workers computes all of the time. */
static inline struct pp_pass synthetic_pass(uint64_t round, unsigned workers, double total_s) {
    double whole_s = total_s * (workers ? workers : 1);
    return (struct pp_pass){.round = round,
                            .work_s = total_s,
                            .total_s = total_s,
                            .task_avg_s = whole_s / SYNTHETIC_TASKS,
                            .cpu_user_s = whole_s,
                            .task_cpu_s = whole_s / SYNTHETIC_TASKS,
                            .peak_pss = NAN,
                            .energy_j = NAN,
                            .instructions = NAN,
                            .cycles = NAN,
                            .cache_misses = NAN,
                            .breakdown = {.cpu = whole_s},
                            .done = SYNTHETIC_TASKS};
}

/* Cases of those workers, ended by -1, without a pass; the machine has as many CPUs as anybody wants. What was made
 * before is released; at first it is all zero. */
static inline void synthetic_set(struct synthetic *made, const int *workers) {
    pp_arena_release(&made->arena);
    memset(made, 0, sizeof *made);
    made->result = (struct pp_result){.schema = PP_RESULT_SCHEMA,
                                      .version = "0.0.0",
                                      .label = "",
                                      .task = "made",
                                      .summary = "is made up",
                                      .started = "2026-01-02T03:04:05+0000",
                                      .details = "7",
                                      .check = "00000000deadbeef",
                                      .complete = true,
                                      .task_count = SYNTHETIC_TASKS,
                                      .machine = {.cpus = {1000, 1000, 0.0, 1000.0}},
                                      .cases = made->cases};
    for (size_t i = 0; workers[i] >= 0; i++) {
        assert_true(i < SYNTHETIC_CASES);
        if (workers[i] == 0)
            snprintf(made->names[i], sizeof made->names[i], "sequential");
        else
            snprintf(made->names[i], sizeof made->names[i], "parallel_%d", workers[i]);
        made->cases[i] = (struct pp_case_result){.name = made->names[i],
                                                 .executor = workers[i] ? "process" : "sequential",
                                                 .workers = (unsigned)workers[i],
                                                 .task_count = SYNTHETIC_TASKS,
                                                 .passes = made->passes[i]};
        made->result.case_count++;
    }
}

/* One more pass of a case, to be changed by the test. */
static inline struct pp_pass *synthetic_add(struct synthetic *made, size_t index, uint64_t round, double total_s) {
    struct pp_case_result *each = &made->cases[index];
    assert_true(each->pass_count < SYNTHETIC_PASSES);
    struct pp_pass *pass = &made->passes[index][each->pass_count++];
    *pass = synthetic_pass(round, each->workers, total_s);
    return pass;
}

static inline double synthetic_normal(struct pp_rng *rng) {
    double radius = sqrt(-2.0 * log(1.0 - pp_rng_real(rng)));
    return radius * cos(2.0 * M_PI * pp_rng_real(rng));
}

/* So many rounds of passes of the given totals (one for each case), times log-normal noise. */
static inline void synthetic_fill(struct synthetic *made, const double *totals_s, size_t rounds, double noise,
                                  struct pp_rng *rng) {
    for (size_t i = 0; i < made->result.case_count; i++)
        for (size_t round = 0; round < rounds; round++)
            synthetic_add(made, i, round, totals_s[i] * (noise > 0.0 ? exp(noise * synthetic_normal(rng)) : 1.0));
}

static inline void synthetic_analyse(struct synthetic *made) {
    assert_int_equal(pp_analysis_run(&made->result, 1, &made->arena), 0);
}

static inline void synthetic_release(struct synthetic *made) { pp_arena_release(&made->arena); }

#endif
