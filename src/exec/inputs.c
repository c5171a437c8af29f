#include "exec/inputs.h"

#include "base/aligned.h"

#include <errno.h>
#include <stdlib.h>

int pp_inputs_open(const struct pp_task *task, const void *args, const struct pp_env *env, void **shared,
                   struct pp_error *error) {
    void *memory = pp_aligned_zeroed(task->shared_size);
    if (!memory)
        return pp_error_set(error, -ENOMEM, "no memory for the task's inputs");
    int status = task->prepare ? task->prepare(memory, args, env, error) : 0;
    if (status != 0) {
        free(memory);
        return status;
    }
    *shared = memory;
    return 0;
}

void pp_inputs_close(const struct pp_task *task, void *shared) {
    if (task->cleanup)
        task->cleanup(shared);
    free(shared);
}
