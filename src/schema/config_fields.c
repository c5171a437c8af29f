#include "schema/config.h"

/* Nobody waits for more; within these, sums and products of them stay within their types. */
#define PASSES_MAX  1000000.0
#define SECONDS_MAX 1000000.0
/* Far more than any machine gains from. */
#define WORKERS_MAX 100000.0
/* More than the CPUs of the largest machines: what is above is a slip of the finger. */
#define THREADS_MAX 4096.0
/* Below a millisecond a timeout measures the system's scheduling instead of the task. */
#define TIMEOUT_MIN 0.001

#define MEMBER(name) .offset = offsetof(struct pp_config, name)

/* More often than this the machine is not going to be quiet. */
#define REPEATS_MAX 100.0
/* Finer than this no clock and no machine is; coarser it says nothing. */
#define PRECISION_MIN 0.0001
#define PRECISION_MAX 0.5

/* In the order of enum pp_measure. */
static const char *const measures[] = {"all", "times", NULL};

const char *const pp_start_method_names[] = {"fork", "spawn", "forkserver", NULL};
const char *const pp_input_names[] = {"inherit", "pipe", "shared", NULL};
const char *const pp_result_names[] = {"digest", "pipe", "shared", NULL};
const char *const pp_pin_names[] = {"none", "compact", "scatter", NULL};
const char *const pp_executor_names[] = {"process", "thread", "openmp", "async", "async-blocking", "mpi", NULL};

static const struct pp_field transfer_fields[] = {
    {.name = "input",
     .help = "how a task's input reaches its worker: made or inherited there, sent with each task, or put into shared "
             "memory",
     .type = PP_CHOICE,
     MEMBER(sweep.transfer.input),
     .choices = pp_input_names,
     .def.i = PP_INPUT_INHERIT},
    {.name = "result",
     .help = "what of an answer comes back: its digest, all of it sent, or all of it in shared memory",
     .type = PP_CHOICE,
     MEMBER(sweep.transfer.result),
     .choices = pp_result_names,
     .def.i = PP_RESULT_DIGEST},
    {0}};

