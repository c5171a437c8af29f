#include "runner/runner.h"

#include "base/clock.h"
#include "base/stop.h"
#include "stats/summary.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* A round is one pass of every case; the first `warmup` rounds are not counted. */
static size_t rounds(const struct pp_config *config) { return (size_t)(config->warmup + config->iterations); }

static int admit(const struct pp_runner *runner, struct pp_error *error) {
    for (size_t i = 0; i < runner->result.case_count; i++) {
        unsigned workers = runner->cases[i].workers;
        const struct pp_executor *executor = pp_executor_for(workers);
        int status = executor->admit(workers, error);
        if (status != 0)
            return status;
    }
    return 0;
}

static void describe(struct pp_runner *runner) {
    const struct pp_config *config = runner->config;
    struct pp_result *result = &runner->result;
    *result = (struct pp_result){.task = config->task->name,
                                 .label = config->label,
                                 .task_count = (uint64_t)config->task_count,
                                 .iterations = (uint64_t)config->iterations,
                                 .case_count = pp_plan_size(config),
                                 .cases = runner->case_results};
    pp_plan_details(config, result->details, sizeof result->details);
    pp_plan_cases(config, runner->cases);
    for (size_t i = 0; i < result->case_count; i++)
        runner->case_results[i] = (struct pp_case_result){.plan = &runner->cases[i],
                                                          .passes = &runner->samples[i * (size_t)config->iterations]};
}

int pp_runner_open(struct pp_runner *runner, const struct pp_config *config, struct pp_error *error) {
    size_t cases = pp_plan_size(config), iterations = (size_t)config->iterations;
    *runner = (struct pp_runner){.config = config};
    runner->cases = calloc(cases, sizeof *runner->cases);
    runner->case_results = calloc(cases, sizeof *runner->case_results);
    runner->samples = iterations <= SIZE_MAX / cases ? calloc(cases * iterations, sizeof *runner->samples) : NULL;
    runner->checks = calloc(rounds(config), sizeof *runner->checks);
    runner->checked = calloc(rounds(config), sizeof *runner->checked);
    int status = -ENOMEM;
    if (!runner->cases || !runner->case_results || !runner->samples || !runner->checks || !runner->checked) {
        pp_error_at(error, status, "/iterations", "no memory for the samples of %zu passes", cases * iterations);
    } else {
        describe(runner);
        status = admit(runner, error);
    }
    if (status != 0)
        pp_runner_close(runner);
    return status;
}

void pp_runner_close(struct pp_runner *runner) {
    free(runner->cases);
    free(runner->case_results);
    free(runner->samples);
    free(runner->checks);
    free(runner->checked);
    *runner = (struct pp_runner){0};
}

/* ---- what samples come to ---- */

static struct pp_summary over_passes(const struct pp_case_result *result, double (*value)(const struct pp_sample *)) {
    struct pp_summary running = {0};
    for (size_t i = 0; i < result->pass_count; i++)
        pp_summary_add(&running, value(&result->passes[i]));
    return running;
}

static double init_s(const struct pp_sample *sample) { return pp_seconds(sample->init_ns); }
static double work_s(const struct pp_sample *sample) { return pp_seconds(sample->work_ns); }
static double total_s(const struct pp_sample *sample) { return pp_seconds(sample->total_ns); }
static double done(const struct pp_sample *sample) { return (double)sample->done; }
static double task_s(const struct pp_sample *sample) {
    return sample->done > 0 ? pp_seconds(sample->task_ns) / (double)sample->done : 0.0;
}

static void summarise(struct pp_case_result *result) {
    struct pp_summary total = over_passes(result, total_s);
    result->summary = (struct pp_case_summary){.init_s = over_passes(result, init_s).mean,
                                               .work_s = over_passes(result, work_s).mean,
                                               .task_avg_s = over_passes(result, task_s).mean,
                                               .total_s = total.mean,
                                               .total_min_s = total.min,
                                               .total_max_s = total.max};
    if (total.mean > 0.0)
        result->summary.tasks_per_second = over_passes(result, done).mean / total.mean;
}

/* Failed tasks are work not done: a time without them is no speed-up. */
static void compare_to_sequential(struct pp_runner *runner) {
    double sequential_s = 0.0;
    bool sequential_whole = false;
    for (size_t i = 0; i < runner->result.case_count; i++)
        if (runner->cases[i].workers == 0) {
            sequential_s = runner->case_results[i].summary.total_s;
            sequential_whole = runner->case_results[i].failed == 0;
        }
    for (size_t i = 0; i < runner->result.case_count; i++) {
        struct pp_case_summary *summary = &runner->case_results[i].summary;
        bool comparable = sequential_whole && runner->case_results[i].failed == 0;
        summary->speedup = comparable && summary->total_s > 0.0 ? sequential_s / summary->total_s : 0.0;
    }
}

