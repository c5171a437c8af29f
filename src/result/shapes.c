#include "result/shapes.h"

#include "machine/disturbance.h"
#include "result/result.h"
#include "schema/config.h"
#include "schema/json_build.h"

#include <stddef.h>

/* A row: its type, and where the member is. */
#define AT(kind, owner, member)      .type = PP_SHAPE_##kind, .offset = offsetof(struct owner, member)
#define CHARS(owner, member)         AT(CHARS, owner, member), .size = sizeof(((struct owner *)0)->member)
#define WORD(owner, member, list)    AT(WORD, owner, member), .words = (list)
#define WORDS(owner, member, list)   AT(WORDS, owner, member), .words = (list)
#define OBJECT(owner, member, shape) AT(OBJECT, owner, member), .of = (shape)
#define LIST(owner, member, count, shape)                                                                              \
    AT(LIST, owner, member), .count_offset = offsetof(struct owner, count),                                            \
                             .size = sizeof(*((struct owner *)0)->member), .of = (shape)
#define ARRAY(owner, member, count, shape)                                                                             \
    AT(ARRAY, owner, member),                                                                                          \
        .count_offset = offsetof(struct owner, count), .size = sizeof(((struct owner *)0)->member[0]),                 \
        .max = sizeof(((struct owner *)0)->member) / sizeof(((struct owner *)0)->member[0]), .of = (shape)
#define END                                                                                                            \
    { .name = NULL }
/* ---- the machine ---- */

static const struct pp_shape kind_shape[] = {
    {.name = "name", .help = "what the cores of this kind are for", CHARS(pp_cpu_kind, name)},
    {.name = "logical", .help = "CPUs of this kind", AT(UNSIGNED, pp_cpu_kind, logical)},
    {.name = "cores", .help = "cores of this kind; 0: not known", AT(UNSIGNED, pp_cpu_kind, cores)},
    {.name = "max_hz", .unit = "Hz", .help = "greatest clock frequency; 0: not known", AT(COUNT, pp_cpu_kind, max_hz)},
    END};

static const struct pp_shape cache_shape[] = {
    {.name = "level", .help = "1 is the closest to the core", AT(UNSIGNED, pp_cache, level)},
    {.name = "type", .help = "data or unified", CHARS(pp_cache, type)},
    {.name = "count", .help = "how many there are", AT(UNSIGNED, pp_cache, count)},
    {.name = "shared", .help = "logical CPUs that share one", AT(UNSIGNED, pp_cache, shared)},
    {.name = "bytes", .unit = "bytes", .help = "size of one", AT(COUNT, pp_cache, bytes)},
    END};

static const struct pp_shape cpus_shape[] = {
    {.name = "logical", .help = "CPUs of the machine that are running", AT(UNSIGNED, pp_machine, cpus.logical)},
    {.name = "physical", .help = "cores; 0: not known", AT(UNSIGNED, pp_machine, topology.cores)},
    {.name = "affinity", .help = "CPUs that the process may run on", AT(UNSIGNED, pp_machine, cpus.affinity)},
    {.name = "quota",
     .help = "CPU seconds per second that its control groups allow; 0: no limit",
     AT(NUMBER, pp_machine, cpus.quota)},
    {.name = "usable", .help = "the smaller of affinity and quota", AT(NUMBER, pp_machine, cpus.usable)},
    {.name = "usable_cores",
     .help = "cores of which a CPU is in the affinity mask",
     AT(UNSIGNED, pp_machine, topology.usable_cores)},
    {.name = "packages", .help = "sockets", AT(UNSIGNED, pp_machine, topology.packages)},
    {.name = "numa_nodes", .help = "memory nodes", AT(UNSIGNED, pp_machine, topology.numa_nodes)},
    {.name = "smt", .help = "hardware threads of a core", AT(UNSIGNED, pp_machine, topology.smt)},
    {.name = "model", .help = "as the processor names itself", CHARS(pp_machine, system.cpu_model)},
    {.name = "kinds",
     .help = "kinds of core, the fastest first; none: all are alike, or nothing is known",
     ARRAY(pp_machine, topology.kinds, topology.kind_count, kind_shape)},
    {.name = "caches",
     .help = "data and unified caches",
     ARRAY(pp_machine, topology.caches, topology.cache_count, cache_shape)},
    {.name = "topology_missing", .help = "why cores and caches are not known", CHARS(pp_machine, topology.missing)},
    END};

