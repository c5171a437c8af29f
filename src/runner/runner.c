#include "runner/runner.h"

#include "base/clock.h"
#include "base/stop.h"
#include "base/unforked.h"
#include "exec/data.h"
#include "exec/mark.h"
#include "machine/disturbance.h"
#include "plan/order.h"
#include "result/shapes.h"
#include "runner/pass.h"
#include "runner/pin.h"
#include "runner/rounds.h"
#include "runner/tracing.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static bool lean(const struct pp_runner *runner) { return runner->config->measure == PP_MEASURE_TIMES; }

/* ---- opening ---- */

static int refuse(const struct pp_case *plan, const char *key, struct pp_error *error) {
    pp_plan_place(plan, key, error->where, sizeof error->where);
    return error->code;
}

static int admit_case(const struct pp_runner *runner, const struct pp_case *plan, struct pp_error *error) {
    const struct pp_executor *executor = pp_executor_find(plan->executor);
    if (!executor || executor->unavailable) {
        pp_error_set(error, -ENOTSUP, "\"%s\" cannot be used: %s", plan->executor,
                     executor ? executor->unavailable : "this program has no such executor");
        return refuse(plan, "executor", error);
    }
    if (executor->supports(runner->config->task, plan, error) != 0) {
        char key[sizeof error->where];
        snprintf(key, sizeof key, "%s", error->where);
        return refuse(plan, key, error);
    }
    if (pp_pin_admit(&runner->result.machine.topology, plan, error) != 0)
        return refuse(plan, "pin", error);
    int status = executor->admit(plan->workers, error);
    if (status == 0 && executor->admit_programs && runner->config->task->caps & PP_TASK_CHILDREN)
        status = executor->admit_programs(plan->workers, error);
    return status == 0 && executor->admit_data ? executor->admit_data(plan, error) : status;
}

static int admit(const struct pp_runner *runner, struct pp_error *error) {
    int status = 0;
    for (size_t i = 0; i < runner->result.case_count && status == 0; i++)
        status = admit_case(runner, &runner->cases[i], error);
    return status;
}

/* Threads that a task's library keeps busy inside one task. */
static unsigned inner_threads(const struct pp_runner *runner, const struct pp_case *plan) {
    const struct pp_task *task = runner->config->task;
    if (!task->library_threads)
        return 0;
    if (plan->library_threads > 0)
        return plan->library_threads;
    unsigned own = task->library_threads(runner->config->args);
    return own ? own : runner->result.machine.cpus.affinity;
}

static struct pp_placement placement_of(const struct pp_runner *runner, const struct pp_case *plan) {
    return pp_pin_placement(&runner->result.machine.topology, plan, inner_threads(runner, plan));
}

static void describe_case(const struct pp_runner *runner, size_t index) {
    const struct pp_case *plan = &runner->cases[index];
    const struct pp_placement placement = placement_of(runner, plan);
    runner->result.cases[index] = (struct pp_case_result){.name = plan->name,
                                                          .executor = plan->executor,
                                                          .workers = plan->workers,
                                                          .chunk_size = plan->chunk_size,
                                                          .library_threads = plan->library_threads,
                                                          .inner_threads = inner_threads(runner, plan),
                                                          .start_method = plan->start_method,
                                                          .transfer = plan->transfer,
                                                          .pin = plan->pin,
                                                          .cpu_count = pp_pin_used(&placement, plan->workers),
                                                          .cpus = placement.cpus,
                                                          .task_count = (uint64_t)runner->config->task_count,
                                                          .histogram = runner->series[index].times};
}

static void describe(struct pp_runner *runner) {
    const struct pp_config *config = runner->config;
    struct pp_result *result = &runner->result;
    result->schema = PP_RESULT_SCHEMA;
    result->version = PP_VERSION;
    result->label = config->label;
    result->task = config->task->name;
    result->summary = config->task->summary;
    result->task_count = (uint64_t)config->task_count;
    result->rounds = pp_plan_rounds(config);
    result->precision = config->precision;
    result->varies = config->task->caps & PP_TASK_PER_ITERATION;
    result->waits = config->task->caps & PP_TASK_WAITS;
    result->outside = config->task->caps & PP_TASK_CHILDREN;
    result->lean = lean(runner);
    result->rule_of_thumb = result->noise_floor = NAN; /* until all is over */
    result->verdict = (struct pp_verdict){
        .interval = PP_INTERVAL_UNKNOWN, .limiter = PP_LIMITER_UNKNOWN, .text = "no verdict: the run is not over"};
    time_t now = time(NULL);
    struct tm local;
    strftime(result->started, sizeof result->started, "%Y-%m-%dT%H:%M:%S%z", localtime_r(&now, &local));
    pp_plan_details(config, result->details, sizeof result->details);
    for (size_t i = 0; i < result->case_count; i++)
        describe_case(runner, i);
}

