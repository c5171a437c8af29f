/* The manual pages, made from the tables of the command line, the config, the tasks, the executors and the reporters.
 * They are the same whatever libraries this build has. */
#ifndef PP_MANUAL_PAGES_H
#define PP_MANUAL_PAGES_H

#include "manual/command_line.h"
#include "pptest/task.h"

#include <stdio.h>

/* pptest(1): the commands. */
void pp_manual_commands(const struct pp_command_line *line, FILE *out);

/* pptest(5): the config, with every task of `tasks` (pp_tasks()). */
void pp_manual_config(const struct pp_command_line *line, const struct pp_task *const *tasks, FILE *out);

/* In Markdown: one kind of task, under a heading; and the page of all of them, docs/TASKS.md. */
void pp_manual_task(const struct pp_task *task, FILE *out);
void pp_manual_tasks(const struct pp_task *const *tasks, FILE *out);

#endif