static const struct pp_shape memory_shape[] = {
    {.name = "total", .unit = "bytes", .help = "of the machine; 0: not known", AT(COUNT, pp_memory, total)},
    {.name = "available",
     .unit = "bytes",
     .help = "what could be had without swapping, before the run",
     AT(COUNT, pp_memory, available)},
    {.name = "limit", .unit = "bytes", .help = "of the control groups; 0: none", AT(COUNT, pp_memory, limit)},
    {.name = "usable", .unit = "bytes", .help = "the smaller of total and limit", AT(COUNT, pp_memory, usable)},
    {.name = "swap", .unit = "bytes", .help = "swap space", AT(COUNT, pp_memory, swap)},
    END};

static const struct pp_shape frequency_shape[] = {
    {.name = "governor", .help = "what decides on the clock frequency", CHARS(pp_system, governor)},
    {.name = "current",
     .unit = "Hz",
     .help = "of the first CPU that may be used, before the run; 0: not known",
     AT(COUNT, pp_system, frequency_hz)},
    {.name = "max", .unit = "Hz", .help = "its greatest; 0: not known", AT(COUNT, pp_system, frequency_max_hz)},
    END};

static const struct pp_shape library_shape[] = {
    {.name = "name", .help = "of the library", CHARS(pp_library_version, name)},
    {.name = "version", .help = "as it says it; empty: it is not installed", CHARS(pp_library_version, version)},
    END};

static const struct pp_shape machine_shape[] = {
    {.name = "cpus",
     .help = "processors, and how many of them may be used",
     .type = PP_SHAPE_OBJECT,
     .offset = 0,
     .of = cpus_shape},
    {.name = "memory", .help = "memory, and how much of it may be used", OBJECT(pp_machine, memory, memory_shape)},
    {.name = "frequency", .help = "clock frequency", OBJECT(pp_machine, system, frequency_shape)},
    {.name = "os", .help = "operating system", CHARS(pp_machine, system.os)},
    {.name = "kernel", .help = "release of the kernel", CHARS(pp_machine, system.kernel)},
    {.name = "hypervisor", .help = "what the machine is a guest of", CHARS(pp_machine, system.hypervisor)},
    {.name = "container", .help = "what the process is contained in", CHARS(pp_machine, system.container)},
    {.name = "libraries",
     .help = "versions of what is at work",
     ARRAY(pp_machine, libraries.items, libraries.count, library_shape)},
    END};

/* ---- cases ---- */

static const struct pp_shape breakdown_shape[] = {
    {.name = "cpu", .unit = "s", .help = "computing, inside tasks", AT(NUMBER, pp_breakdown, cpu)},
    {.name = "runnable", .unit = "s", .help = "ready to compute, without a CPU", AT(NUMBER, pp_breakdown, runnable)},
    {.name = "blocked", .unit = "s", .help = "inside tasks, waiting", AT(NUMBER, pp_breakdown, blocked)},
    {.name = "verify", .unit = "s", .help = "checking answers", AT(NUMBER, pp_breakdown, verify)},
    {.name = "transfer", .unit = "s", .help = "moving orders and results", AT(NUMBER, pp_breakdown, transfer)},
    {.name = "waiting", .unit = "s", .help = "for work", AT(NUMBER, pp_breakdown, waiting)},
    {.name = "tail", .unit = "s", .help = "idle at the end", AT(NUMBER, pp_breakdown, tail)},
    {.name = "other", .unit = "s", .help = "not accounted for", AT(NUMBER, pp_breakdown, other)},
    END};