static int allocate(struct pp_runner *runner) {
    size_t cases = pp_plan_room(runner->config);
    runner->cases = calloc(cases, sizeof *runner->cases);
    runner->series = calloc(cases, sizeof *runner->series);
    runner->order = calloc(cases, sizeof *runner->order);
    runner->result.cases = calloc(cases, sizeof *runner->result.cases);
    runner->times = pp_unforked_alloc(sizeof *runner->times);
    if (!runner->cases || !runner->series || !runner->order || !runner->result.cases || !runner->times)
        return -ENOMEM;
    runner->result.case_count = cases = pp_plan_cases(runner->config, runner->cases);
    for (size_t i = 0; i < cases; i++)
        if (pp_series_open(&runner->series[i], lean(runner)) != 0)
            return -ENOMEM;
    return 0;
}

int pp_runner_open(struct pp_runner *runner, const struct pp_config *config, const struct pp_machine *machine,
                   struct pp_error *error) {
    *runner = (struct pp_runner){.config = config, .result.machine = *machine};
    int status = allocate(runner);
    if (status == 0)
        status = pp_watch_open(&runner->watch, machine->cpus.usable);
    if (status != 0) {
        pp_error_at(error, status, "/workers", "no memory for the results of %zu cases", pp_plan_room(config));
    } else {
        describe(runner);
        status = admit(runner, error);
    }
    if (status != 0)
        pp_runner_close(runner);
    return status;
}

void pp_runner_close(struct pp_runner *runner) {
    for (size_t i = 0; i < runner->result.case_count; i++)
        pp_series_close(&runner->series[i]);
    free(runner->cases);
    free(runner->series);
    free(runner->order);
    free(runner->result.cases);
    pp_unforked_free(runner->times, sizeof *runner->times);
    free(runner->scratch);
    pp_watch_close(&runner->watch);
    *runner = (struct pp_runner){0};
}

/* ---- is it the same work? ---- */

static void sum_checks(struct pp_runner *runner, uint64_t check) {
    runner->check_sum += check;
    snprintf(runner->result.check, sizeof runner->result.check, "%016llx", (unsigned long long)runner->check_sum);
}

/* Every round does the same work for each case; and every round the same as the others, unless the task says that its
 * work differs from iteration to iteration. */
static int check_equal_work(struct pp_runner *runner, const struct pp_case *plan, const struct pp_sample *sample,
                            struct pp_error *error) {
    if (sample->failed > 0)
        return 0;
    if (!runner->checked) {
        runner->check = sample->check;
        runner->checked = true;
        sum_checks(runner, sample->check);
        return 0;
    }
    if (sample->check == runner->check)
        return 0;
    return pp_error_set(
        error, -EBADMSG,
        "%s, pass %zu: the check value of all tasks is %016llx, but it was %016llx before: not the same "
        "work was done; the results cannot be compared",
        plan->name, runner->round + 1, (unsigned long long)sample->check, (unsigned long long)runner->check);
}

static int judge(struct pp_runner *runner, const struct pp_case *plan, const struct pp_sample *sample,
                 struct pp_error *error) {
    if (sample->done == 0)
        return pp_error_set(error, sample->why.code ? sample->why.code : -EIO, "%s: every task failed; %s", plan->name,
                            sample->why.text);
    return check_equal_work(runner, plan, sample, error);
}

/* ---- a pass ---- */

static struct pp_job job_for(const struct pp_runner *runner, const struct pp_case *plan, const struct pp_job *base) {
    const struct pp_config *config = runner->config;
    struct pp_job job = *base;
    job.seed = (uint64_t)config->seed;
    if (config->task->caps & PP_TASK_PER_ITERATION)
        job.seed = pp_mix2(job.seed, pp_rounds_counted(runner));
    job.count = (uint64_t)config->task_count;
    job.workers = plan->workers;
    job.chunk_size = plan->chunk_size;
    job.start_method = plan->start_method;
    job.transfer = plan->transfer;
    job.env.library_threads = plan->library_threads;
    job.timeout_ns = pp_clock_from_seconds(config->task_timeout_s);
    job.lean = lean(runner);
    job.times = lean(runner) ? NULL : runner->times;
    return job;
}

static int keep(struct pp_runner *runner, size_t index, const struct pp_sample *sample, const struct pp_pass *pass,
                bool again) {
    struct pp_case_result *result = &runner->result.cases[index];
    struct pp_series *series = &runner->series[index];
    result->failed += sample->failed;
    result->wrong += sample->wrong;
    pp_reasons_merge(&result->reasons, &sample->reasons);
    result->lost += sample->lost;
    result->workers_lost += sample->workers_lost;
    if (!pp_rounds_count(runner) || !sample->complete)
        return 0;
    result->timed_together |= sample->too_short;
    int status = pp_series_add(series, pass, runner->times, again);
    result->passes = series->passes;
    result->pass_count = series->count;
    return status;
}

/* Of the time that rounds have: on a busy machine repeated passes would leave none for the rounds that an interval
 * needs. */
static const double repeating_share = 0.5;

/* Only what may be gone the next time is worth another try; failures and losses are not made good by it. */
static bool worth_repeating(const struct pp_runner *runner, const struct pp_pass *pass, int64_t attempt) {
    return pp_rounds_count(runner) && (pass->disturbed & PP_DISTURBED_TRANSIENT) && pass->failed == 0 &&
           pass->workers_lost == 0 && attempt < runner->config->repeat_disturbed &&
           !pp_rounds_time_is_up(runner, repeating_share) && !pp_stop_poll();
}

