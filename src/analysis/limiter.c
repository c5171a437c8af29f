#include "analysis/limiter.h"

#include "analysis/series.h"
#include "machine/disturbance.h"
#include "result/result.h"

#include <math.h>

/* Workers that lose less than this share of their time are said to be limited by nothing: it is what the spread of a
 * quiet machine and the fixed costs of short passes come to. */
static const double lost_share_min = 0.10;

static double workers_of(const struct pp_case_result *each) { return each->workers ? each->workers : 1; }

/* What init and clean-up take of the time of all workers. */
static double startup_of(const struct pp_case_result *each) {
    return workers_of(each) * fmax(each->total.mean - each->work.mean, 0.0);
}

struct pp_loss pp_loss_of(const struct pp_case_result *each, const struct pp_case_result *reference) {
    if (each == reference)
        return (struct pp_loss){0};
    if (!reference)
        return (struct pp_loss){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    const struct pp_breakdown *now = &each->breakdown, *then = &reference->breakdown;
    if (isnan(now->cpu) || isnan(then->cpu))
        return (struct pp_loss){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    return (struct pp_loss){.cpu = fmax(now->cpu - then->cpu, 0.0),
                            .runnable = fmax(now->runnable - then->runnable, 0.0),
                            .blocked = fmax(now->blocked - then->blocked, 0.0),
                            .verify = fmax(now->verify - then->verify, 0.0),
                            .transfer = fmax(now->transfer - then->transfer, 0.0),
                            .waiting = fmax(now->waiting - then->waiting, 0.0),
                            .tail = fmax(now->tail - then->tail, 0.0),
                            .startup = fmax(startup_of(each) - startup_of(reference), 0.0),
                            .other = fmax(now->other - then->other, 0.0)};
}

/* ---- which name a loss has ---- */

/* On this machine, where ranks of other hosts are no burden. */
static double share_of_host(const struct pp_case_result *each) {
    return each->host_count ? 1.0 / (double)each->host_count : 1.0;
}

/* The threads that tasks keep busy at once, where their library starts threads of its own. */
static bool library_oversubscribes(const struct pp_result *result, const struct pp_case_result *each) {
    return each->inner_threads >= 2 && pp_case_threads(each) * share_of_host(each) > result->machine.cpus.usable;
}

static bool was_throttled(const struct pp_case_result *each) {
    size_t throttled = 0;
    for (size_t i = 0; i < each->pass_count; i++)
        throttled += !each->passes[i].repeated && (each->passes[i].disturbed & PP_DISTURBED_THROTTLED);
    return 2 * throttled > each->counted;
}

/* Workers that the machine, or its quota, does not have CPUs for. */
static enum pp_limiter want_of_cpus(const struct pp_result *result, const struct pp_case_result *each) {
    if (was_throttled(each))
        return PP_LIMITER_QUOTA;
    return library_oversubscribes(result, each) ? PP_LIMITER_LIBRARY : PP_LIMITER_CPUS;
}

/* Its tasks do not give way, or it computes nearly all the time: more of them in flight cannot bring more. What other
 * processes compute for it keeps no loop busy. */
static bool held_up_by_loop(const struct pp_result *result, const struct pp_case_result *each) {
    static const double busy = 0.9;
    double computing_s = each->breakdown.cpu + each->breakdown.verify;
    return pp_plan_uses_one_cpu(each->executor) &&
           (each->loop_blocked >= pp_loop_blocked_min || (!result->outside && computing_s >= busy * each->work.mean));
}

/* Tasks in flight wait for their turn, others for an order. */
static enum pp_limiter want_of_work(const struct pp_case_result *each) {
    return pp_plan_uses_one_cpu(each->executor) ? PP_LIMITER_LOOP : PP_LIMITER_HANDOUT;
}

/* Two workers on one core's hardware threads share its units; otherwise what is shared is memory and caches. */
static enum pp_limiter more_cpu_time(const struct pp_result *result, const struct pp_case_result *each) {
    const struct pp_topology *topology = &result->machine.topology;
    if (library_oversubscribes(result, each))
        return PP_LIMITER_LIBRARY;
    bool shares_cores = topology->smt > 1 && each->workers * share_of_host(each) > topology->usable_cores;
    return shares_cores ? PP_LIMITER_CPUS : PP_LIMITER_MEMORY;
}

/* A group that is held back may look blocked rather than ready, depending on the kernel; and a task whose library
 * computes in other threads is blocked until they had their turns. */
static enum pp_limiter longer_waits(const struct pp_result *result, const struct pp_case_result *each) {
    if (was_throttled(each))
        return PP_LIMITER_QUOTA;
    return library_oversubscribes(result, each) ? PP_LIMITER_LIBRARY : PP_LIMITER_IO;
}

static enum pp_limiter largest_loss(const struct pp_result *result, const struct pp_case_result *each,
                                    const struct pp_loss *loss) {
    /* Verification suffers from the same want as the tasks: of CPUs, or of memory. */
    double runnable = loss->runnable, cpu = loss->cpu;
    *(runnable > cpu ? &runnable : &cpu) += loss->verify;
    const struct {
        double lost;
        enum pp_limiter limiter;
    } rows[] = {{runnable, want_of_cpus(result, each)},      {cpu, more_cpu_time(result, each)},
                {loss->blocked, longer_waits(result, each)}, {loss->waiting, want_of_work(each)},
                {loss->transfer, PP_LIMITER_TRANSFER},       {loss->tail, PP_LIMITER_TAIL},
                {loss->startup, PP_LIMITER_STARTUP},         {loss->other, PP_LIMITER_UNKNOWN}};
    size_t largest = 0;
    for (size_t i = 1; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].lost > rows[largest].lost)
            largest = i;
    return rows[largest].limiter;
}

static double sum(const struct pp_loss *loss) {
    return loss->cpu + loss->runnable + loss->blocked + loss->verify + loss->transfer + loss->waiting + loss->tail +
           loss->startup + loss->other;
}

static enum pp_limiter limiter_of(const struct pp_result *result, const struct pp_case_result *each,
                                  const struct pp_case_result *reference) {
    struct pp_loss loss = pp_loss_of(each, reference);
    double lost = sum(&loss);
    if (isnan(lost))
        return PP_LIMITER_UNKNOWN;
    if (lost < lost_share_min * workers_of(each) * each->total.mean)
        return PP_LIMITER_NONE;
    if (held_up_by_loop(result, each))
        return PP_LIMITER_LOOP;
    return largest_loss(result, each, &loss);
}

void pp_analysis_limiters(struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++) {
        struct pp_case_result *each = &result->cases[i];
        if (each->counted > 0)
            each->limiter = limiter_of(result, each, pp_reference_case(result, each));
    }
}