static const struct pp_shape pass_shape[] = {
    {.name = "round", .help = "passes of one round are pairs", AT(COUNT, pp_pass, round)},
    {.name = "position", .help = "in the order of its round", AT(COUNT, pp_pass, position)},
    {.name = "init", .unit = "s", .help = "until every worker was ready", AT(NUMBER, pp_pass, init_s)},
    {.name = "work",
     .unit = "s",
     .help = "from the first task handed out to the last result",
     AT(NUMBER, pp_pass, work_s)},
    {.name = "task_avg", .unit = "s", .help = "mean time inside a task", AT(NUMBER, pp_pass, task_avg_s)},
    {.name = "total", .unit = "s", .help = "init, work and clean-up", AT(NUMBER, pp_pass, total_s)},
    {.name = "cpu_user",
     .unit = "s",
     .help = "CPU time of all processes in user space",
     AT(NUMBER, pp_pass, cpu_user_s)},
    {.name = "cpu_system",
     .unit = "s",
     .help = "CPU time of all processes in the kernel",
     AT(NUMBER, pp_pass, cpu_system_s)},
    {.name = "task_cpu", .unit = "s", .help = "mean CPU time inside a task", AT(NUMBER, pp_pass, task_cpu_s)},
    {.name = "switches_voluntary",
     .help = "context switches of those that waited",
     AT(COUNT, pp_pass, switches_voluntary)},
    {.name = "switches_involuntary",
     .help = "context switches of those that would have gone on",
     AT(COUNT, pp_pass, switches_involuntary)},
    {.name = "faults_minor", .help = "page faults without a disk", AT(COUNT, pp_pass, faults_minor)},
    {.name = "faults_major", .help = "page faults that needed a disk", AT(COUNT, pp_pass, faults_major)},
    {.name = "peak_pss",
     .unit = "bytes",
     .help = "memory of the workers (without any: of the main process) at its peak, shared pages once",
     AT(NUMBER, pp_pass, peak_pss)},
    {.name = "energy",
     .unit = "J",
     .help = "of the processor packages, whoever used it",
     AT(NUMBER, pp_pass, energy_j)},
    {.name = "instructions", .help = "in user space, while at work", AT(NUMBER, pp_pass, instructions)},
    {.name = "cycles", .help = "in user space, while at work", AT(NUMBER, pp_pass, cycles)},
    {.name = "cache_misses", .help = "in user space, while at work", AT(NUMBER, pp_pass, cache_misses)},
    {.name = "breakdown",
     .help = "where the workers' time went while at work",
     OBJECT(pp_pass, breakdown, breakdown_shape)},
    {.name = "loop_blocked",
     .help = "share of its work for which a task held the event loop while others were due; null: no event loop",
     AT(NUMBER, pp_pass, loop_blocked),
     .later = true},
    {.name = "disturbed", .help = "by what", WORDS(pp_pass, disturbed, pp_disturbance_words)},
    {.name = "repeated", .help = "because it was disturbed: not part of any summary", AT(BOOL, pp_pass, repeated)},
    {.name = "done", .help = "tasks run and verified", AT(COUNT, pp_pass, done)},
    {.name = "failed", .help = "tasks that failed", AT(COUNT, pp_pass, failed)},
    {.name = "wrong", .help = "those with a wrong answer", AT(COUNT, pp_pass, wrong)},
    {.name = "lost",
     .help = "times that a task was lost with its worker: while it ran, or what it had gathered",
     AT(COUNT, pp_pass, lost)},
    {.name = "workers_lost", .help = "workers that ended before they were told to", AT(COUNT, pp_pass, workers_lost)},
    END};