const struct pp_field pp_config_fields[] = {
    {.name = "task",
     .help = "kind of work, one of those that `pptest tasks` lists, or the path of a plugin: \"./mytask.so\"",
     .type = PP_STRING,
     .flags = PP_FIELD_REQUIRED,
     MEMBER(task_name)},
    {.name = "task_args", .help = "the task's arguments, in order or by name", .type = PP_JSON},
    {.name = "task_count",
     .help = "tasks per pass",
     .type = PP_INT,
     .flags = PP_FIELD_REQUIRED,
     MEMBER(task_count),
     .min = 1,
     .max = PP_INT_MAX},
    {.name = "iterations",
     .help = "passes per worker count",
     .type = PP_INT,
     MEMBER(iterations),
     .min = 1,
     .max = PASSES_MAX,
     .def.i = 1},
    {.name = "precision",
     .help =
         "instead of iterations: passes are added until the 95 % interval of each total lies within this share of it",
     .type = PP_REAL,
     .flags = PP_FIELD_NULL,
     MEMBER(precision),
     .min = PRECISION_MIN,
     .max = PRECISION_MAX},
    {.name = "max_time",
     .unit = "s",
     .help = "with precision: so long after the warm-up no round is begun any more",
     .type = PP_REAL,
     MEMBER(max_time_s),
     .min = 0,
     .max = SECONDS_MAX,
     .def.r = 600},
    {.name = "executor",
     .help = "who does the tasks",
     .type = PP_STRINGS,
     .flags = PP_FIELD_NONEMPTY | PP_FIELD_ONE,
     MEMBER(sweep.executors),
     .choices = pp_executor_names,
     .def.strings = {.count = 1, .items = pp_executor_names}},
    {.name = "workers",
     .help = "worker counts to test; 0 runs the tasks in the main process",
     .type = PP_INTS,
     .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY | PP_FIELD_AUTO | PP_FIELD_ONE,
     MEMBER(sweep.workers),
     .min = 0,
     .max = WORKERS_MAX},
    {.name = "wait_time_after_runner",
     .unit = "s",
     .help = "pause after each worker count, to cool down",
     .type = PP_REAL,
     .flags = PP_FIELD_NULL,
     MEMBER(wait_after_runner_s),
     .min = 0,
     .max = SECONDS_MAX},
    {.name = "wait_time_after_iteration",
     .unit = "s",
     .help = "pause after each iteration, to cool down",
     .type = PP_REAL,
     .flags = PP_FIELD_NULL,
     MEMBER(wait_after_iteration_s),
     .min = 0,
     .max = SECONDS_MAX},
    {.name = "gc_after_iteration",
     .help = "give freed memory back to the system after each iteration",
     .type = PP_BOOL,
     MEMBER(gc_after_iteration)},
    {.name = "multiprocessing_start_method",
     .help = "how a worker process starts",
     .type = PP_CHOICE,
     .flags = PP_FIELD_NULL,
     MEMBER(sweep.start_method),
     .choices = pp_start_method_names,
     .def.i = PP_START_FORK},
    {.name = "seed",
     .help = "same seed, same work",
     .type = PP_INT,
     MEMBER(seed),
     .min = -PP_INT_MAX,
     .max = PP_INT_MAX,
     .def.i = 1},
    {.name = "warmup",
     .help = "passes that are run first and not counted",
     .type = PP_INT,
     MEMBER(warmup),
     .min = 0,
     .max = PASSES_MAX},
    {.name = "repeat_disturbed",
     .help = "how often a pass is run again that something else on the machine disturbed",
     .type = PP_INT,
     MEMBER(repeat_disturbed),
     .min = 0,
     .max = REPEATS_MAX,
     .def.i = 1},
    {.name = "measure",
     .help = "all; or times: init, work, task and total time, and nothing that explains them",
     .type = PP_CHOICE,
     MEMBER(measure),
     .choices = measures,
     .def.i = PP_MEASURE_ALL},
    {.name = "chunk_size",
     .help = "tasks handed over at a time; auto: chosen from the measured task time",
     .type = PP_INTS,
     .flags = PP_FIELD_NONEMPTY | PP_FIELD_AUTO | PP_FIELD_ONE,
     MEMBER(sweep.chunk_sizes),
     .min = 1,
     .max = PP_INT_MAX},
    {.name = "library_threads",
     .help = "threads a task's library may use inside one task; null: the library's own default",
     .type = PP_INTS,
     .flags = PP_FIELD_NONEMPTY | PP_FIELD_NULL | PP_FIELD_ONE,
     MEMBER(sweep.library_threads),
     .min = 1,
     .max = THREADS_MAX},
    {.name = "transfer", .help = "how data reach a worker and come back", .type = PP_OBJECT, .of = transfer_fields},
    {.name = "pin",
     .help = "which CPUs the workers of process, thread and openmp run on: any, close together, or far apart",
     .type = PP_CHOICE,
     MEMBER(sweep.pin),
     .choices = pp_pin_names,
     .def.i = PP_PIN_NONE},
    {.name = "runners",
     .help = "objects, each with keys of its own, for what no single combination of lists says",
     .type = PP_JSON,
     .flags = PP_FIELD_NONEMPTY},
    {.name = "task_timeout",
     .unit = "s",
     .help = "a task past it is killed and counted as failed (with 0 workers it ends the run); null: none",
     .type = PP_REAL,
     .flags = PP_FIELD_NULL,
     MEMBER(task_timeout_s),
     .min = TIMEOUT_MIN,
     .max = SECONDS_MAX},
    {.name = "tmp_dir",
     .help = "folder for the tasks' temporary files; empty: the system's",
     .type = PP_STRING,
     MEMBER(tmp_dir)},
    {.name = "output_dir",
     .help = "folder for the results",
     .type = PP_STRING,
     .flags = PP_FIELD_NONEMPTY,
     MEMBER(output_dir),
     .def.s = "results"},
    {.name = "label", .help = "text carried into every output", .type = PP_STRING, MEMBER(label)},
    {0}};

bool pp_config_is_swept(const struct pp_field *field) {
    const size_t first = offsetof(struct pp_config, sweep);
    if (field->type == PP_OBJECT)
        return pp_config_is_swept(field->of);
    return field->type != PP_JSON && field->offset >= first && field->offset < first + sizeof(struct pp_sweep);
}
