#include "app/app.h"
#include "app/live.h"
#include "app/outputs.h"
#include "app/remarks.h"
#include "app/runs.h"
#include "app/say.h"
#include "app/traced.h"
#include "app/tty.h"

#include "analysis/analysis.h"
#include "analysis/summary.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/stop.h"
#include "config/load.h"
#include "exec/inputs.h"
#include "exec/mpi.h"
#include "exec/start.h"
#include "machine/machine.h"
#include "report/text.h"
#include "runner/runner.h"
#include "runner/scratch.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One config's run: everything that has to be given back at its end. */
struct run {
    const struct pp_options *options;
    const struct pp_config *config;
    struct pp_runs *runs;
    struct pp_overview_row *row; /* of this one */
    char *config_text;
    char tmp_dir[PATH_MAX];
    struct pp_runner runner;
    struct pp_tracing tracing;
    struct pp_store store;
    struct pp_starter starter;
    struct pp_ranks *ranks; /* owned; NULL: no case needs any */
    struct pp_job job;
    struct pp_remarks remarks;
    char perf_remark[160];
    const char *warnings[PP_REMARKS_MAX + 1];
    json_t *config_json;   /* as resolved, for the result */
    struct pp_arena arena; /* what the analysis makes */
    double save_s;         /* how long saving took the last time */
    uint64_t saved_ns;     /* when that was */
    bool save_failed;
    struct pp_live live;
};

/* ---- while it runs ---- */

/* Saving writes all that is there: it takes a tenth of the time at most, so that many short passes are not slowed down
 * by what they add up to. The last of them are saved in any case, however the run ends. */
static bool is_time_to_save(const struct run *run) {
    return pp_seconds(pp_clock_ns() - run->saved_ns) > 10.0 * run->save_s;
}

static int save(struct run *run, int (*analyse)(struct run *run)) {
    struct pp_error error = {0};
    uint64_t start_ns = pp_clock_ns();
    pp_arena_release(&run->arena);
    int status = analyse(run);
    if (status != 0)
        pp_error_set(&error, status, "no memory for the summaries");
    else
        status = pp_store_save(&run->store, &run->runner.result, &error);
    run->save_failed = status != 0;
    if (run->save_failed) {
        pp_live_erase(&run->live);
        pp_print_config_error(run->config, &error);
    }
    run->saved_ns = pp_clock_ns();
    run->save_s = pp_seconds(run->saved_ns - start_ns);
    return status;
}

static int summarise(struct run *run) { return pp_analysis_summarise(&run->runner.result, &run->arena); }

static int analyse(struct run *run) {
    struct pp_result *result = &run->runner.result;
    const char *missing = run->runner.watch.perf.reason;
    if (missing[0] && result->warning_count == run->remarks.count) {
        snprintf(run->perf_remark, sizeof run->perf_remark, "instructions, cycles and cache misses: %s", missing);
        run->warnings[result->warning_count++] = run->perf_remark;
    }
    return pp_analysis_run(&run->runner.result, (uint64_t)run->config->seed, &run->arena);
}

static void on_begin(void *owner, const struct pp_case *plan, size_t position) {
    pp_live_begin(&((struct run *)owner)->live, plan, position);
}

static int on_pass(void *owner, const struct pp_case *plan, const struct pp_pass *pass, const struct pp_sample *sample,
                   size_t done, size_t all) {
    struct run *run = owner;
    pp_live_pass(&run->live, plan, pass, sample, done, all);
    return is_time_to_save(run) ? save(run, summarise) : 0;
}

/* ---- before and after ---- */

static void print_files(const struct run *run, bool complete) {
    char path[PATH_MAX];
    for (size_t i = 0; i < run->store.count && run->store.saved; i++) {
        pp_store_path(&run->store, i, complete, path, sizeof path);
        printf("%s%s%s\n", i == 0 ? "\n" : "", path, complete ? "" : " (partial)");
    }
}

/* Saving may need memory or a lock that a crashed thread has broken or holds: then the program ends after so long,
 * with what was saved before. */
enum { ABANDON_PATIENCE_S = 10 };

static void end_in_any_case(void) {
    sigset_t alarm_set;
    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    signal(SIGALRM, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &alarm_set, NULL);
    alarm(ABANDON_PATIENCE_S);
}

/* In the watchdog's thread, while the main one is stuck in a pass, or gone. */
static void on_abandon(void *owner, int exit_status, const char *why) {
    struct run *run = owner;
    struct pp_error error = {0};
    char line[2 * PATH_MAX];
    end_in_any_case();
    pp_live_erase(&run->live);
    snprintf(line, sizeof line, "error: %s: %s", run->config->path, why);
    pp_text_wrap(stderr, line, 2, PP_STYLE_NONE, &run->live.terminal); /* asking for another may need memory */
    if (run->store.saved && !run->save_failed)
        save(run, summarise);
    if (pp_store_finish(&run->store, false, &error) != 0)
        pp_print_config_error(run->config, &error);
    print_files(run, false);
    pp_runs_print(run->runs);
    fflush(stdout);
    pp_scratch_remove(run->tmp_dir);
    pp_worker_exit(exit_status);
}

