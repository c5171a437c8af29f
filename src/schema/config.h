/* pp_config: what a config file says, checked and with every default filled in. The config room makes it, the plan
 * room reads it; the table of its keys is the single place that describes them. */
#ifndef PP_SCHEMA_CONFIG_H
#define PP_SCHEMA_CONFIG_H

#include "pptest/field.h"
#include "pptest/task.h"

#include <stdbool.h>

/* What is measured beside init, work, task and total time. */
enum pp_measure { PP_MEASURE_ALL, PP_MEASURE_TIMES };

enum pp_start_method { PP_START_FORK, PP_START_SPAWN, PP_START_FORKSERVER };

/* How a task's input reaches the worker that does it, and what of its answer comes back. */
enum pp_transfer_input { PP_INPUT_INHERIT, PP_INPUT_PIPE, PP_INPUT_SHARED };
enum pp_transfer_result { PP_RESULT_DIGEST, PP_RESULT_PIPE, PP_RESULT_SHARED };

struct pp_transfer {
    int input;  /* enum pp_transfer_input */
    int result; /* enum pp_transfer_result */
};

/* Which CPUs workers run on: any, close together, or far apart (machine/cpu_order.h). */
enum pp_pin { PP_PIN_NONE, PP_PIN_COMPACT, PP_PIN_SCATTER };

/* Who does the work: the cases are every combination of what is listed. An empty list stands for one item, the default.
 */
struct pp_sweep {
    struct pp_strings executors;    /* names out of pp_executor_names; empty: "process" */
    struct pp_ints workers;         /* 0: plain calls in the main process */
    struct pp_ints chunk_sizes;     /* 0: chosen by measurement */
    struct pp_ints library_threads; /* 0: the library's own default */
    int start_method;               /* enum pp_start_method */
    struct pp_transfer transfer;
    int pin; /* enum pp_pin */
};

struct pp_config {
    const char *path; /* the file, as it was named */
    const char *dir;  /* its folder, "." for none */

    const struct pp_task *task; /* one that is made of others (PP_TASKS): with the caps that they give it */
    const void *args;           /* task->args_size bytes, as task->args describes */
    size_t args_given;          /* arguments up to the last one that the config names, 0 for none */
    bool args_named;            /* by their names in an object, not by their order in a list */

    const char *task_name; /* a plugin's: its absolute path. It and all below are the fields of pp_config_fields */
    int64_t task_count;
    int64_t iterations;       /* where precision is 0 */
    double precision;         /* rounds are added until the intervals are this narrow, 0: `iterations` of them */
    double max_time_s;        /* and no longer than this after the warm-up */
    struct pp_sweep sweep;    /* what the keys at the top say */
    size_t runner_count;      /* 0: `sweep` is all there is to run */
    struct pp_sweep *runners; /* what each of the "runners" says, and `sweep` where it says nothing */
    double wait_after_runner_s;
    double wait_after_iteration_s;
    bool gc_after_iteration;
    int64_t seed;
    int64_t warmup;
    int64_t repeat_disturbed; /* times at most */
    int measure;              /* enum pp_measure */
    double task_timeout_s;    /* 0: none */
    const char *tmp_dir;      /* "": the system's */
    const char *output_dir;
    bool output_is_option; /* the command line's --output stands for the config's output_dir */
    bool output_is_stdout; /* the command line says so, and output_dir does not count */
    const char *label;
};

/* The keys of a config file, in the order of the documentation, ended by a row without a name. */
extern const struct pp_field pp_config_fields[];

/* Is this one of the keys that a runner may set for itself, a member of struct pp_sweep? */
bool pp_config_is_swept(const struct pp_field *field);

/* What may stand in a config for enum pp_start_method, pp_transfer_input, pp_transfer_result and pp_pin, in their
 * order; and for an executor. Ended by NULL. */
extern const char *const pp_start_method_names[], *const pp_input_names[], *const pp_result_names[];
extern const char *const pp_pin_names[], *const pp_executor_names[];

#endif
