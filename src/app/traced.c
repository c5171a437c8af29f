#include "app/traced.h"

#include "app/app.h"
#include "app/say.h"
#include "report/report.h"

#include <stdlib.h>

static bool is_wanted(const struct pp_options *options) {
    for (size_t i = 0; i < options->format_count; i++)
        if (pp_reporter_find(options->formats[i]) == &pp_reporter_trace)
            return true;
    return false;
}

int pp_traced_check(const struct pp_options *options, const struct pp_config *config) {
    struct pp_error error = {0};
    struct pp_case *cases = is_wanted(options) ? calloc(pp_plan_room(config), sizeof *cases) : NULL;
    int status = cases ? pp_tracing_admit(cases, pp_plan_cases(config, cases), &error) : 0;
    if (status != 0)
        pp_print_config_error(config, &error);
    free(cases);
    return status;
}

int pp_traced_open(const struct pp_options *options, struct pp_runner *runner, struct pp_tracing *tracing,
                   struct pp_error *error) {
    if (!is_wanted(options))
        return 0;
    int status = pp_tracing_open(tracing, runner->config, runner->cases, runner->result.case_count, error);
    if (status == 0) {
        runner->tracing = tracing;
        runner->result.trace = &tracing->trace;
    }
    return status;
}

void pp_traced_remark(const struct pp_tracing *tracing, struct pp_remarks *remarks) {
    if (!tracing || tracing->trace.every <= 1 || remarks->count == PP_REMARKS_MAX)
        return;
    snprintf(remarks->items[remarks->count++], PP_REMARK_BYTES,
             "the trace holds at most %d spans of tasks, and all passes have more tasks: only spans that hold a task "
             "whose index is a multiple of %llu are recorded",
             PP_TRACE_TASKS_MAX, (unsigned long long)tracing->trace.every);
}

void pp_traced_say_missing(const struct pp_tracing *tracing, FILE *out) {
    if (!tracing || (tracing->trace.left_out == 0 && tracing->trace.dropped == 0))
        return;
    pp_say(out,
           "warning: the trace is full (%llu spans of tasks, %d at most): it is without the last %zu passes, and "
           "without %llu spans of those before",
           (unsigned long long)tracing->trace.tasks, PP_TRACE_TASKS_MAX, tracing->trace.left_out,
           (unsigned long long)tracing->trace.dropped);
}