static void keep(struct pp_runner *runner, size_t index, const struct pp_sample *sample, bool counted) {
    struct pp_case_result *result = &runner->case_results[index];
    result->failed += sample->failed;
    result->wrong += sample->wrong;
    result->lost += sample->lost;
    result->workers_lost += sample->workers_lost;
    if (!counted || !sample->complete)
        return;
    runner->samples[index * runner->result.iterations + result->pass_count++] = *sample;
    summarise(result);
    compare_to_sequential(runner);
}

/* ---- is it the same work? ---- */

/* Every round does the same work for each case; and every round the same as the others, unless the task says that its
 * work differs from iteration to iteration. */
static int check_equal_work(struct pp_runner *runner, size_t round, const struct pp_case *plan,
                            const struct pp_sample *sample, struct pp_error *error) {
    size_t key = runner->config->task->caps & PP_TASK_PER_ITERATION ? round : 0;
    if (sample->failed > 0)
        return 0;
    if (!runner->checked[key]) {
        runner->checks[key] = sample->check;
        runner->checked[key] = true;
        runner->result.check += sample->check;
        return 0;
    }
    if (sample->check == runner->checks[key])
        return 0;
    return pp_error_set(
        error, -EBADMSG,
        "%s, pass %zu: the check value of all tasks is %016llx, but it was %016llx before: not the same "
        "work was done; the results cannot be compared",
        plan->name, round + 1, (unsigned long long)sample->check, (unsigned long long)runner->checks[key]);
}

static int judge(struct pp_runner *runner, size_t round, const struct pp_case *plan, const struct pp_sample *sample,
                 struct pp_error *error) {
    if (sample->done == 0)
        return pp_error_set(error, sample->why.code ? sample->why.code : -EIO, "%s: every task failed; %s", plan->name,
                            sample->why.text);
    return check_equal_work(runner, round, plan, sample, error);
}

/* ---- running ---- */

static struct pp_job job_for(const struct pp_runner *runner, const struct pp_case *plan, size_t round,
                             const struct pp_job *base) {
    const struct pp_config *config = runner->config;
    struct pp_job job = *base;
    job.seed = (uint64_t)config->seed;
    if (config->task->caps & PP_TASK_PER_ITERATION) /* numbered from the first that counts, however many warm up */
        job.seed = pp_mix2(job.seed, (uint64_t)round - (uint64_t)config->warmup);
    job.count = (uint64_t)config->task_count;
    job.workers = plan->workers;
    job.chunk_size = plan->chunk_size;
    job.env.library_threads = plan->library_threads;
    job.timeout_ns = pp_clock_from_seconds(config->task_timeout_s);
    return job;
}

static int run_case(struct pp_runner *runner, size_t round, size_t index, const struct pp_job *base,
                    const struct pp_runner_events *events, struct pp_error *error) {
    const struct pp_case *plan = &runner->cases[index];
    struct pp_job job = job_for(runner, plan, round, base);
    struct pp_sample sample;
    int status = pp_executor_for(plan->workers)->run(&job, &sample, error);
    keep(runner, index, &sample, round >= (size_t)runner->config->warmup);
    if (status != 0)
        return status;
    status = judge(runner, round, plan, &sample, error);
    size_t cases = runner->result.case_count, passes = round * cases + index + 1;
    runner->result.complete = status == 0 && passes == rounds(runner->config) * cases;
    int told = events->pass(events->owner, &runner->result, plan, &sample, passes, rounds(runner->config) * cases);
    return status != 0 ? status : told;
}

static int run_round(struct pp_runner *runner, size_t round, const struct pp_job *base,
                     const struct pp_runner_events *events, struct pp_error *error) {
    for (size_t i = 0; i < runner->result.case_count; i++) {
        int status = run_case(runner, round, i, base, events, error);
        if (status != 0)
            return status;
        if (runner->result.complete) /* nothing comes after it that a wait would be for */
            return 0;
        pp_clock_wait(runner->config->wait_after_runner_s);
        if (pp_stop_poll())
            return -EINTR;
    }
    if (runner->config->gc_after_iteration)
        malloc_trim(0);
    pp_clock_wait(runner->config->wait_after_iteration_s);
    return pp_stop_poll() ? -EINTR : 0;
}

int pp_runner_run(struct pp_runner *runner, const struct pp_job *base, const struct pp_runner_events *events,
                  struct pp_error *error) {
    for (size_t round = 0; round < rounds(runner->config); round++) {
        int status = run_round(runner, round, base, events, error);
        if (status != 0)
            return status;
    }
    return 0;
}