static const struct pp_shape stats_shape[] = {
    {.name = "mean", .unit = "s", .help = "of the counted passes", AT(NUMBER, pp_stats, mean)},
    {.name = "median", .unit = "s", .help = "of the counted passes", AT(NUMBER, pp_stats, median)},
    {.name = "stddev", .unit = "s", .help = "standard deviation; null: too few passes", AT(NUMBER, pp_stats, stddev)},
    {.name = "mad", .unit = "s", .help = "median absolute deviation", AT(NUMBER, pp_stats, mad)},
    {.name = "min", .unit = "s", .help = "smallest", AT(NUMBER, pp_stats, min)},
    {.name = "max", .unit = "s", .help = "largest", AT(NUMBER, pp_stats, max)},
    {.name = "ci95",
     .unit = "s",
     .help = "95 % interval of the median; null: fewer than 6 passes",
     AT(INTERVAL, pp_stats, ci95)},
    {.name = "outliers",
     .help = "passes far away from the median; they count all the same",
     AT(SIZE, pp_stats, outliers)},
    {.name = "unstable",
     .help = "the passes differ too much for their mean to mean much",
     AT(BOOL, pp_stats, unstable)},
    END};

static const struct pp_shape task_shape[] = {
    {.name = "count", .help = "tasks in the histogram", AT(COUNT, pp_task_times, count)},
    {.name = "mean", .unit = "s", .help = "mean time of a task", AT(NUMBER, pp_task_times, mean_s)},
    {.name = "p50", .unit = "s", .help = "half of the tasks were faster", AT(NUMBER, pp_task_times, p50_s)},
    {.name = "p90", .unit = "s", .help = "90 % were faster", AT(NUMBER, pp_task_times, p90_s)},
    {.name = "p99", .unit = "s", .help = "99 % were faster", AT(NUMBER, pp_task_times, p99_s)},
    {.name = "p999", .unit = "s", .help = "99.9 % were faster", AT(NUMBER, pp_task_times, p999_s)},
    {.name = "max", .unit = "s", .help = "the slowest", AT(NUMBER, pp_task_times, max_s)},
    END};

static const struct pp_shape speedup_shape[] = {
    {.name = "value",
     .help = "total of the base / this total, median over the rounds; null: nothing to compare with",
     AT(NUMBER, pp_speedup, value)},
    {.name = "ci95", .help = "its 95 % interval", AT(INTERVAL, pp_speedup, ci95)},
    {.name = "base",
     .help = "name of the case: the first sequential one or, without any, that of its series with the fewest workers",
     AT(TEXT, pp_speedup, base),
     .later = true},
    END};

static const struct pp_shape cost_shape[] = {
    {.name = "cpu", .unit = "s", .help = "CPU time of a pass", AT(NUMBER, pp_cost, cpu_s)},
    {.name = "cpu_user", .unit = "s", .help = "in user space", AT(NUMBER, pp_cost, cpu_user_s)},
    {.name = "cpu_system", .unit = "s", .help = "in the kernel", AT(NUMBER, pp_cost, cpu_system_s)},
    {.name = "tasks_per_cpu_second",
     .help = "tasks done for a second of CPU time",
     AT(NUMBER, pp_cost, tasks_per_cpu_s)},
    {.name = "switches_voluntary",
     .help = "context switches of those that waited",
     AT(NUMBER, pp_cost, switches_voluntary)},
    {.name = "switches_involuntary",
     .help = "context switches of those that would have gone on",
     AT(NUMBER, pp_cost, switches_involuntary)},
    {.name = "faults_minor", .help = "page faults without a disk", AT(NUMBER, pp_cost, faults_minor)},
    {.name = "faults_major", .help = "page faults that needed a disk", AT(NUMBER, pp_cost, faults_major)},
    {.name = "energy", .unit = "J", .help = "of the processor packages", AT(NUMBER, pp_cost, energy_j)},
    {.name = "instructions", .help = "in user space", AT(NUMBER, pp_cost, instructions)},
    {.name = "cycles", .help = "in user space", AT(NUMBER, pp_cost, cycles)},
    {.name = "cache_misses", .help = "in user space", AT(NUMBER, pp_cost, cache_misses)},
    END};

