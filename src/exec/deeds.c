#include "exec/deeds.h"

#include "base/unforked.h"
#include "exec/parts.h"

#include <errno.h>
#include <stdlib.h>

/* Spans of one worker for which there is room from the start: for most passes all that it ever has. */
enum { SPANS = 1024 };

static size_t bytes_of(const struct pp_job *job) { return job->workers * sizeof(struct pp_deed); }

static void begin(struct pp_deeds *deeds, unsigned worker) {
    struct pp_deed *deed = &deeds->workers[worker];
    deed->sample = (struct pp_sample){0};
    deed->count = 0;
    deed->asked = deed->merged = false;
    if (deeds->job->times)
        pp_histogram_clear(&deed->times);
}

int pp_deeds_open(struct pp_deeds *deeds, const struct pp_job *job, struct pp_error *error) {
    *deeds = (struct pp_deeds){.job = job};
    int status = pp_whole_open(&deeds->whole, job, error);
    if (status != 0 || !pp_task_is_stateful(job->task))
        return status;
    deeds->workers = pp_unforked_alloc(bytes_of(job));
    for (unsigned i = 0; deeds->workers && i < job->workers; i++) {
        struct pp_deed *deed = &deeds->workers[i];
        begin(deeds, i);
        deed->spans = malloc(SPANS * sizeof *deed->spans);
        deed->room = deed->spans ? SPANS : 0;
        status = deed->spans ? status : -ENOMEM;
    }
    if (deeds->workers && status == 0)
        return 0;
    pp_deeds_close(deeds);
    return pp_error_set(error, -ENOMEM, "no memory for what %u workers do", job->workers);
}

void pp_deeds_close(struct pp_deeds *deeds) {
    if (!deeds->job)
        return;
    for (unsigned i = 0; deeds->workers && i < deeds->job->workers; i++)
        free(deeds->workers[i].spans);
    pp_unforked_free(deeds->workers, bytes_of(deeds->job));
    pp_whole_close(&deeds->whole);
    *deeds = (struct pp_deeds){0};
}

/* Tasks that follow on the last span belong to it. */
static int add_span(struct pp_deed *deed, struct pp_order span, struct pp_error *error) {
    struct pp_order *end = deed->spans + deed->count;
    if (deed->count > 0 && end[-1].first + end[-1].count == span.first) {
        end[-1].count += span.count;
        return 0;
    }
    if (!deed->spans || deed->count == deed->room) {
        size_t room = 2 * (deed->room ? deed->room : SPANS);
        struct pp_order *larger = realloc(deed->spans, room * sizeof *larger);
        if (!larger)
            return pp_error_set(error, -ENOMEM, "no memory to remember what a worker has done");
        deed->spans = larger;
        deed->room = room;
    }
    deed->spans[deed->count++] = span;
    return 0;
}

int pp_deeds_add(struct pp_deeds *deeds, struct pp_frame *frame, struct pp_error *error) {
    struct pp_deed *deed = &deeds->workers[frame->worker];
    pp_sample_add(&deed->sample, &frame->tally);
    if (deeds->job->times)
        pp_times_drain(&frame->tally.times, &deed->times);
    return add_span(deed, frame->order, error);
}

static int merge_part(struct pp_deeds *deeds, const struct pp_frame *frame, int fd, struct pp_error *error) {
    struct pp_error why = frame->tally.why;
    struct pp_part part;
    if (why.code == 0)
        pp_parts_get(fd, frame->worker, frame->order.count, &part, &why);
    if (why.code != 0)
        return pp_whole_missing(frame->worker, &why, error);
    int status = pp_whole_add(&deeds->whole, frame->worker, &part, error);
    pp_parts_drop(fd, frame->worker, &part);
    return status;
}

int pp_deeds_merge(struct pp_deeds *deeds, const struct pp_frame *frame, int fd, struct pp_sample *sample,
                   struct pp_error *error) {
    struct pp_deed *deed = deeds->workers ? &deeds->workers[frame->worker] : NULL;
    if (!deed || !deed->asked || deed->merged)
        return -EBADMSG;
    int status = merge_part(deeds, frame, fd, error);
    if (status != 0)
        return status;
    pp_sample_merge(sample, &deed->sample);
    if (deeds->job->times)
        pp_histogram_merge(deeds->job->times, &deed->times);
    deed->merged = true;
    return 0;
}

size_t pp_deeds_take(struct pp_deeds *deeds, unsigned worker, struct pp_order **spans, uint64_t *tasks) {
    struct pp_deed *deed = &deeds->workers[worker];
    size_t count = deed->count;
    *spans = deed->spans;
    *tasks = 0;
    for (size_t i = 0; i < count; i++)
        *tasks += deed->spans[i].count;
    deeds->lost += *tasks;
    deed->spans = NULL;
    deed->room = 0;
    begin(deeds, worker);
    return count;
}
