/* A task's shared inputs: loaded once, before any clock runs. */
#ifndef PP_EXEC_INPUTS_H
#define PP_EXEC_INPUTS_H

#include "pptest/task.h"

/* Calls the task's `prepare`. Returns 0 with what it made (never NULL) in `shared`, or -errno; error->where is relative
 * to task_args. Close with pp_inputs_close. */
int pp_inputs_open(const struct pp_task *task, const void *args, const struct pp_env *env, void **shared,
                   struct pp_error *error);
void pp_inputs_close(const struct pp_task *task, void *shared);

#endif