static const struct pp_shape case_memory_shape[] = {{.name = "peak_pss",
                                                     .unit = "bytes",
                                                     .help = "largest of the counted passes",
                                                     AT(NUMBER, pp_memory_cost, peak_pss)},
                                                    END};

static const struct pp_shape transfer_shape[] = {
    {.name = "input", .help = "how inputs reached a worker", WORD(pp_transfer, input, pp_input_names)},
    {.name = "result", .help = "what of an answer came back", WORD(pp_transfer, result, pp_result_names)},
    END};

static const struct pp_shape reason_shape[] = {
    {.name = "reason", .help = "in words; long ones are cut", CHARS(pp_reason, words)},
    {.name = "count",
     .help = "tasks that failed for it, warm-ups included; at least, where there are failures_unlisted",
     AT(COUNT, pp_reason, count)},
    {.name = "task", .help = "index of the first of them", AT(COUNT, pp_reason, task)},
    END};

static const struct pp_shape case_shape[] = {
    {.name = "name",
     .help = "sequential, or parallel_N, thread_N and so on, with what tells it from others",
     AT(TEXT, pp_case_result, name)},
    {.name = "executor", .help = "who did the tasks", AT(TEXT, pp_case_result, executor)},
    {.name = "workers", .help = "0: the main process itself", AT(UNSIGNED, pp_case_result, workers)},
    {.name = "chunk_size",
     .help = "tasks handed over at a time; 0: chosen by measurement",
     AT(COUNT, pp_case_result, chunk_size)},
    {.name = "library_threads",
     .help = "threads of the task's library; 0: its own default",
     AT(UNSIGNED, pp_case_result, library_threads)},
    {.name = "inner_threads",
     .help = "threads that the task's library uses inside one task because of that; 0: it has none",
     AT(UNSIGNED, pp_case_result, inner_threads),
     .later = true},
    {.name = "start_method",
     .help = "how worker processes started",
     WORD(pp_case_result, start_method, pp_start_method_names),
     .later = true},
    {.name = "transfer",
     .help = "what was moved beside orders and digests",
     OBJECT(pp_case_result, transfer, transfer_shape),
     .later = true},
    {.name = "piped_bytes",
     .help = "of each task's input and result, through pipes",
     AT(COUNT, pp_case_result, piped_bytes),
     .later = true},
    {.name = "pin", .help = "which CPUs workers ran on", WORD(pp_case_result, pin, pp_pin_names), .later = true},
    {.name = "cpus",
     .help = "numbers of the CPUs that workers were pinned to, in the order in which they got them",
     AT(SHORTS, pp_case_result, cpus),
     .count_offset = offsetof(struct pp_case_result, cpu_count),
     .later = true},
    {.name = "hosts",
     .help = "where its workers ran, each once; empty: on the machine that the result is of",
     AT(TEXTS, pp_case_result, hosts),
     .count_offset = offsetof(struct pp_case_result, host_count),
     .later = true},
    {.name = "task_count", .help = "tasks of a pass", AT(COUNT, pp_case_result, task_count)},
    {.name = "verified", .help = "every answer was looked at, and right", AT(BOOL, pp_case_result, verified)},
    {.name = "failed", .help = "tasks that failed, warm-ups included", AT(COUNT, pp_case_result, failed)},
    {.name = "failures",
     .help = "why they failed, in the order of each reason's first task",
     ARRAY(pp_case_result, reasons.items, reasons.used, reason_shape),
     .later = true},
    {.name = "failures_unlisted",
     .help = "those that are counted for none of these reasons",
     AT(COUNT, pp_case_result, reasons.others),
     .later = true},
    {.name = "wrong", .help = "those with a wrong answer", AT(COUNT, pp_case_result, wrong)},
    {.name = "lost",
     .help = "times that a task was lost with its worker: while it ran, or what it had gathered",
     AT(COUNT, pp_case_result, lost)},
    {.name = "workers_lost",
     .help = "workers that ended before they were told to",
     AT(COUNT, pp_case_result, workers_lost)},
    {.name = "counted", .help = "passes that the summaries are of", AT(SIZE, pp_case_result, counted)},
    {.name = "disturbed", .help = "of these, those that were disturbed", AT(SIZE, pp_case_result, disturbed)},
    {.name = "repeats", .help = "passes that were disturbed and run again", AT(SIZE, pp_case_result, repeats)},
    {.name = "passes",
     .help = "every pass but those to warm up, in the order of rounds",
     LIST(pp_case_result, passes, pass_count, pass_shape)},
    {.name = "total", .help = "init, work and clean-up", OBJECT(pp_case_result, total, stats_shape)},
    {.name = "init", .help = "until every worker was ready", OBJECT(pp_case_result, init, stats_shape)},
    {.name = "work",
     .help = "from the first task handed out to the last result",
     OBJECT(pp_case_result, work, stats_shape)},
    {.name = "task_avg", .help = "mean time inside a task", OBJECT(pp_case_result, task_avg, stats_shape)},
    {.name = "task", .help = "the time of one task, over all counted passes", OBJECT(pp_case_result, task, task_shape)},
    {.name = "timed_together",
     .help = "tasks were too short for the clock to be timed one by one: times of tasks are means of many",
     AT(BOOL, pp_case_result, timed_together),
     .later = true},
    {.name = "histogram",
     .unit = "ns",
     .help = "task times: [smallest of the bucket, tasks in it]",
     AT(PAIRS, pp_case_result, buckets),
     .count_offset = offsetof(struct pp_case_result, bucket_count)},
    {.name = "tasks_per_second", .help = "of total time, mean", AT(NUMBER, pp_case_result, tasks_per_second)},
    {.name = "speedup", .help = "against the case that it names", OBJECT(pp_case_result, speedup, speedup_shape)},
    {.name = "efficiency", .help = "speed-up for each of the base's workers", AT(NUMBER, pp_case_result, efficiency)},
    {.name = "cost", .help = "what a pass costs, medians", OBJECT(pp_case_result, cost, cost_shape)},
    {.name = "memory", .help = "what a pass needs", OBJECT(pp_case_result, memory, case_memory_shape)},
    {.name = "task_cpu",
     .unit = "s",
     .help = "CPU time of one task, median of the passes",
     AT(NUMBER, pp_case_result, task_cpu_s)},
    {.name = "breakdown",
     .help = "where the workers' time went while at work, mean of the passes",
     OBJECT(pp_case_result, breakdown, breakdown_shape)},
    {.name = "loop_blocked",
     .help =
         "share of the work for which tasks held the event loop while others were due, mean of the passes; null: no "
         "event loop",
     AT(NUMBER, pp_case_result, loop_blocked),
     .later = true},
    {.name = "limiter",
     .help = "what keeps so many workers from being that many times as fast",
     WORD(pp_case_result, limiter, pp_limiter_words)},
    END};

