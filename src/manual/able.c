#include "manual/able.h"

#include "base/textbuf.h"
#include "exec/exec.h"

#include <errno.h>

/* Stands for the step of a task that this build cannot run. */
static int absent_step(void *state, void *flight, const void *args, const struct pp_item *item,
                       const struct pp_step *step, struct pp_error *error) {
    (void)state, (void)flight, (void)args, (void)item, (void)step;
    return pp_error_set(error, -ENOTSUP, "this build has no such task");
}

/* An executor that this program lacks cannot be asked; nothing is known to stand in the way of one. */
static bool supports(const struct pp_executor *executor, const struct pp_task *task) {
    const struct pp_case plain = {.workers = 1};
    struct pp_error ignored = {0};
    return !executor->supports || executor->supports(task, &plain, &ignored) == 0;
}

size_t pp_able_executors(const struct pp_task *task, char *text, size_t size) {
    struct pp_task whole = *task;
    if (!whole.step && (whole.caps & PP_TASK_STEPS))
        whole.step = absent_step;
    struct pp_textbuf out = pp_textbuf_in(text, size);
    for (size_t i = 0; pp_executors[i]; i++)
        if (supports(pp_executors[i], &whole))
            pp_textbuf_add(&out, "%s%s", out.length ? ", " : "", pp_executors[i]->name);
    return out.length;
}

bool pp_able_input(const struct pp_task *task) { return task->input_bytes || (task->caps & PP_TASK_INPUT); }

bool pp_able_result(const struct pp_task *task) { return task->result_bytes || (task->caps & PP_TASK_RESULT); }
