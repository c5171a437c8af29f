/* pp_config: what a config file says, checked and with every default filled in. The config room makes it, the plan
 * room reads it; the table of its keys is the single place that describes them. */
#ifndef PP_SCHEMA_CONFIG_H
#define PP_SCHEMA_CONFIG_H

#include "pptest/field.h"
#include "pptest/task.h"

/* What is measured beside init, work, task and total time. */
enum pp_measure { PP_MEASURE_ALL, PP_MEASURE_TIMES };

enum pp_start_method { PP_START_FORK, PP_START_SPAWN, PP_START_FORKSERVER };

struct pp_config {
    const char *path; /* the file, as it was named */
    const char *dir;  /* its folder, "." for none */

    const struct pp_task *task;
    const void *args;  /* task->args_size bytes, as task->args describes */
    size_t args_given; /* arguments up to the last one that the config names, 0 for none */

    const char *task_name; /* the members below are the fields of pp_config_fields */
    int64_t task_count;
    int64_t iterations; /* where precision is 0 */
    double precision;   /* rounds are added until the intervals are this narrow, 0: `iterations` of them */
    double max_time_s;  /* and no longer than this */
    struct pp_ints workers;
    double wait_after_runner_s;
    double wait_after_iteration_s;
    bool gc_after_iteration;
    int start_method; /* enum pp_start_method */
    int64_t seed;
    int64_t warmup;
    int64_t repeat_disturbed; /* times at most */
    int measure;              /* enum pp_measure */
    int64_t chunk_size;       /* 0: chosen by measurement */
    int64_t library_threads;  /* 0: the library's own default */
    double task_timeout_s;    /* 0: none */
    const char *tmp_dir;      /* "": the system's */
    const char *output_dir;
    const char *label;
};

/* The keys of a config file, in the order of the documentation, ended by a row without a name. */
extern const struct pp_field pp_config_fields[];

#endif
