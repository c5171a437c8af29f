#include "runner/watch.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/recorder.h"
#include "machine/disturbance.h"
#include "machine/memory_use.h"
#include "machine/run_delay.h"
#include "result/result.h"
#include "runner/pass.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

/* Of the time inside tasks; below that, what they were blocked for is no work with files. */
static const double io_share = 0.05;

int pp_watch_open(struct pp_watch *watch, double usable_cpus) {
    *watch = (struct pp_watch){.usable_cpus = usable_cpus};
    watch->source = pp_counters_open("");
    return watch->source ? 0 : -ENOMEM;
}

void pp_watch_close(struct pp_watch *watch) {
    if (watch->source)
        pp_counters_close(watch->source);
}

/* ---- during a pass, while its clocks stand still ---- */

static void on_ready(void *owner, const struct pp_crew *crew) {
    struct pp_watch *watch = owner;
    watch->ready_delay_ns = pp_run_delay_ns("", crew->ids, crew->count);
    pp_perf_attach(&watch->perf, crew->ids, crew->count);
}

static void on_worked(void *owner, const struct pp_crew *crew) {
    struct pp_watch *watch = owner;
    pp_perf_read(&watch->perf, watch->counts);
    pp_perf_close(&watch->perf);
    watch->worked_delay_ns = pp_run_delay_ns("", crew->ids, crew->count);
    struct pp_memory_use use;
    const pid_t own = getpid();
    const pid_t *processes = crew->threads ? &own : crew->ids;
    const char *without = watch->traced ? "/memfd:" PP_RECORDER_NAME : NULL;
    if (pp_memory_use_of("", processes, crew->threads ? 1 : crew->count, without, &use) == 0 && !use.rss_only)
        watch->peak_bytes = (double)use.peak_pss_bytes;
}

/* ---- around it ---- */

void pp_watch_begin(struct pp_watch *watch, struct pp_job *job, const struct pp_case_result *each) {
    watch->inner_threads = each->inner_threads ? each->inner_threads : 1;
    watch->hosts = each->host_count ? each->host_count : 1;
    watch->traced = watch->traced || job->recorder; /* and stays mapped when a pass is left out of the trace */
    pp_stop_was_suspended();                        /* before the pass is none of its business */
    if (job->lean)
        return;
    watch->observer = (struct pp_observer){.owner = watch, .ready = on_ready, .worked = on_worked};
    job->observer = &watch->observer;
    for (int i = 0; i < PP_PERF_EVENTS; i++)
        watch->counts[i] = NAN;
    watch->ready_delay_ns = watch->worked_delay_ns = PP_RUN_DELAY_UNKNOWN;
    watch->peak_bytes = NAN;
    pp_memory_use_reset_peak();
    pp_helpers_find(&watch->helpers);
    pp_counters_read(watch->source, &watch->before);
}

/* Of other processes when workers were replaced meanwhile: then nothing is known. */
static uint64_t run_delay(const struct pp_watch *watch, const struct pp_sample *sample) {
    uint64_t ready_ns = watch->ready_delay_ns, worked_ns = watch->worked_delay_ns;
    bool known = ready_ns != PP_RUN_DELAY_UNKNOWN && worked_ns != PP_RUN_DELAY_UNKNOWN && worked_ns >= ready_ns;
    return known && sample->workers_lost == 0 ? worked_ns - ready_ns + sample->child.delay_ns : PP_RUN_DELAY_UNKNOWN;
}

/* Of a program that a task runs it is known how long it wanted a CPU, but not of others that it starts. Where no CPU
 * was free, these were off a CPU for want of one: by their share of what programs computed, and by that of the CPUs
 * that programs had, the rest being others'. */
static double crowded(const struct pp_watch *watch, const struct pp_sample *sample, const struct pp_counters *after) {
    static const double full = 0.9;
    const struct pp_child_use *child = &sample->child;
    if (child->unseen_ns == 0 || sample->work_ns == 0)
        return 0.0;
    double cpus = watch->usable_cpus * (double)watch->hosts;
    double used = pp_seconds(sample->usage.user_ns + sample->usage.system_ns) / (cpus * pp_seconds(sample->work_ns));
    double idle_s = after->cpu.idle_s - watch->before.cpu.idle_s, busy_s = after->cpu.busy_s - watch->before.cpu.busy_s;
    bool none_free = idle_s <= (1.0 - full) * (idle_s + busy_s);
    double unseen = (double)child->unseen_ns / (double)(child->user_ns + child->system_ns);
    return used >= full || none_free ? fmin(used, 1.0) * fmin(unseen, 1.0) : 0.0;
}

static struct pp_own_use own_use(const struct pp_watch *watch, const struct pp_job *job, const struct pp_pass *pass,
                                 const struct pp_helpers_use *helpers) {
    const struct pp_breakdown *parts = &pass->breakdown;
    unsigned threads = job->workers ? job->workers * watch->inner_threads + 1 : watch->inner_threads;
    return (struct pp_own_use){.cpu_s = pass->cpu_user_s + pass->cpu_system_s + helpers->cpu_s,
                               .usable_cpus = watch->usable_cpus,
                               .threads = threads + helpers->busy,
                               .does_io = parts->blocked > io_share * (parts->blocked + parts->cpu + parts->runnable)};
}

void pp_watch_end(struct pp_watch *watch, const struct pp_job *job, const struct pp_sample *sample,
                  struct pp_pass *pass) {
    struct pp_counters after;
    unsigned suspended = pp_stop_was_suspended() ? PP_DISTURBED_SUSPENDED : 0;
    if (job->lean) {
        pp_pass_fill(pass, sample, job->workers, true, PP_RUN_DELAY_UNKNOWN, 0.0);
        pass->disturbed = suspended;
        return;
    }
    pp_counters_read(watch->source, &after); /* at once, before the CPUs lower their clocks */
    struct pp_helpers_use helpers = pp_helpers_used(&watch->helpers);
    pp_pass_fill(pass, sample, job->workers, false, run_delay(watch, sample), crowded(watch, sample, &after));
    const struct pp_own_use own = own_use(watch, job, pass, &helpers);
    pass->disturbed = pp_disturbance_between(&watch->before, &after, &own).flags | suspended;
    pass->energy_j = pp_energy_between(&watch->before.energy, &after.energy);
    /* What each of them had at once is not known: at most as much as the largest. */
    pass->peak_pss = watch->peak_bytes + (double)sample->child.peak_bytes * (job->workers ? job->workers : 1);
    pass->instructions = watch->counts[PP_PERF_INSTRUCTIONS];
    pass->cycles = watch->counts[PP_PERF_CYCLES];
    pass->cache_misses = watch->counts[PP_PERF_CACHE_MISSES];
}
