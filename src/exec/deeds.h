/* What the worker processes of a stateful task have done, and what they hand back of it.
 *
 * A worker that is lost takes with it what it has gathered from all its tasks. So none of them counts before its part
 * is merged: until then they are kept here, to be handed out again should it be lost. For other tasks nothing is kept.
 */
#ifndef PP_EXEC_DEEDS_H
#define PP_EXEC_DEEDS_H

#include "exec/frame.h"
#include "exec/whole.h"
#include "stats/histogram.h"

/* Of one worker. */
struct pp_deed {
    struct pp_sample sample;   /* what its tasks came to */
    struct pp_order *spans;    /* those tasks */
    size_t count, room;        /* of the spans */
    bool asked;                /* for its part: it gets no more tasks */
    bool merged;               /* its part is; its tasks count */
    struct pp_histogram times; /* unused where job->times is NULL */
};

struct pp_deeds {
    const struct pp_job *job;
    struct pp_whole whole;
    struct pp_deed *workers; /* job->workers of them; NULL: the task is not stateful */
    uint64_t lost;           /* tasks that were done and lost */
};

/* Returns 0, or -errno with words; then nothing is left. */
int pp_deeds_open(struct pp_deeds *deeds, const struct pp_job *job, struct pp_error *error);
void pp_deeds_close(struct pp_deeds *deeds);

/* Does it get no more tasks in this pass? */
static inline bool pp_deeds_asked(const struct pp_deeds *deeds, unsigned worker) {
    return deeds->workers && deeds->workers[worker].asked;
}

/* Has it nothing any more that could be lost? */
static inline bool pp_deeds_merged(const struct pp_deeds *deeds, unsigned worker) {
    return deeds->workers && deeds->workers[worker].merged;
}

/* Takes in a result of a stateful task. Returns 0 or -ENOMEM with words. */
int pp_deeds_add(struct pp_deeds *deeds, struct pp_frame *frame, struct pp_error *error);

/* Merges the part that a worker has written (exec/parts.h, in `fd`), or takes in why there is none; its tasks are added
 * to the sample. Returns 0, or -errno with words. */
int pp_deeds_merge(struct pp_deeds *deeds, const struct pp_frame *frame, int fd, struct pp_sample *sample,
                   struct pp_error *error);

/* The worker is lost before its part was merged, and nothing that it did counts: `spans` are its tasks, to be freed.
 * Returns how many spans, with the number of their tasks. */
size_t pp_deeds_take(struct pp_deeds *deeds, unsigned worker, struct pp_order **spans, uint64_t *tasks);

#endif
