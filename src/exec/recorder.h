/* Recording what each worker of a pass does, and when: in memory that workers of every kind share with this process.
 *
 * Each worker has a lane, on a cache line of its own, and writes into blocks that it takes from a common store as it
 * needs them: nobody knows before who does how many tasks. A span is published when it is whole, so those of a worker
 * that was killed can be read. A worker that takes a lost one's place goes on in its lane. */
#ifndef PP_EXEC_RECORDER_H
#define PP_EXEC_RECORDER_H

#include "base/clock.h"
#include "base/span.h"
#include "pptest/error.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the memory, as it is among the mappings of a process (proc(5), smaps: "/memfd:" before it). */
#define PP_RECORDER_NAME "pptest-trace"

enum { PP_BLOCK_SPANS = 102 }; /* 4 KiB */

struct pp_recorder_block {
    _Atomic uint32_t used;
    uint32_t lane;
    struct pp_trace_span spans[PP_BLOCK_SPANS];
};

struct pp_recorder_lane {
    alignas(64) uint64_t block; /* that it writes into + 1, 0: none yet */
    uint64_t asked_ns;          /* when its worker was asked for, 0: unknown */
    _Atomic uint64_t dropped;   /* spans for which there was no room */
};

struct pp_recorder_memory {
    uint64_t every; /* spans of tasks are wanted that have a task whose index is a multiple of it */
    uint64_t lane_count, block_count;
    alignas(64) _Atomic uint64_t next_block; /* the first that nobody has taken; not larger than block_count by much */
    struct pp_recorder_lane lanes[];         /* followed by the blocks */
};

/* A worker's end; {0}: nothing is recorded. */
struct pp_lane {
    struct pp_recorder_memory *memory;
    unsigned index;
};

/* When a pass did what; each phase follows the one before, but for what the observer needs in between. */
struct pp_phases {
    uint64_t start_ns, init_ns;        /* init: how long */
    uint64_t work_start_ns, work_ns;   /* how long */
    uint64_t cleanup_start_ns, end_ns; /* 0: it has not ended */
};

struct pp_recorder {
    int fd; /* of the memory */
    size_t bytes;
    struct pp_recorder_memory *memory; /* NULL: nothing is recorded */
    struct pp_phases phases;           /* of the pass, filled by the executor */
};

/* Makes room for a pass of `lanes` workers with `spans` spans of tasks, and takes all memory that it can need. Returns
 * 0 or -errno with words; then nothing is left. */
int pp_recorder_open(struct pp_recorder *recorder, unsigned lanes, uint64_t spans, uint64_t every,
                     struct pp_error *error);
void pp_recorder_close(struct pp_recorder *recorder);

/* Forgets what was recorded. No worker may be there. */
void pp_recorder_clear(struct pp_recorder *recorder);

/* What the executor says of a pass that is over; a recorder may be NULL, here and below. */
void pp_recorder_pass(struct pp_recorder *recorder, const struct pp_phases *phases);

/* A lane that it has not got records nothing. */
struct pp_lane pp_recorder_lane(const struct pp_recorder *recorder, unsigned index);

/* The same for a process that was not forked from the one that opened it; {0} when it cannot be mapped. */
struct pp_lane pp_recorder_adopt(int fd, size_t bytes, unsigned index);

/* ---- by the lane's worker, or for it when it is gone ---- */

/* Is a span wanted of these tasks? */
static inline bool pp_lane_wants(const struct pp_lane *lane, uint64_t first, uint64_t count) {
    uint64_t past = first % lane->memory->every;
    return past == 0 || lane->memory->every - past < count;
}

void pp_lane_add(const struct pp_lane *lane, const struct pp_trace_span *span);

/* Adds one of another kind than tasks, that ends now; where nothing is recorded, does nothing. */
void pp_lane_mark(const struct pp_lane *lane, enum pp_span_kind kind, uint64_t start_ns);

/* Now, where something is recorded; else 0. */
static inline uint64_t pp_lane_now(const struct pp_lane *lane) { return lane->memory ? pp_clock_ns() : 0; }

/* Notes that the worker is asked for now; tells when it was, or `otherwise_ns` where that was not noted. */
void pp_lane_ask(const struct pp_lane *lane);
uint64_t pp_lane_asked(const struct pp_lane *lane, uint64_t otherwise_ns);

/* ---- afterwards ---- */

/* Spans in each lane, and in all; `counts` has room for every lane. */
uint64_t pp_recorder_count(const struct pp_recorder *recorder, uint64_t *counts);

/* Copies them to where each lane's begin, in the order in which they were recorded; `at` is moved on to their ends. */
void pp_recorder_copy(const struct pp_recorder *recorder, uint64_t *at, struct pp_trace_span *spans);

/* Those for which there was no room. */
uint64_t pp_recorder_dropped(const struct pp_recorder *recorder);

#endif
