#include "exec/exec.h"

#include <errno.h>
#include <string.h>

const struct pp_executor *const pp_executors[] = {&pp_executor_process,
                                                  &pp_executor_thread,
                                                  &pp_executor_openmp,
                                                  &pp_executor_async,
                                                  &pp_executor_async_blocking,
                                                  &pp_executor_mpi,
                                                  NULL};

const struct pp_executor *pp_executor_find(const char *name) {
    if (strcmp(name, pp_executor_sequential.name) == 0)
        return &pp_executor_sequential;
    for (const struct pp_executor *const *each = pp_executors; *each; each++)
        if (strcmp((*each)->name, name) == 0)
            return *each;
    return NULL;
}

int pp_executor_moves_nothing(const struct pp_executor *executor, const struct pp_case *plan, struct pp_error *error) {
    if (plan->transfer.input == PP_INPUT_INHERIT && plan->transfer.result == PP_RESULT_DIGEST)
        return 0;
    return pp_error_at(error, -ENOTSUP, "transfer",
                       "the %s executor moves no data, but \"input\": \"%s\", \"result\": \"%s\" is asked for; use "
                       "\"process\", or leave \"transfer\" out",
                       executor->name, pp_input_names[plan->transfer.input], pp_result_names[plan->transfer.result]);
}

int pp_executor_takes_threads(const struct pp_executor *executor, const struct pp_task *task, struct pp_error *error) {
    if (!(task->caps & PP_TASK_ONE_THREAD))
        return 0;
    return pp_error_at(error, -ENOTSUP, "executor",
                       "\"%s\" must not be run by several threads of one process at once, as the %s executor does; use "
                       "\"process\"",
                       task->name, executor->name);
}

int pp_executor_pins_nothing(const struct pp_executor *executor, const struct pp_case *plan, struct pp_error *error) {
    if (plan->pin == PP_PIN_NONE)
        return 0;
    return pp_error_at(
        error, -ENOTSUP, "pin",
        "the %s executor does not place its workers, but \"%s\" is asked for; use \"process\", \"thread\" "
        "or \"openmp\", or leave \"pin\" out",
        executor->name, pp_pin_names[plan->pin]);
}
