/* What a run came to: the one thing that reporters and comparisons see. The runner fills in what was measured, the
 * analysis what it means. Durations in seconds, sizes in bytes; NaN, or an unknown interval, where something is not
 * known. Whatever is pointed to lives as long as the result. */
#ifndef PP_RESULT_RESULT_H
#define PP_RESULT_RESULT_H

#include "base/interval.h"
#include "base/reasons.h"
#include "machine/machine.h"
#include "plan/plan.h"
#include "result/words.h"
#include "stats/histogram.h"
#include "stats/summary.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Where the workers' time went while a pass was at work, in seconds summed over them: the parts add up to workers x
 * work (for 0 workers 1 x work). */
struct pp_breakdown {
    double cpu;      /* computing, inside tasks */
    double runnable; /* ready to compute, without a CPU to do it on */
    double blocked;  /* inside tasks, waiting for a device, a lock, a timer */
    double verify;   /* checking answers, and tasks that failed */
    double transfer; /* moving orders and results */
    double waiting;  /* for work */
    double tail;     /* idle at the end, while others had their last tasks */
    double other;    /* what no clock caught, and what lost workers had done; below 0: measured twice */
};

/* One pass: all tasks once. */
struct pp_pass {
    uint64_t round;    /* from 0: what passes of one round are compared with each other in pairs */
    uint64_t position; /* in the order of its round, from 0 */
    double init_s, work_s, task_avg_s, total_s;
    double cpu_user_s, cpu_system_s; /* of all processes of the pass */
    double task_cpu_s;               /* CPU time inside one task, mean */
    uint64_t switches_voluntary, switches_involuntary, faults_minor, faults_major;
    double peak_pss; /* bytes that the workers had (without any: the main process), shared pages once */
    double energy_j; /* of the processor packages, by whomever it was used */
    double instructions, cycles, cache_misses; /* in user space, while at work */
    struct pp_breakdown breakdown;
    double
        loop_blocked;   /* share of its work for which a task held the event loop while others were due; NaN: no loop */
    unsigned disturbed; /* set of PP_DISTURBED_… */
    bool repeated;      /* because it was disturbed: not part of any summary */
    uint64_t done, failed, wrong, lost, workers_lost;
};

/* The time of one task, over all counted passes. */
struct pp_task_times {
    uint64_t count;
    double mean_s, p50_s, p90_s, p99_s, p999_s, max_s;
};

struct pp_bucket {
    uint64_t low_ns, count;
};

/* What a pass costs: medians over the counted passes. */
struct pp_cost {
    double cpu_s, cpu_user_s, cpu_system_s, tasks_per_cpu_s;
    double switches_voluntary, switches_involuntary, faults_minor, faults_major;
    double energy_j, instructions, cycles, cache_misses;
};

struct pp_memory_cost {
    double peak_pss; /* the largest of the counted passes */
};

struct pp_speedup {
    double value; /* total of the base / this total, by rounds */
    struct pp_interval ci95;
    const char *base; /* name of the case: the first sequential one or, without any, the one of this series with the
                         fewest workers; NULL: there is none */
};

struct pp_case_result {
    const char *name;     /* "parallel_2" */
    const char *executor; /* "process"; "sequential" for 0 workers */
    unsigned workers;
    uint64_t chunk_size;      /* 0: chosen by measurement */
    unsigned library_threads; /* 0: the library's own default */
    unsigned inner_threads;   /* that the task's library uses inside one task because of that; 0: it has none */
    int start_method;         /* enum pp_start_method, of worker processes */
    struct pp_transfer transfer;
    uint64_t piped_bytes; /* of each task's data, through pipes */
    int pin;              /* enum pp_pin */
    size_t cpu_count;     /* 0: the workers were not pinned */
    const uint16_t *cpus; /* that they were given, in the order in which they got them */
    uint64_t task_count;
    size_t host_count;                          /* 0: only this one */
    const char *const *hosts;                   /* on which its workers ran, each once, in the order of ranks */
    bool verified;                              /* every answer was looked at, and right */
    bool timed_together;                        /* in some counted pass tasks were too short for the clock: their times
                                                   are means of many, the histogram's too */
    size_t pass_count, counted;                 /* passes; those that count in summaries */
    const struct pp_pass *passes;               /* in the order of their rounds */
    const struct pp_histogram *histogram;       /* of task times over the counted passes; NULL for none */
    uint64_t failed, wrong, lost, workers_lost; /* over all passes, the warm-ups too */
    struct pp_reasons reasons;                  /* of those that failed */
    size_t disturbed, repeats;                  /* counted passes that were disturbed; passes that were run again */
    /* What they come to; all zero while `counted` is 0. */
    struct pp_stats total, init, work, task_avg;
    struct pp_task_times task;
    size_t bucket_count;
    const struct pp_bucket *buckets; /* the histogram's that are not empty */
    double tasks_per_second;         /* done in a pass, by the median total */
    struct pp_speedup speedup;       /* NaN: tasks failed, or no pass has its counterpart */
    double efficiency;               /* speed-up for each of the base's workers */
    struct pp_cost cost;
    struct pp_memory_cost memory;
    struct pp_breakdown breakdown; /* means over the counted passes */
    double unaccounted;            /* |other| as a share of workers x work */
    double loop_blocked;           /* mean over the counted passes */
    double task_cpu_s;             /* median */
    enum pp_limiter limiter;
};

