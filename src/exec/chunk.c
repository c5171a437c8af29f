#include "exec/chunk.h"

#include <assert.h>

/* A chunk of this length is handed out for a few microseconds, so for about one per cent of it. */
static const double chunk_ns = 200e3;

/* Waiting chunks bridge the time a result needs to the parent and an order back, some ten microseconds when a process
 * has to be woken on each side; five times that leaves room for a busy machine. */
static const double queue_ns = 100e3;

/* A task this long loses less than one per cent to that time, so nothing needs to wait behind it. */
static const double long_task_ns = 5e6;

/* A chunk may be this many times larger than the largest one measured: a few first tasks may mislead. */
static const uint64_t growth = 16;

/* The share of what is left that all workers together may take at once: half, so that the end comes in small steps. */
static const uint64_t shares_per_worker = 2;

void pp_chunk_learn(struct pp_chunk_policy *policy, uint64_t count, uint64_t wall_ns) {
    if (count == 0)
        return;
    double task_ns = (double)wall_ns / (double)count;
    if (task_ns < 1.0)
        task_ns = 1.0;
    /* A larger chunk is the better measurement; among equals the newer half counts half. */
    if (count > policy->last || policy->task_ns <= 0.0)
        policy->task_ns = task_ns;
    else
        policy->task_ns = (policy->task_ns + task_ns) / 2.0;
    if (count > policy->last)
        policy->last = count;
}

static uint64_t share(const struct pp_chunk_policy *policy, uint64_t left) {
    uint64_t part = left / (shares_per_worker * policy->workers);
    return part > 0 ? part : 1;
}

uint64_t pp_chunk_size(const struct pp_chunk_policy *policy, uint64_t left) {
    if (policy->fixed)
        return policy->fixed < left ? policy->fixed : left;
    if (policy->task_ns <= 0.0)
        return 1;
    double wanted = chunk_ns / policy->task_ns;
    uint64_t size = wanted < 1.0 ? 1 : (uint64_t)wanted;
    if (size / growth > policy->last) /* not multiplied: that may not fit */
        size = policy->last * growth;
    return size < share(policy, left) ? size : share(policy, left);
}

unsigned pp_chunk_depth(const struct pp_chunk_policy *policy, uint64_t left) {
    if (policy->task_ns <= 0.0 || policy->task_ns >= long_task_ns)
        return 1;
    uint64_t size = pp_chunk_size(policy, left ? left : 1);
    assert(size > 0);
    double depth = 2.0 + queue_ns / (policy->task_ns * (double)size);
    /* At the end nothing waits behind a running chunk that another worker could take. */
    double fair = 1.0 + (double)(left / size) / (double)(shares_per_worker * policy->workers);
    if (depth > fair)
        depth = fair;
    return depth > PP_CHUNK_DEPTH_MAX ? PP_CHUNK_DEPTH_MAX : (unsigned)depth;
}
