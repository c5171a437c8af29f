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

size_t pp_members_with(const struct pp_task *task, const void *args, unsigned caps) {
    struct pp_members members = pp_members_of(task, args);
    size_t count = 0;
    for (size_t i = 0; i < members.count; i++)
        count += (members.items[i].task->caps & caps) != 0;
    return count;
}

/* That the whole answer is in pp_output is for the task itself to say. */
void pp_members_describe(const struct pp_task *task, const void *args, struct pp_task *own) {
    struct pp_members members = pp_members_of(task, args);
    size_t largest = 0;
    bool steps = false;
    *own = *task;
    for (size_t i = 0; i < members.count; i++) {
        const struct pp_task *member = members.items[i].task;
        own->caps |= member->caps & ~(unsigned)(PP_TASK_VALUE_ONLY | PP_TASK_STEPS | PP_TASK_INPUT | PP_TASK_RESULT);
        steps |= member->step != NULL;
        if (member->step && member->flight_size > largest)
            largest = member->flight_size;
    }
    if (!steps)
        own->step = NULL;
    own->flight_size += largest;
}
