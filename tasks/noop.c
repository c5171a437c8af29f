#include <errno.h>
#include <inttypes.h>

#include "pptest/task.h"

static const struct pp_field fields[] = {{0}};

static int noop_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                    struct pp_error *error) {
    (void)state, (void)args, (void)error;
    *output = (struct pp_output){.digest = item->seed};
    return 0;
}

static int noop_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                       struct pp_error *error) {
    (void)state, (void)args;
    if (output->digest == item->seed)
        return 0;
    return pp_error_set(error, -EBADMSG, "the digest is %" PRIu64 " instead of the item's seed %" PRIu64,
                        output->digest, item->seed);
}

static double noop_estimate(const void *args) {
    (void)args;
    return 2e-9; /* one call */
}

const struct pp_task pp_task_noop = {.name = "noop",
                                     .summary = "does nothing: for measuring what handing out a task costs",
                                     .args = fields,
                                     .caps = PP_TASK_VALUE_ONLY,
                                     .run = noop_run,
                                     .verify = noop_verify,
                                     .estimate = noop_estimate};