static int exit_status_of(const struct pp_result *result, int status) {
    if (status == -EINTR && pp_stop_signal)
        return 128 + pp_stop_signal;
    if (status != 0)
        return PP_EXIT_FAILED;
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].failed > 0 || result->cases[i].workers_lost > 0)
            return PP_EXIT_FAILED;
    return PP_EXIT_DONE;
}

static int finish(struct run *run, int status) {
    struct pp_result *result = &run->runner.result;
    struct pp_error error = {0};
    bool complete = result->complete && status == 0;
    result->complete = complete;
    if (run->store.saved && !run->save_failed && save(run, analyse) != 0) {
        complete = false;
        status = -EIO;
    }
    if (pp_store_finish(&run->store, complete, &error) != 0) {
        pp_print_config_error(run->config, &error);
        complete = false;
        status = error.code;
    }
    result->complete = complete;
    if (!run->options->quiet)
        pp_traced_say_missing(run->runner.tracing, stderr);
    run->runs->printed |= run->store.saved;
    if (run->store.saved && run->runs->tables) {
        const struct pp_terminal terminal = pp_tty_at(fileno(run->runs->tables));
        pp_console_write(result, &terminal, run->runs->tables);
        print_files(run, complete);
    }
    if (complete)
        pp_overview_note(run->row, result);
    else
        run->row->end = status == -EINTR ? PP_OVERVIEW_STOPPED : PP_OVERVIEW_FAILED;
    return exit_status_of(result, status);
}

static int run_to_end(struct run *run, struct pp_error *error) {
    const struct pp_runner_events events = {.owner = run, .begin = on_begin, .pass = on_pass};
    int status = pp_outputs_open(run->options, run->config, !run->runs->printed, &run->store, error);
    if (status != 0) {
        pp_print_config_error(run->config, error);
        return PP_EXIT_WRONG;
    }
    status = pp_runner_run(&run->runner, &run->job, &events, error);
    pp_live_erase(&run->live);
    if (status != 0 && error->code != 0)
        pp_print_config_error(run->config, error);
    if (status == -EINTR)
        pp_say(stderr, "stopped by signal %d%s", pp_stop_signal,
               run->store.saved ? "" : " before the first pass was over: there is nothing to save");
    return finish(run, status);
}

/* Inputs after the fork server, which must not hold them; files only when all else is there. */
static int run_with_inputs(struct run *run, struct pp_error *error) {
    const struct pp_config *config = run->config;
    const struct pp_runner *runner = &run->runner;
    unsigned methods = pp_plan_start_methods(runner->cases, runner->result.case_count);
    int status = pp_starter_open(&run->starter, methods, &run->job, config->path, run->config_text, error);
    if (status != 0)
        goto print;
    void *shared;
    status = run->ranks ? pp_ranks_prepare(run->ranks, &run->job, &shared, error)
                        : pp_inputs_open(config->task, config->args, &run->job.env, &shared, error);
    if (status != 0)
        goto close_starter;
    run->job.shared = shared;
    int exit_status = run_to_end(run, error);
    pp_inputs_close(config->task, shared);
    pp_starter_close(&run->starter);
    return exit_status;
close_starter:
    pp_starter_close(&run->starter);
print:
    pp_print_config_error(config, error);
    return PP_EXIT_FAILED;
}

/* The other ranks are told of a config that needs them; and the result, where they run. */
static int run_with_ranks(struct run *run, struct pp_error *error) {
    struct pp_result *result = &run->runner.result;
    unsigned workers = 0;
    for (size_t i = 0; i < result->case_count; i++)
        if (strcmp(result->cases[i].executor, pp_executor_mpi.name) == 0 && result->cases[i].workers > workers)
            workers = result->cases[i].workers;
    int status =
        workers == 0 ? 0 : pp_ranks_open(&run->ranks, run->config->path, run->config_text, run->tmp_dir, error);
    if (status != 0) {
        pp_print_config_error(run->config, error);
        return PP_EXIT_FAILED;
    }
    run->job.ranks = run->ranks;
    for (size_t i = 0; i < result->case_count; i++)
        if (strcmp(result->cases[i].executor, pp_executor_mpi.name) == 0)
            result->cases[i].host_count = pp_ranks_hosts(run->ranks, result->cases[i].workers, &result->cases[i].hosts);
    return run_with_inputs(run, error);
}

static int run_in_folder(struct run *run, struct pp_error *error) {
    const struct pp_config *config = run->config;
    int status = pp_scratch_make(config->tmp_dir, run->tmp_dir, sizeof run->tmp_dir, error);
    if (status != 0) {
        pp_print_config_error(config, error);
        return PP_EXIT_WRONG;
    }
    run->job = (struct pp_job){.task = config->task,
                               .args = config->args,
                               .env = {.config_dir = config->dir,
                                       .tmp_dir = run->tmp_dir,
                                       .library_threads = run->runner.cases[0].library_threads},
                               .resolution_ns = pp_clock_resolution_ns(),
                               .cpu_cost_ns = pp_clock_thread_cpu_cost_ns(),
                               .start = &run->starter,
                               .abandon = on_abandon,
                               .owner = run};
    int exit_status = run_with_ranks(run, error);
    pp_scratch_remove(run->tmp_dir);
    pp_ranks_close(run->ranks, exit_status);
    return exit_status;
}

