#include "exec/deadlines.h"

#include <errno.h>
#include <stdlib.h>

int pp_deadlines_open(struct pp_deadlines *deadlines, size_t room) {
    *deadlines = (struct pp_deadlines){.heap = calloc(room, sizeof *deadlines->heap), .room = room};
    return deadlines->heap ? 0 : -ENOMEM;
}

void pp_deadlines_close(struct pp_deadlines *deadlines) { free(deadlines->heap); }

static void put(struct pp_deadlines *deadlines, size_t at, struct pp_deadline *one) {
    deadlines->heap[at] = one;
    one->place = at + 1;
}

/* Finds the place of one that belongs at `at` or above. */
static void rise(struct pp_deadlines *deadlines, size_t at, struct pp_deadline *one) {
    while (at > 0 && deadlines->heap[(at - 1) / 2]->at_ns > one->at_ns) {
        put(deadlines, at, deadlines->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(deadlines, at, one);
}

/* The same for `at` or below. */
static void sink(struct pp_deadlines *deadlines, size_t at, struct pp_deadline *one) {
    for (size_t child; (child = 2 * at + 1) < deadlines->count; at = child) {
        if (child + 1 < deadlines->count && deadlines->heap[child + 1]->at_ns < deadlines->heap[child]->at_ns)
            child++;
        if (deadlines->heap[child]->at_ns >= one->at_ns)
            break;
        put(deadlines, at, deadlines->heap[child]);
    }
    put(deadlines, at, one);
}

void pp_deadlines_add(struct pp_deadlines *deadlines, struct pp_deadline *one, uint64_t at_ns) {
    one->at_ns = at_ns;
    rise(deadlines, deadlines->count++, one);
}

void pp_deadlines_remove(struct pp_deadlines *deadlines, struct pp_deadline *one) {
    if (one->place == 0)
        return;
    size_t at = one->place - 1;
    struct pp_deadline *last = deadlines->heap[--deadlines->count];
    one->place = 0;
    if (last == one)
        return;
    if (last->at_ns < one->at_ns)
        rise(deadlines, at, last);
    else
        sink(deadlines, at, last);
}