/* Runs the pass, and watches it. */
static int measure(struct pp_runner *runner, const struct pp_case *plan, const struct pp_job *base,
                   struct pp_sample *sample, struct pp_pass *pass, struct pp_error *error) {
    struct pp_job job = job_for(runner, plan, base);
    const struct pp_placement placement = placement_of(runner, plan);
    job.placement = placement.count ? &placement : NULL;
    pp_histogram_clear(runner->times);
    const size_t index = (size_t)(plan - runner->cases);
    struct pp_case_result *result = &runner->result.cases[index];
    job.recorder = pp_tracing_begin(runner->tracing, plan->workers);
    pp_watch_begin(&runner->watch, &job, result);
    int status = pp_executor_find(plan->executor)->run(&job, sample, error);
    pp_watch_end(&runner->watch, &job, sample, pass);
    if (job.task->caps & PP_TASK_CHILDREN)
        pp_marked_end(); /* what tasks have left behind is none of the next pass's; when no clock runs any more */
    if (job.recorder)
        pp_tracing_end(
            runner->tracing,
            &(struct pp_trace_pass){.case_index = index,
                                    .number = 1 + (pp_rounds_count(runner) ? pp_rounds_counted(runner) : runner->round),
                                    .warmup = !pp_rounds_count(runner),
                                    .complete = sample->complete,
                                    .total_ns = sample->total_ns});
    result->piped_bytes = pp_data_piped(&job);
    if (runner->times->count > 0)
        pp_histogram_add_exact(runner->times, sample->task_ns, sample->shortest_ns, sample->longest_ns);
    return status;
}

/* One attempt at a pass. Returns 0, 1 when it is to be repeated, or -errno. */
static int run_once(struct pp_runner *runner, size_t position, int64_t attempt, const struct pp_job *base,
                    const struct pp_runner_events *events, struct pp_error *error) {
    size_t index = runner->order[position];
    const struct pp_case *plan = &runner->cases[index];
    struct pp_sample sample;
    struct pp_pass pass;
    if (events->begin)
        events->begin(events->owner, plan, position);
    int status = measure(runner, plan, base, &sample, &pass, error);
    pass.round = pp_rounds_counted(runner);
    pass.position = position;
    int kept = keep(runner, index, &sample, &pass, attempt > 0);
    if (status != 0 || kept != 0)
        return status ? status : pp_error_set(error, kept, "%s: no memory for another pass", plan->name);
    status = judge(runner, plan, &sample, error);
    /* It counts until it has been repeated, should that not come about. */
    pass.repeated = status == 0 && worth_repeating(runner, &pass, attempt);
    runner->done += !pass.repeated;
    size_t all = pp_plan_rounds(runner->config) ? pp_plan_passes(runner->config, runner->result.case_count) : 0;
    int told = events->pass(events->owner, plan, &pass, &sample, runner->done, all);
    if (status != 0 || told != 0)
        return status ? status : told;
    return pass.repeated;
}

static int run_case(struct pp_runner *runner, size_t position, const struct pp_job *base,
                    const struct pp_runner_events *events, struct pp_error *error) {
    int status = 1;
    for (int64_t attempt = 0; status > 0; attempt++)
        status = run_once(runner, position, attempt, base, events, error);
    return status;
}

/* ---- rounds ---- */

static int run_round(struct pp_runner *runner, const struct pp_job *base, const struct pp_runner_events *events,
                     struct pp_error *error) {
    pp_plan_order((uint64_t)runner->config->seed, runner->round, runner->result.case_count, runner->order);
    if (runner->config->task->caps & PP_TASK_PER_ITERATION)
        runner->checked = false;
    for (size_t position = 0; position < runner->result.case_count; position++) {
        int status = run_case(runner, position, base, events, error);
        if (status != 0)
            return status;
        bool last = pp_rounds_count(runner) && position + 1 == runner->result.case_count &&
                    pp_rounds_counted(runner) + 1 == runner->result.rounds;
        if (!last) /* nothing comes after it that a wait would be for */
            pp_clock_wait(runner->config->wait_after_runner_s);
        if (pp_stop_poll() && !last)
            return -EINTR;
    }
    return 0;
}

int pp_runner_run(struct pp_runner *runner, const struct pp_job *base, const struct pp_runner_events *events,
                  struct pp_error *error) {
    extern int malloc_trim(size_t) __attribute__((weak)); /* glibc's: musl has none, and keeps less */
    while (!pp_rounds_enough(runner)) {
        if (runner->round > 0) {
            if (runner->config->gc_after_iteration && malloc_trim)
                malloc_trim(0);
            pp_clock_wait(runner->config->wait_after_iteration_s);
        }
        if (pp_stop_poll())
            return -EINTR;
        if (runner->round == (size_t)runner->config->warmup)
            runner->counting_ns = pp_clock_ns();
        int status = run_round(runner, base, events, error);
        if (status != 0)
            return status;
        runner->round++;
    }
    runner->result.complete = true;
    return 0;
}
