#include "runner/pass.h"

#include "base/clock.h"
#include "exec/sample.h"
#include "machine/run_delay.h"
#include "result/result.h"

#include <math.h>

/* The CPU clock is read around some tasks; what it says of them holds for all. */
static double cpu_share(const struct pp_sample *sample) {
    return sample->cpu_wall_ns ? fmin((double)sample->cpu_ns / (double)sample->cpu_wall_ns, 1.0) : NAN;
}

/* A worker loses its CPU inside a task or between two, most often where it calls the system. What tasks spent off their
 * CPU was want of one as far as the system says that there was such a want, and otherwise waiting; what want is left
 * befell the time between tasks, each part of it alike. */
static void share_out_delay(struct pp_breakdown *parts, double off_s, double delay_s) {
    if (isnan(delay_s)) { /* nobody knows which of the two it was */
        parts->runnable = parts->blocked = NAN;
        return;
    }
    double in_tasks_s = fmin(delay_s, off_s), between_s = parts->verify + parts->transfer + parts->waiting;
    double share = between_s > 0.0 ? fmin((delay_s - in_tasks_s) / between_s, 1.0) : 0.0;
    parts->runnable = in_tasks_s + share * between_s;
    parts->blocked = off_s - in_tasks_s;
    parts->verify *= 1.0 - share;
    parts->transfer *= 1.0 - share;
    parts->waiting *= 1.0 - share;
}

static struct pp_breakdown break_down(const struct pp_sample *sample, unsigned workers, uint64_t run_delay_ns,
                                      double crowded) {
    double task_s = pp_seconds(sample->task_ns), cpu_s = task_s * cpu_share(sample);
    struct pp_breakdown parts = {.cpu = cpu_s,
                                 .verify = pp_seconds(sample->busy_ns - sample->task_ns),
                                 .transfer = pp_seconds(sample->ledger.transfer_ns),
                                 .waiting = pp_seconds(sample->ledger.waiting_ns),
                                 .tail = pp_seconds(sample->ledger.tail_ns)};
    double whole_s = pp_seconds(sample->work_ns) * (workers ? workers : 1);
    parts.other = whole_s - pp_seconds(sample->busy_ns) - parts.transfer - parts.waiting - parts.tail;
    double off_s = task_s - cpu_s, delay_s = run_delay_ns == PP_RUN_DELAY_UNKNOWN ? NAN : pp_seconds(run_delay_ns);
    share_out_delay(&parts, off_s, delay_s + crowded * fmax(off_s - delay_s, 0.0));
    return parts;
}

void pp_pass_fill(struct pp_pass *pass, const struct pp_sample *sample, unsigned workers, int lean,
                  uint64_t run_delay_ns, double crowded) {
    const struct pp_usage *usage = &sample->usage;
    *pass = (struct pp_pass){.init_s = pp_seconds(sample->init_ns),
                             .work_s = pp_seconds(sample->work_ns),
                             .total_s = pp_seconds(sample->total_ns),
                             .task_avg_s = sample->done ? pp_seconds(sample->task_ns) / (double)sample->done : NAN,
                             .cpu_user_s = pp_seconds(usage->user_ns),
                             .cpu_system_s = pp_seconds(usage->system_ns),
                             .task_cpu_s = NAN,
                             .switches_voluntary = usage->voluntary,
                             .switches_involuntary = usage->involuntary,
                             .faults_minor = usage->minor_faults,
                             .faults_major = usage->major_faults,
                             .peak_pss = NAN,
                             .energy_j = NAN,
                             .instructions = NAN,
                             .cycles = NAN,
                             .cache_misses = NAN,
                             .breakdown = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
                             .loop_blocked = NAN,
                             .done = sample->done,
                             .failed = sample->failed,
                             .wrong = sample->wrong,
                             .lost = sample->lost,
                             .workers_lost = sample->workers_lost};
    if (lean)
        return;
    pass->breakdown = break_down(sample, workers, run_delay_ns, crowded);
    pass->task_cpu_s = pass->task_avg_s * cpu_share(sample);
    if (sample->has_loop && sample->work_ns > 0)
        pass->loop_blocked = (double)sample->loop_blocked_ns / (double)sample->work_ns;
}
