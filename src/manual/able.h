/* What tasks can do, the same in a build that lacks their libraries. */
#ifndef PP_MANUAL_ABLE_H
#define PP_MANUAL_ABLE_H

#include "pptest/task.h"

#include <stddef.h>

/* Writes the names of the executors that can do the task when nothing else is asked for, separated by commas. Returns
 * the length as snprintf does. */
size_t pp_able_executors(const struct pp_task *task, char *text, size_t size);

/* Can its input be written by another process, can its whole result be handed back (the config's "transfer")? */
bool pp_able_input(const struct pp_task *task);
bool pp_able_result(const struct pp_task *task);

#endif
