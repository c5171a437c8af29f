/* Deadlines of many that wait, in a heap: the earliest at once, any added or removed in the logarithm of their number.
 */
#ifndef PP_EXEC_DEADLINES_H
#define PP_EXEC_DEADLINES_H

#include <stddef.h>
#include <stdint.h>

/* A member of whatever waits; zeroed: it does not wait. */
struct pp_deadline {
    uint64_t at_ns; /* on CLOCK_MONOTONIC */
    size_t place;   /* in the heap, from 1; 0: it is not there */
};

struct pp_deadlines {
    struct pp_deadline **heap;
    size_t count, room;
};

/* Makes room for `room` of them. Returns 0 or -ENOMEM. */
int pp_deadlines_open(struct pp_deadlines *deadlines, size_t room);
void pp_deadlines_close(struct pp_deadlines *deadlines);

/* Adds one that is not there; there must be room. */
void pp_deadlines_add(struct pp_deadlines *deadlines, struct pp_deadline *one, uint64_t at_ns);

/* Takes one out, if it is there. */
void pp_deadlines_remove(struct pp_deadlines *deadlines, struct pp_deadline *one);

/* The earliest, which stays there; NULL: there is none. */
static inline struct pp_deadline *pp_deadlines_first(const struct pp_deadlines *deadlines) {
    return deadlines->count ? deadlines->heap[0] : NULL;
}

#endif
