#include "runner/tracing.h"

#include "base/clock.h"
#include "base/unforked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Workers of all passes together: what is kept beside the spans of tasks is bounded, too. */
static const size_t lanes_max = 250000;

/* Each has its beginning and its end, and room for lost ones. */
static const uint64_t spans_max = PP_TRACE_TASKS_MAX + 4 * UINT64_C(250000);

static size_t spans_bytes(void) { return spans_max * sizeof(struct pp_trace_span); }

int pp_tracing_admit(const struct pp_case *cases, size_t count, struct pp_error *error) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(cases[i].executor, "mpi") == 0) {
            pp_error_set(error, -ENOTSUP,
                         "\"mpi\" cannot be traced: its ranks may be on other hosts, whose clocks are not this one's; "
                         "leave trace out of --format, or trace \"process\" instead");
            pp_plan_place(&cases[i], "executor", error->where, sizeof error->where);
            return error->code;
        }
    return 0;
}

uint64_t pp_tracing_every(const struct pp_config *config, size_t cases) {
    uint64_t passes = pp_plan_passes(config, cases), tasks = (uint64_t)config->task_count;
    uint64_t each = passes < PP_TRACE_TASKS_MAX ? PP_TRACE_TASKS_MAX / (passes ? passes : 1) : 1;
    return tasks / each + (tasks % each > 0);
}

/* At a worker count of 0 this process works. */
static unsigned lanes_at_most(const struct pp_case *cases, size_t count) {
    unsigned lanes = 1;
    for (size_t i = 0; i < count; i++)
        lanes = cases[i].workers > lanes ? cases[i].workers : lanes;
    return lanes;
}

int pp_tracing_open(struct pp_tracing *tracing, const struct pp_config *config, const struct pp_case *cases,
                    size_t count, struct pp_error *error) {
    uint64_t every = pp_tracing_every(config, count), tasks = (uint64_t)config->task_count;
    unsigned lanes = lanes_at_most(cases, count);
    *tracing = (struct pp_tracing){.tasks_in_pass = tasks / every + (tasks % every > 0),
                                   .trace = {.start_ns = pp_clock_ns(), .every = every}};
    int status = pp_tracing_admit(cases, count, error);
    if (status == 0)
        status = pp_recorder_open(&tracing->recorder, lanes, tracing->tasks_in_pass, every, error);
    if (status != 0)
        return status;
    tracing->ends = calloc(lanes, sizeof *tracing->ends);
    tracing->spans = pp_unforked_alloc_aside(spans_bytes());
    tracing->trace.spans = tracing->spans;
    if (tracing->ends && tracing->spans)
        return 0;
    pp_tracing_close(tracing);
    return pp_error_set(error, -ENOMEM, "no memory for a trace (%zu bytes); leave trace out of --format",
                        spans_bytes());
}

void pp_tracing_close(struct pp_tracing *tracing) {
    pp_recorder_close(&tracing->recorder);
    pp_unforked_free(tracing->spans, spans_bytes());
    free(tracing->ends);
    free(tracing->passes);
    free(tracing->lanes);
    *tracing = (struct pp_tracing){0};
}

/* ---- a pass ---- */

/* Makes room for `more` items after `count`. */
static bool reserve(void **items, size_t *room, size_t count, size_t more, size_t size) {
    if (count + more <= *room)
        return true;
    size_t larger = 2 * (count + more);
    void *moved = realloc(*items, larger * size);
    if (!moved)
        return false;
    *items = moved;
    *room = larger;
    return true;
}

/* Once a pass is left out all later ones are, however small: what is there is the beginning. */
static bool has_room(struct pp_tracing *tracing) {
    struct pp_trace *trace = &tracing->trace;
    bool fits = trace->left_out == 0 && trace->tasks + tracing->tasks_in_pass <= PP_TRACE_TASKS_MAX &&
                tracing->lane_count + tracing->workers <= lanes_max;
    fits =
        fits && reserve((void **)&tracing->passes, &tracing->pass_room, trace->pass_count, 1, sizeof *tracing->passes);
    fits = fits && reserve((void **)&tracing->lanes, &tracing->lane_room, tracing->lane_count, tracing->workers,
                           sizeof *tracing->lanes);
    trace->passes = tracing->passes;
    trace->lanes = tracing->lanes;
    return fits;
}

struct pp_recorder *pp_tracing_begin(struct pp_tracing *tracing, unsigned workers) {
    if (!tracing)
        return NULL;
    pp_unforked_aside(tracing->spans, spans_bytes()); /* or else it would count as memory of what runs in here */
    tracing->workers = workers ? workers : 1;
    if (!has_room(tracing)) {
        tracing->trace.left_out++;
        return NULL;
    }
    pp_recorder_clear(&tracing->recorder);
    return &tracing->recorder;
}

/* A pass that has lost workers, whose tasks were run again, may have come to more than was reckoned with. */
static bool copy_spans(struct pp_tracing *tracing) {
    uint64_t first = tracing->span_count, tasks = tracing->trace.tasks;
    if (first + pp_recorder_count(&tracing->recorder, tracing->ends) > spans_max)
        return false;
    for (unsigned i = 0; i < tracing->workers; i++) {
        uint64_t count = tracing->ends[i];
        tracing->lanes[tracing->lane_count + i] = (struct pp_trace_lane){.first = first, .count = count};
        tracing->ends[i] = first;
        first += count;
    }
    pp_recorder_copy(&tracing->recorder, tracing->ends, tracing->spans);
    for (uint64_t i = tracing->span_count; i < first; i++)
        tasks += tracing->spans[i].kind == PP_SPAN_TASK;
    if (tasks > PP_TRACE_TASKS_MAX)
        return false;
    tracing->trace.tasks = tasks;
    tracing->span_count = first;
    return true;
}

static bool is_same(const struct pp_trace_pass *one, const struct pp_trace_pass *other) {
    return one->case_index == other->case_index && one->number == other->number && one->warmup == other->warmup;
}

void pp_tracing_end(struct pp_tracing *tracing, const struct pp_trace_pass *pass) {
    const struct pp_phases *phases = &tracing->recorder.phases;
    struct pp_trace *trace = &tracing->trace;
    struct pp_trace_pass *kept = &tracing->passes[trace->pass_count];
    if (phases->end_ns == 0) /* it never began */
        return;
    if (!copy_spans(tracing)) {
        trace->left_out++;
        return;
    }
    if (trace->pass_count > 0 && pass->complete && is_same(&kept[-1], pass))
        kept[-1].repeated = true;
    *kept = *pass;
    kept->start_ns = phases->start_ns;
    kept->init_ns = phases->init_ns;
    kept->work_start_ns = phases->work_start_ns;
    kept->work_ns = phases->work_ns;
    kept->cleanup_start_ns = phases->cleanup_start_ns;
    kept->end_ns = phases->end_ns;
    kept->lane_first = tracing->lane_count;
    kept->lane_count = tracing->workers;
    trace->pass_count++;
    tracing->lane_count += tracing->workers;
    trace->dropped += pp_recorder_dropped(&tracing->recorder);
}
