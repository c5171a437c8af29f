/* Which data can be moved at all, and whether there are enough descriptors for it. */
#include "exec/data.h"

#include "base/textbuf.h"
#include "exec/limits.h"

#include <errno.h>

static bool has_data(const struct pp_task *task, const struct pp_transfer *transfer) {
    return (transfer->input == PP_INPUT_INHERIT || task->input_bytes) &&
           (transfer->result == PP_RESULT_DIGEST || task->result_bytes);
}

static int refuse_without_data(const struct pp_task *task, const struct pp_transfer *transfer, struct pp_error *error) {
    char names[256];
    struct pp_textbuf text = pp_textbuf_in(names, sizeof names);
    for (const struct pp_task *const *each = pp_tasks(); *each; each++)
        if (has_data(*each, transfer))
            pp_textbuf_add(&text, "%s\"%s\"", text.length ? ", " : "", (*each)->name);
    return pp_error_at(error, -ENOTSUP, "transfer",
                       "\"%s\" has no data to be moved, but \"input\": \"%s\", \"result\": \"%s\" is asked for; use "
                       "one of %s, or leave \"transfer\" out",
                       task->name, pp_input_names[transfer->input], pp_result_names[transfer->result], names);
}

int pp_data_supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    if (!has_data(task, &plan->transfer))
        return refuse_without_data(task, &plan->transfer, error);
    if (!pp_data_moves(&plan->transfer) || plan->chunk_size <= 1)
        return 0;
    return pp_error_at(error, -ENOTSUP, "chunk_size",
                       "%llu tasks at a time cannot be handed over together with their data, which are moved one by "
                       "one; use 1 or \"auto\", or leave \"transfer\" out",
                       (unsigned long long)plan->chunk_size);
}

int pp_data_admit(const struct pp_case *plan, struct pp_error *error) {
    bool in = plan->transfer.input == PP_INPUT_PIPE, out = plan->transfer.result == PP_RESULT_PIPE;
    return pp_limits_admit_files(plan->workers, 1U + in + out, error);
}
