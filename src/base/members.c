#include "base/members.h"

#include "base/fields.h"
#include "pptest/task.h"

const struct pp_field *pp_members_field(const struct pp_task *task) {
    for (const struct pp_field *field = task->args; field && field->name; field++)
        if (field->type == PP_TASKS)
            return field;
    return NULL;
}

const char *pp_member_unfit(const struct pp_task *task) {
    if (pp_members_field(task) || (task->caps & PP_TASK_PER_ITERATION))
        return "is a mix itself";
    if (task->gather)
        return "answers for all its items together";
    return task->unavailable ? "cannot run in this build" : NULL;
}

struct pp_members pp_members_of(const struct pp_task *task, const void *args) {
    const struct pp_field *field = pp_members_field(task);
    return field ? pp_value_load(field, args).members : (struct pp_members){0};
}

/* That the whole answer is in pp_output is for the task itself to say. */
unsigned pp_members_caps(const struct pp_task *task, const void *args) {
    struct pp_members members = pp_members_of(task, args);
    unsigned caps = task->caps;
    for (size_t i = 0; i < members.count; i++)
        caps |= members.items[i].task->caps & ~(unsigned)PP_TASK_VALUE_ONLY;
    return caps;
}
