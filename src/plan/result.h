/* What was measured: the types that carry it from the executors to the reporters. Durations in nanoseconds where they
 * were measured, in seconds where they were calculated. */
#ifndef PP_PLAN_RESULT_H
#define PP_PLAN_RESULT_H

#include "plan/plan.h"
#include "pptest/error.h"

#include <stdbool.h>
#include <stdint.h>

/* What one pass (all of a config's tasks once, by one case) measured. */
struct pp_sample {
    uint64_t init_ns;  /* from the start until every worker has reported ready */
    uint64_t work_ns;  /* from the first task handed out until the last result is in */
    uint64_t total_ns; /* the whole case, with the workers stopped and reaped */
    uint64_t task_ns;  /* inside tasks, summed over the tasks in `done`; where too_short, over those that failed too */
    uint64_t done;     /* tasks run and verified */
    uint64_t failed;   /* tasks that returned an error, ran past the timeout, or were lost twice */
    uint64_t wrong;    /* those of `failed` whose answer did not verify */
    uint64_t lost;     /* times a task was running when its worker was lost */
    uint64_t workers_lost; /* workers that ended before they were told to */
    uint64_t check;        /* sum over tasks of mixed index and digest: equal for equal work */
    bool too_short;        /* tasks too short for the clock to be timed one by one */
    bool complete;         /* false: stopped half-way */
    struct pp_error why;   /* the first failure, in words */
};

/* What a case's samples come to, each over the complete passes. */
struct pp_case_summary {
    double init_s, work_s, task_avg_s, total_s; /* means */
    double total_min_s, total_max_s;
    double tasks_per_second; /* tasks done per second of total time */
    double speedup;          /* sequential total / this total; 0: nothing was run sequentially, or tasks failed */
};

struct pp_case_result {
    const struct pp_case *plan;
    size_t pass_count; /* complete passes, warm-ups not counted */
    const struct pp_sample *passes;
    uint64_t failed, wrong, lost, workers_lost; /* over all passes, the warm-ups too */
    struct pp_case_summary summary;             /* zeros while pass_count is 0 */
};

struct pp_result {
    const char *task;  /* its name */
    const char *label; /* the config's, "" for none */
    char details[512]; /* the CSV's "Job details" */
    uint64_t task_count;
    uint64_t iterations; /* passes asked for */
    size_t case_count;
    const struct pp_case_result *cases;
    uint64_t check; /* check value of the work, over all rounds where they differ; 0 while nothing was done whole */
    bool complete;  /* false: more passes were to come */
};

#endif
