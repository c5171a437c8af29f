/* Tasks: a kind of work, described once, as data.
 *
 * A task is one file in tasks/ that defines `const struct pp_task pp_task_NAME`. It never knows what runs it: a plain
 * loop, a forked process, a thread. What item i does depends on the seed and i alone, so that the digests of all items
 * add up to the same check value whoever ran them. */
#ifndef PPTEST_TASK_H
#define PPTEST_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pptest/error.h"
#include "pptest/field.h"
#include "pptest/input.h"
#include "pptest/rng.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a task runs. Everything here outlives the state or shared input made from it. */
struct pp_env {
    const char *config_dir; /* folder of the config file, second place where relative paths are looked for */
    const char *tmp_dir;    /* this run's own folder for temporary files; whatever is left in it is removed */
    unsigned worker;        /* number of this worker, from 0, for the names of its files */
    /* Where a task of PP_TASK_CHILDREN notes the process groups that work for it, each from its start until it has been
     * waited for, with one atomic store: so they can be ended by others, should that be necessary. 0: none there. NULL:
     * nobody looks. There are `group_count` places (>= 1): one, or one for each task that is under way at once. */
    int *groups;
    unsigned group_count;
    unsigned library_threads; /* threads the task's library may use inside one task; 0: the library's own default */
    /* How pp_input_read gets at a file (pptest/input.h), and what that needs to know; NULL: from this host's. */
    int (*read_input)(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                      struct pp_error *error);
    void *input_owner;
};

/* One task to do. */
struct pp_item {
    uint64_t index;    /* from 0 */
    uint64_t seed;     /* this item's own seed, already mixed from the config's seed and the index */
    const void *input; /* what the task's `input` wrote for this item; NULL: `run` gets at its input by itself */
};

/* What other processes used that did a task's work, added up by the task once they have ended. */
struct pp_child_use {
    uint64_t user_ns, system_ns; /* CPU time */
    uint64_t delay_ns;           /* ready to run, but without a CPU */
    uint64_t unseen_ns;          /* of the CPU time, that of processes whose part in delay_ns is not known */
    uint64_t peak_bytes;         /* the largest resident set that one of them ever had */
};

/* What one task answers. */
struct pp_output {
    uint64_t
        digest;   /* equal whenever the same item was done right, on whatever machine part and with whatever threads */
    double value; /* free for the task: what `verify` needs when the answer is one number */
    void *result; /* where `run` leaves result_bytes of result; NULL: wherever it likes */
    struct pp_child_use *child; /* added to by a task of PP_TASK_CHILDREN; NULL: nobody wants to know */
};

enum {
    PP_TASK_VALUE_ONLY = 1, /* the whole answer is in pp_output: verify never looks at the state, so many very short
                               tasks may be run, timed together, and verified afterwards */
    PP_TASK_PER_ITERATION =
        2,                  /* the work differs from iteration to iteration (the same for all worker counts of one) */
    PP_TASK_WAITS = 4,      /* spends its time waiting, not computing: more workers than CPUs help */
    PP_TASK_ONE_THREAD = 8, /* must not be run by several threads of one process at once */
    PP_TASK_CHILDREN = 16,  /* starts processes, each in a process group of its own, and waits for them itself */
    /* Said by a task that some builds are without, so that all describe it alike: where its library is, it sets */
    PP_TASK_STEPS = 32,   /* step */
    PP_TASK_INPUT = 64,   /* input_bytes */
    PP_TASK_RESULT = 128, /* result_bytes */
};

/* What a task that is done in steps waits for: the moment, or one of the events, whichever comes first. */
struct pp_wait {
    uint64_t until_ns; /* on CLOCK_MONOTONIC; UINT64_MAX: however long it takes */
    int fd;            /* -1: none */
    short events;      /* POLLIN, POLLOUT: what is waited for on `fd` */
};

/* What a step fills: `wait` where it returns 1, `output` where it returns 0. */
struct pp_step {
    struct pp_wait *wait;
    struct pp_output *output;
};

/* What a worker of a stateful task hands back. */
struct pp_part {
    const void *bytes; /* aligned as malloc's are; NULL where there are none */
    size_t count;
};

struct pp_task {
    const char *name;            /* the config's "task" */
    const char *summary;         /* one line: what one task does, no full stop */
    const char *library;         /* what it exercises, NULL for none */
    const char *unavailable;     /* why this build cannot run it; NULL: it can, and the functions below are set */
    const struct pp_field *args; /* arguments in the order of a JSON array */
    size_t args_size;            /* sizeof the struct that `args` describes */
    size_t shared_size;          /* sizeof the struct that `prepare` fills, 0 for none */
    size_t state_size;           /* sizeof a worker's own struct, 0 for none */
    unsigned caps;               /* PP_TASK_… */

    size_t flight_size; /* sizeof the struct that a task done in steps has while it is under way, 0 for none */