/* Cases that differ in their number of workers alone, and the sequential one. */
struct pp_case_series {
    const char *name; /* "executor thread, chunk size 5": executor, and what not all cases have in common */
    const struct pp_case_result *first; /* of those with workers; it stands for what they have in common */
    size_t case_count;
    const char *const *cases; /* their names, in the order of the plan */
    const char *use;          /* the one with the fewest workers that is nearly as fast as the fastest; NULL: none */
    unsigned workers;         /* of that one */
    enum pp_limiter limiter;  /* why more workers bring nothing */
    char model_remark[160];   /* what to mind about its models */
};

/* A curve through the throughput of the worker counts of a series, from 1 on. */
struct pp_model {
    const char *series; /* its name */
    const char *name;   /* "amdahl", "usl", "roof" */
    double gamma, sigma, kappa,
        roof; /* tasks per second of one worker; contention; coherency; ceiling in tasks per s */
    double gamma_se, sigma_se, kappa_se; /* standard errors */
    double aicc;                         /* smaller is better; NaN: too few points */
    double residual_rms;                 /* relative */
    double peak_workers, ceiling;        /* where it says throughput is largest, and how large it could be */
    bool chosen;
};
enum { PP_ALTERNATIVES_MAX = 16 };

struct pp_alternative {
    const char *kind; /* "fastest", "cheapest", "fits in memory"; or what it is another one of, such as "executor" */
    char value[32];   /* such as "thread"; "" for the first three */
    unsigned workers;
    const char *name;        /* of the case; NULL when that number was not measured */
    bool extrapolated;       /* that number was not measured */
    double slower;           /* its total / that of the recommended one - 1, by rounds; NaN: not measured */
    struct pp_interval ci95; /* of that; holding 0: they cannot be told apart */
    char reason[160];
};

struct pp_verdict {
    bool known; /* false: `reason` says what is missing */
    unsigned workers;
    struct pp_interval interval; /* in workers, 95 %, within its series; unknown: too few passes */
    const char *executor, *name;
    const char *series;       /* its name; of a sequential case: that of the fastest workers */
    uint64_t chunk_size;      /* as the case has them, for those who read no cases */
    unsigned library_threads; /* 0: the library's own default */
    double threads;           /* that tasks keep busy at once: workers x threads of the library */
    enum pp_limiter limiter;  /* why more workers bring nothing */
    char text[480];           /* one line: the answer */
    char reason[320];
    unsigned alternative_count;
    struct pp_alternative alternatives[PP_ALTERNATIVES_MAX];
};

struct pp_trace;

struct pp_result {
    const char *schema;  /* PP_RESULT_SCHEMA */
    const char *version; /* of the program */
    const char *label;   /* the config's, "" for none */
    const char *task;    /* its name */
    const char *summary; /* what one task does */
    char started[32];    /* local time, ISO 8601 */
    json_t *config;      /* as resolved */
    char details[512];   /* the CSV's "Job details" */
    char check[20]; /* check value of the work, over all rounds where they differ; "" while nothing was done whole */
    bool complete;  /* false: more passes were to come */
    uint64_t task_count;
    uint64_t rounds;  /* that count, asked for; 0: as many as the precision needed */
    double precision; /* then: how far the 95 % interval of a total may reach to either side, as a share of it; 0 in a
                         result that was read */
    bool varies;      /* the work differs from round to round */
    bool waits;       /* the task spends its time waiting: more workers than CPUs help */
    bool outside;     /* its tasks are done by programs that they start, on any CPU */
    bool lean;        /* only the four times were measured */
    struct pp_machine machine;
    size_t case_count;
    struct pp_case_result *cases;
    double rule_of_thumb; /* workers: usable CPUs / share of its time that a task computes */
    double noise_floor;   /* smallest relative difference between two such results that could be told from noise */
    size_t series_count;
    struct pp_case_series *series;
    size_t model_count;
    struct pp_model *models;
    char model_remark[160]; /* what to mind about those of the verdict's series */
    struct pp_verdict verdict;
    size_t warning_count;
    const char **warnings;
    const struct pp_trace *trace; /* NULL: nothing was recorded, or nobody has kept it */
};

#endif
