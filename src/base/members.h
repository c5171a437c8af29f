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

/* The caps of such a task: its own, and what holds for it because it does for a member. */
unsigned pp_members_caps(const struct pp_task *task, const void *args);

#endif