/* ---- what it means ---- */

static const struct pp_shape series_shape[] = {
    {.name = "name", .help = "executor, and what not all cases have in common", AT(TEXT, pp_case_series, name)},
    {.name = "cases",
     .help = "names of its cases, that of the sequential one included",
     AT(TEXTS, pp_case_series, cases),
     .count_offset = offsetof(struct pp_case_series, case_count)},
    {.name = "use",
     .help = "the case with the fewest workers that is nearly as fast as its fastest; null: none did all its work",
     AT(TEXT, pp_case_series, use)},
    {.name = "workers", .help = "of that case", AT(UNSIGNED, pp_case_series, workers)},
    {.name = "limiter", .help = "why more workers bring nothing", WORD(pp_case_series, limiter, pp_limiter_words)},
    {.name = "model_remark", .help = "what to mind about its models", CHARS(pp_case_series, model_remark)},
    END};

static const struct pp_shape model_shape[] = {
    {.name = "series", .help = "name of the series that it is of", AT(TEXT, pp_model, series), .later = true},
    {.name = "name", .help = "roof, amdahl or usl", AT(TEXT, pp_model, name)},
    {.name = "gamma", .unit = "tasks/s", .help = "throughput of one worker", AT(NUMBER, pp_model, gamma)},
    {.name = "sigma", .help = "contention; null: the model has none", AT(NUMBER, pp_model, sigma)},
    {.name = "kappa", .help = "coherency; null: the model has none", AT(NUMBER, pp_model, kappa)},
    {.name = "roof",
     .unit = "tasks/s",
     .help = "throughput that is not exceeded; null: the model has none",
     AT(NUMBER, pp_model, roof)},
    {.name = "gamma_error", .unit = "tasks/s", .help = "standard error", AT(NUMBER, pp_model, gamma_se)},
    {.name = "sigma_error", .help = "standard error", AT(NUMBER, pp_model, sigma_se)},
    {.name = "kappa_error", .help = "standard error", AT(NUMBER, pp_model, kappa_se)},
    {.name = "aicc",
     .help = "corrected Akaike information criterion: the smallest is the best; null: too few worker counts",
     AT(NUMBER, pp_model, aicc)},
    {.name = "residual_rms",
     .help = "root of the mean square of the relative residuals",
     AT(NUMBER, pp_model, residual_rms)},
    {.name = "peak_workers",
     .help = "where the curve is highest, which is no recommendation; null: nowhere",
     AT(NUMBER, pp_model, peak_workers)},
    {.name = "ceiling",
     .unit = "tasks/s",
     .help = "what it could reach; null: no bound",
     AT(NUMBER, pp_model, ceiling)},
    {.name = "chosen", .help = "the model that explains most with least", AT(BOOL, pp_model, chosen)},
    END};