    /* All return 0 or -errno, with words in `error`. Unless caps say PP_TASK_ONE_THREAD, several threads of one process
     * may call them at once, each with a state of its own; prepare, cleanup and check are called by one alone. NULL
     * means there is nothing to do, except for `run`. Structs that shared_size and state_size describe come zeroed from
     * the caller, aligned to a cache line. */

    /* What the fields alone cannot say; error->where is relative to task_args ("/2/0"). */
    int (*check)(const void *args, struct pp_error *error);
    /* Once, in the process that owns the workers (with spawn and forkserver: in each worker), before any clock runs:
     * loads inputs, files with pp_input_read. After a failure cleanup is not called. */
    int (*prepare)(void *shared, const void *args, const struct pp_env *env, struct pp_error *error);
    /* Once per worker, part of the init time: memory, library threads. After a failure worker_fini is not called. */
    int (*worker_init)(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error);
    /* One task, timed. Prints nothing. Works with any valid args, larger than those of worker_init too: a mix calls it
     * so. */
    int (*run)(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
               struct pp_error *error);
    /* The same task, done in steps, for executors that have many of them under way in one thread; NULL: it can only be
     * run. Does what can be done without waiting. Returns 1 with step->wait filled, to be called again when that
     * has happened; or 0 when the task is done, or -errno, as run does. `flight` is zeroed before the first step and
     * belongs to this task until its end. verify is called right after the last step. */
    int (*step)(void *state, void *flight, const void *args, const struct pp_item *item, const struct pp_step *step,
                struct pp_error *error);
    /* A flight that is given up before its end: gives back what it holds. NULL: it holds nothing. */
    void (*abandon)(void *state, void *flight);
    /* Right after run, not timed: is this answer right? Returns 0, or -EBADMSG with what differs where. */
    int (*verify)(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                  struct pp_error *error);
    void (*worker_fini)(void *state);

    /* The data of one task, where it has any that can be moved between processes (the config's "transfer"); NULL: it
     * has none. How many bytes, at least 1 and the same for each item, it takes in and gives back; and writing the
     * former, which is done in the process that owns the workers, where `run` would make or find the input itself. An
     * item is the same work with the same digest whether or not its input was written by somebody else. */
    size_t (*input_bytes)(const void *shared, const void *args);
    size_t (*result_bytes)(const void *shared, const void *args);
    void (*input)(const void *shared, const void *args, const struct pp_item *item, void *bytes);

    void (*cleanup)(void *shared);

    /* A stateful task: beside the digests of its items, what counts is what the workers' states have gathered over all
     * of them. NULL: it is none; else the first three are set. Merged, the parts of any number of workers, in any
     * order, come to the same whole as the part of one worker that did all. An item is gathered whole or, where `run`
     * fails, not at all. */
    size_t whole_size; /* sizeof the struct into which parts are merged */
    /* The part of a worker that has done its last task, and perhaps has done none; runs nothing afterwards. The bytes
     * belong to the state. Called in the worker's thread. */
    int (*gather)(void *state, const void *args, struct pp_part *part, struct pp_error *error);
    /* Adds a part to the whole, which is zeroed before the first. A part may come from another process: one that cannot
     * be what `gather` wrote is refused with -EBADMSG. One at a time, in any thread. */
    int (*merge)(void *whole, const void *args, const struct pp_part *part, struct pp_error *error);
    /* Once, when the parts of all workers are in and all of `count` items were done: is the whole right? Returns 0 with
     * a digest of the whole answer, or -EBADMSG with what is wrong. */
    int (*conclude)(void *whole, const void *args, uint64_t count, uint64_t *digest, struct pp_error *error);
    void (*whole_fini)(void *whole); /* in any case; NULL: the whole holds nothing */

    /* What the task's library says of itself: its version, and what else decides how fast it is ("0.3.21, Zen"). Loads
     * it, so it is called in a child only. Returns the length as snprintf does, or -errno when it is not installed.
     * NULL: the task has no library, or it cannot say. */
    int (*library_version)(char *text, size_t size);
    /* How many threads does the library use inside one task when nobody says? 0: one for each CPU. `args` may be NULL.
     * NULL: the task is no business of `library_threads`. */
    unsigned (*library_threads)(const void *args);
    /* Arguments for one task of a `random` mix; NULL: drawn from the fields' mix ranges. `args` holds defaults. */
    void (*draw)(void *args, struct pp_rng *rng);
    /* The CSV's "Job details" where it is not the arguments joined with "x". Returns the length as snprintf does. */
    int (*details)(const void *args, char *text, size_t size);
    /* Seconds one task takes on one core of a current machine, to within a factor of three or so: for estimates.
     * NULL: that depends on more than is known here. */
    double (*estimate)(const void *args);
};

/* Every task of this program in order of name, ended by NULL; and one by name, NULL when there is none. */
const struct pp_task *const *pp_tasks(void);
const struct pp_task *pp_task_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif
