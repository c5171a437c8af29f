#include "pptest/task.h"

#include <string.h>

const struct pp_task *pp_task_find(const char *name) {
    for (const struct pp_task *const *task = pp_tasks(); *task; task++)
        if (strcmp((*task)->name, name) == 0)
            return *task;
    return NULL;
}
