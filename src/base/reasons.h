/* Why tasks failed: how many for which reason, a bounded number of reasons in words. Holds no pointers, so it can be
 * copied and sent through a pipe. */
#ifndef PP_BASE_REASONS_H
#define PP_BASE_REASONS_H

#include <stdint.h>

/* So many that a tally with them fits into a frame (exec/frame.h) beside the times of some hundred tasks. */
enum { PP_REASONS_MAX = 4, PP_REASON_BYTES = 184 };

struct pp_reason {
    uint64_t count;              /* tasks, at least */
    uint64_t task;               /* index of the first of them */
    char words[PP_REASON_BYTES]; /* longer ones are cut between two characters */
};

/* {0} is empty; so is one whose first two members are 0. The reasons are those of the tasks with the lowest indices, in
 * that order. As long as there are no others, all is the same in whatever order tasks failed; where there are, tasks
 * that failed for a listed reason may be among them, having come while it was not, or not yet, in the list. */
struct pp_reasons {
    unsigned used;
    uint64_t others; /* tasks that are counted for none of them */
    struct pp_reason items[PP_REASONS_MAX];
};

void pp_reasons_add(struct pp_reasons *reasons, uint64_t task, const char *words);

/* Adds all that `more` counts. */
void pp_reasons_merge(struct pp_reasons *reasons, const struct pp_reasons *more);

#endif