static const struct pp_shape alternative_shape[] = {
    {.name = "kind",
     .help =
         "fastest, cheapest, fits in memory; or executor, chunk size and so on: the best with another value of that",
     AT(TEXT, pp_alternative, kind)},
    {.name = "value", .help = "that value; empty: none", CHARS(pp_alternative, value), .later = true},
    {.name = "workers", .help = "that many", AT(UNSIGNED, pp_alternative, workers)},
    {.name = "name", .help = "of the case; null: it was not measured", AT(TEXT, pp_alternative, name)},
    {.name = "extrapolated", .help = "it was not measured", AT(BOOL, pp_alternative, extrapolated)},
    {.name = "slower",
     .help = "its total time / that of the recommended case - 1, paired by rounds",
     AT(NUMBER, pp_alternative, slower),
     .later = true},
    {.name = "ci95",
     .help = "95 % interval of that; one that holds 0: they cannot be told apart",
     AT(INTERVAL, pp_alternative, ci95),
     .later = true},
    {.name = "reason", .help = "what it would bring", CHARS(pp_alternative, reason)},
    END};

static const struct pp_shape verdict_shape[] = {
    {.name = "known", .help = "false: the text says what is missing", AT(BOOL, pp_verdict, known)},
    {.name = "text", .help = "the answer in one line", CHARS(pp_verdict, text)},
    {.name = "workers", .help = "run so many", AT(UNSIGNED, pp_verdict, workers)},
    {.name = "interval",
     .help = "95 % interval of that number, within its series; null: too few passes",
     AT(INTERVAL, pp_verdict, interval)},
    {.name = "executor", .help = "of the case", AT(TEXT, pp_verdict, executor)},
    {.name = "name", .help = "of the case", AT(TEXT, pp_verdict, name)},
    {.name = "series", .help = "name of its series", AT(TEXT, pp_verdict, series), .later = true},
    {.name = "chunk_size", .help = "of the case", AT(COUNT, pp_verdict, chunk_size), .later = true},
    {.name = "library_threads",
     .help = "of the case; 0: the library's own default",
     AT(UNSIGNED, pp_verdict, library_threads),
     .later = true},
    {.name = "threads",
     .help = "that its tasks keep busy at once: workers, or 1 for an event loop, x threads of the library",
     AT(NUMBER, pp_verdict, threads),
     .later = true},
    {.name = "reason", .help = "figures behind it", CHARS(pp_verdict, reason)},
    {.name = "limiter", .help = "why more workers bring nothing", WORD(pp_verdict, limiter, pp_limiter_words)},
    {.name = "alternatives",
     .help = "what one might want instead",
     ARRAY(pp_verdict, alternatives, alternative_count, alternative_shape)},
    END};

