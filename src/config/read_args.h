/* task_args: an array in the order of a task's fields, or an object by their names. */
#ifndef PP_CONFIG_READ_ARGS_H
#define PP_CONFIG_READ_ARGS_H

#include <stdbool.h>

#include "base/textbuf.h"
#include "config/read_field.h"
#include "pptest/task.h"

/* Reads `value`, found at `place` (NULL: there is none), into the `task->args_size` bytes at `args`; what it leaves
 * out takes its default. Then asks the task itself, where this build can run it. *given is the number of arguments up
 * to the last one named. Returns 0; -EINVAL with every problem listed; -ENOMEM. */
int pp_args_read(const struct pp_reader *reader, const struct pp_task *task, const char *place, const json_t *value,
                 void *args, size_t *given);

/* Appends the place, below that of the arguments, of which a task says `where`: "/2/0" is in its third argument. What
 * the config has given in an object (`named`) is called by its name, and so is what a member was given. */
void pp_args_place(const struct pp_task *task, const void *args, bool named, const char *where,
                   struct pp_textbuf *place);

#endif