static void say_estimate(const struct run *run) {
    const struct pp_result *result = &run->runner.result;
    double estimate_s =
        pp_plan_estimate_s(run->config, run->runner.cases, result->case_count, result->machine.cpus.usable);
    pp_say(stderr, "about %s s for the first %d rounds (a rough estimate), at most %s s and a round%s",
           pp_figure_of(estimate_s, 2).text, PP_PLAN_ROUNDS_MIN, pp_figure_of(run->config->max_time_s, 6).text,
           run->config->warmup > 0 ? " after the warm-up" : " in all");
}

/* What is known before anything runs: said now, and kept for the result. */
static void remark(struct run *run) {
    struct pp_result *result = &run->runner.result;
    pp_plan_remarks(run->config, run->runner.cases, result->case_count, &result->machine, &run->remarks);
    pp_traced_remark(run->runner.tracing, &run->remarks);
    for (size_t i = 0; i < run->remarks.count; i++)
        run->warnings[i] = run->remarks.items[i];
    result->warnings = run->warnings;
    result->warning_count = run->remarks.count;
    if (run->options->quiet)
        return;
    pp_remarks_print(&run->remarks, stderr);
    if (run->config->precision > 0.0 && run->config->task->estimate)
        say_estimate(run);
}

static int run_config(const struct pp_options *options, const struct pp_config *config, struct pp_runs *runs,
                      size_t index) {
    struct run run = {.options = options, .config = config, .runs = runs, .row = &runs->rows[index]};
    run.row->end = PP_OVERVIEW_FAILED; /* until it is seen to end otherwise */
    run.config_text = pp_config_dump(config);
    struct pp_error error = {0};
    struct pp_machine machine;
    pp_read_machine_for(config, &machine);
    int status =
        run.config_text ? 0 : pp_error_set(&error, -ENOMEM, "there is not enough memory to pass the config on");
    run.config_json = run.config_text ? json_loads(run.config_text, 0, NULL) : NULL;
    if (status == 0 && !run.config_json)
        status = pp_error_set(&error, -ENOMEM, "there is not enough memory to keep the config");
    if (status == 0)
        status = pp_runner_open(&run.runner, config, &machine, &error);
    if (status == 0 && (status = pp_traced_open(options, &run.runner, &run.tracing, &error)) != 0)
        pp_runner_close(&run.runner);
    if (status != 0) {
        pp_print_config_error(config, &error);
        json_decref(run.config_json);
        free(run.config_text);
        return PP_EXIT_WRONG;
    }
    run.runner.result.config = run.config_json;
    remark(&run);
    pp_live_open(&run.live, &run.runner, options->quiet, index + 1, runs->count);
    int exit_status = run_in_folder(&run, &error);
    pp_live_close(&run.live);
    pp_runner_close(&run.runner);
    pp_tracing_close(&run.tracing);
    pp_arena_release(&run.arena);
    json_decref(run.config_json);
    free(run.config_text);
    return exit_status;
}

/* ---- all of them ---- */

static int run_each(const struct pp_options *options, struct pp_config *const *configs, struct pp_runs *runs) {
    int status = PP_EXIT_DONE;
    for (size_t i = 0; i < runs->count && !pp_stop_poll() && !pp_outputs_lost(options); i++) {
        if (i > 0 && runs->tables)
            fputc('\n', runs->tables);
        int this_status = run_config(options, configs[i], runs, i);
        status = this_status > status ? this_status : status;
        fflush(stdout);
    }
    return status;
}

static int run_all(const struct pp_options *options, struct pp_config *const *configs, size_t count) {
    struct pp_runs runs;
    int status = pp_runs_open(&runs, options, configs, count) == 0 ? run_each(options, configs, &runs) : PP_EXIT_FAILED;
    pp_runs_print(&runs);
    pp_runs_close(&runs);
    return status;
}

int pp_command_run(const struct pp_options *options) {
    struct pp_config **configs;
    if (pp_outputs_check_formats(options) != 0)
        return PP_EXIT_WRONG;
    long count = pp_load_configs(options, &configs);
    if (count < 0)
        return PP_EXIT_WRONG;
    pp_stop_install();
    int status = PP_EXIT_DONE;
    for (long i = 0; i < count; i++)
        if (pp_check_config(configs[i]) != 0 || pp_traced_check(options, configs[i]) != 0)
            status = PP_EXIT_WRONG;
    if (status == PP_EXIT_DONE)
        status = pp_outputs_check(options, (const struct pp_config *const *)configs, count);
    if (status == PP_EXIT_DONE)
        status = run_all(options, configs, (size_t)count);
    if (status == PP_EXIT_DONE && pp_stop_signal) {
        pp_say(stderr, "stopped by signal %d before anything was run", pp_stop_signal);
        status = 128 + pp_stop_signal;
    }
    pp_free_configs(configs, count);
    return status;
}