const struct pp_shape pp_result_shape[] = {
    {.name = "schema", .help = "name and version of this format", AT(TEXT, pp_result, schema)},
    {.name = "version", .help = "of the program", AT(TEXT, pp_result, version)},
    {.name = "label", .help = "the config's", AT(TEXT, pp_result, label)},
    {.name = "started", .help = "local time, ISO 8601", CHARS(pp_result, started)},
    {.name = "complete", .help = "false: more passes were to come", AT(BOOL, pp_result, complete)},
    {.name = "task", .help = "kind of work", AT(TEXT, pp_result, task)},
    {.name = "summary", .help = "what one task does", AT(TEXT, pp_result, summary)},
    {.name = "details", .help = "its arguments", CHARS(pp_result, details)},
    {.name = "task_count", .help = "tasks of a pass", AT(COUNT, pp_result, task_count)},
    {.name = "rounds",
     .help = "that count, asked for; 0: as many as the precision needed",
     AT(COUNT, pp_result, rounds)},
    {.name = "check", .help = "check value of the work", CHARS(pp_result, check)},
    {.name = "varies", .help = "the work differs from round to round", AT(BOOL, pp_result, varies)},
    {.name = "waits", .help = "the task spends its time waiting", AT(BOOL, pp_result, waits)},
    {.name = "lean", .help = "only init, work, task and total time were measured", AT(BOOL, pp_result, lean)},
    {.name = "config", .help = "the config with every default filled in", AT(JSON, pp_result, config)},
    {.name = "machine", .help = "what it was measured on", OBJECT(pp_result, machine, machine_shape)},
    {.name = "cases", .help = "in the order of the plan", LIST(pp_result, cases, case_count, case_shape)},
    {.name = "rule_of_thumb",
     .help = "usable CPUs / share of its time that a task computes",
     AT(NUMBER, pp_result, rule_of_thumb)},
    {.name = "noise_floor",
     .help = "smallest relative difference between two such results that is no chance",
     AT(NUMBER, pp_result, noise_floor)},
    {.name = "series",
     .help = "cases that differ in their number of workers alone",
     LIST(pp_result, series, series_count, series_shape),
     .later = true},
    {.name = "models",
     .help = "curves through the throughput of one worker and more, for each series",
     LIST(pp_result, models, model_count, model_shape)},
    {.name = "model_remark",
     .help = "what to mind about those of the verdict's series",
     CHARS(pp_result, model_remark)},
    {.name = "verdict", .help = "how many workers to run", OBJECT(pp_result, verdict, verdict_shape)},
    {.name = "warnings",
     .help = "what to know before believing the numbers",
     AT(TEXTS, pp_result, warnings),
     .count_offset = offsetof(struct pp_result, warning_count)},
    END};

json_t *pp_result_json_schema(void) {
    json_t *schema = pp_shape_schema(pp_result_shape);
    int bad = !schema;
    pp_json_put(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"), &bad);
    pp_json_put(schema, "title", json_string(PP_RESULT_SCHEMA), &bad);
    json_t *name = json_object_get(json_object_get(schema, "properties"), "schema");
    pp_json_put(name, "const", json_string(PP_RESULT_SCHEMA), &bad);
    return pp_json_unless(bad, schema);
}
