/* Tasks that are made of other tasks (PP_TASKS). */
#ifndef PP_BASE_MEMBERS_H
#define PP_BASE_MEMBERS_H

#include "pptest/field.h"

struct pp_task;

/* Why a task cannot be one of several, to follow its name: "is a mix itself"; NULL: it can. */
const char *pp_member_unfit(const struct pp_task *task);

/* Does it have an argument that is a list of tasks? */
const struct pp_field *pp_members_field(const struct pp_task *task);

/* The tasks that one with these arguments is made of; none when it does its work by itself. */
struct pp_members pp_members_of(const struct pp_task *task, const void *args);

/* How many of them have one of these caps. */
size_t pp_members_with(const struct pp_task *task, const void *args, unsigned caps);

/* Describes such a task with these arguments in `own`: its caps are its own, and what holds for it because it does for
 * a member; one that can be done in steps can be so if a member can, and then a flight has room for that of any member.
 */
void pp_members_describe(const struct pp_task *task, const void *args, struct pp_task *own);

#endif
