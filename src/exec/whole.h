/* The answer of a stateful task as a whole: what its workers hand back when their last tasks are done, merged. For
 * other tasks all of this does nothing.
 *
 * A pass is at work until the whole has been concluded: what handing back takes is part of the workers' transfer, and
 * what comes after it part of their tail. */
#ifndef PP_EXEC_WHOLE_H
#define PP_EXEC_WHOLE_H

#include "exec/exec.h"

#include <stdbool.h>

struct pp_whole {
    const struct pp_job *job;
    void *memory; /* task->whole_size bytes, owned; NULL: there is no whole */
};

static inline bool pp_task_is_stateful(const struct pp_task *task) { return task->gather != NULL; }

/* Returns 0, or -ENOMEM with words. */
int pp_whole_open(struct pp_whole *whole, const struct pp_job *job, struct pp_error *error);
void pp_whole_close(struct pp_whole *whole);

/* Merges what a worker has handed back. Returns 0, or -errno with words that name the worker. */
int pp_whole_add(struct pp_whole *whole, unsigned worker, const struct pp_part *part, struct pp_error *error);

/* A worker's part cannot be had: words it. Returns why->code. */
int pp_whole_missing(unsigned worker, const struct pp_error *why, struct pp_error *error);

/* All parts are in. Verifies the whole and returns 0 with what it adds to the pass's check value, or -errno with words.
 * `sound`: every task was done; when some have failed nobody can say what the whole should be, and it adds nothing. */
int pp_whole_conclude(struct pp_whole *whole, bool sound, uint64_t *check, struct pp_error *error);

#endif
