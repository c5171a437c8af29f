/* Whole runs of tasks that a test makes up: planned, run by the real executors, and analysed. Include <cmocka.h> and
 * what it needs before. */
#ifndef PPTEST_TESTS_LAB_H
#define PPTEST_TESTS_LAB_H

#include "fake_job.h"

#include "analysis/analysis.h"
#include "base/arena.h"
#include "runner/runner.h"

enum { LAB_WORKERS_MAX = 8 };

struct lab {
    struct fake_args args;
    int64_t workers[LAB_WORKERS_MAX];
    struct pp_config config;
    struct pp_runner runner;
    struct pp_starter starter;
    struct pp_arena arena;
    struct pp_error error;
};

/* A run of `count` tasks with each of the worker counts in `workers`, ended by -1. The test may change lab->config. */
static inline void lab_set(struct lab *lab, const struct pp_task *task, int64_t count, const int64_t *workers) {
    size_t cases = 0;
    for (; workers[cases] >= 0 && cases < LAB_WORKERS_MAX; cases++)
        lab->workers[cases] = workers[cases];
    lab->config = (struct pp_config){.path = "lab.json",
                                     .dir = ".",
                                     .task = task,
                                     .args = &lab->args,
                                     .task_count = count,
                                     .iterations = 3,
                                     .sweep.workers = {.count = cases, .items = lab->workers},
                                     .seed = 5,
                                     .label = ""};
}

static inline int lab_ignore(void *owner, const struct pp_case *plan, const struct pp_pass *pass,
                             const struct pp_sample *sample, size_t done, size_t all) {
    (void)owner;
    (void)plan;
    (void)pass;
    (void)sample;
    (void)done;
    (void)all;
    return 0;
}

/* Runs and analyses; the result is in lab->runner.result. Release it with lab_release. */
static inline int lab_run(struct lab *lab) {
    struct pp_job base = {.task = lab->config.task,
                          .args = lab->config.args,
                          .env = {.config_dir = ".", .tmp_dir = "/tmp"},
                          .resolution_ns = 30,
                          .start = &lab->starter};
    const struct pp_runner_events events = {.pass = lab_ignore};
    void *shared = NULL;
    struct pp_machine machine;
    pp_machine_read("", (const struct pp_task *const[]){NULL}, &machine);
    int status = pp_runner_open(&lab->runner, &lab->config, &machine, &lab->error);
    if (status == 0)
        status = pp_starter_open(&lab->starter, 1u << PP_START_FORK, &base, "lab.json", NULL, &lab->error);
    if (status == 0)
        status = pp_inputs_open(base.task, base.args, &base.env, &shared, &lab->error);
    base.shared = shared;
    if (status == 0)
        status = pp_runner_run(&lab->runner, &base, &events, &lab->error);
    pp_inputs_close(base.task, shared);
    pp_starter_close(&lab->starter);
    if (status == 0)
        status = pp_analysis_run(&lab->runner.result, 1, &lab->arena);
    return status;
}

static inline void lab_release(struct lab *lab) {
    pp_runner_close(&lab->runner);
    pp_arena_release(&lab->arena);
}

/* The case of that number of workers. */
static inline const struct pp_case_result *lab_case(const struct lab *lab, unsigned workers) {
    for (size_t i = 0; i < lab->runner.result.case_count; i++)
        if (lab->runner.result.cases[i].workers == workers)
            return &lab->runner.result.cases[i];
    abort();
}

#endif
