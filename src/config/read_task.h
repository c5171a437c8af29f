/* "task": the name of one of this program's own, or the path of a plugin. */
#ifndef PP_CONFIG_READ_TASK_H
#define PP_CONFIG_READ_TASK_H

#include "config/read_field.h"

struct pp_task;

/* Finds the task that the string `value`, found at `place`, names, and loads it where it is a plugin (base/plugin.h).
 * Returns 0 with *task and, in the arena, by which name it is found again from any folder in *name; -EINVAL with the
 * problem listed, *task being set all the same when all that is wrong is that it cannot run in this build; -ENOMEM. */
int pp_task_read(const struct pp_reader *reader, const char *place, const json_t *value, const struct pp_task **task,
                 const char **name);

#endif
