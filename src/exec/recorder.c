#include "exec/recorder.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Beside those of tasks a lane has its worker's beginning and end, and those of lost workers. */
enum { SPANS_OF_A_LANE = 4 };

enum { BLOCK_BYTES = 4096 };
_Static_assert(sizeof(struct pp_recorder_block) <= BLOCK_BYTES, "a block is a page");

static size_t lanes_bytes(uint64_t lanes) {
    size_t bytes = sizeof(struct pp_recorder_memory) + (size_t)lanes * sizeof(struct pp_recorder_lane);
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static struct pp_recorder_block *block_at(const struct pp_recorder_memory *memory, uint64_t index) {
    return (struct pp_recorder_block *)((char *)memory + lanes_bytes(memory->lane_count) + index * BLOCK_BYTES);
}

static int failed(struct pp_error *error, size_t bytes, int code) {
    const char *hint = code == EFBIG ? "; raise the limit on the size of files (`ulimit -f`)" : "";
    return pp_error_set(error, -code, "no memory for a trace (%zu bytes): %s%s; leave trace out of --format", bytes,
                        strerror(code), hint);
}

static int map(struct pp_recorder *recorder) {
    int code = posix_fallocate(recorder->fd, 0, (off_t)recorder->bytes);
    if (code != 0)
        return code;
    void *memory = mmap(NULL, recorder->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, recorder->fd, 0);
    if (memory == MAP_FAILED)
        return errno;
    recorder->memory = memory;
    return 0;
}

int pp_recorder_open(struct pp_recorder *recorder, unsigned lanes, uint64_t spans, uint64_t every,
                     struct pp_error *error) {
    uint64_t blocks = (spans + (uint64_t)lanes * SPANS_OF_A_LANE) / PP_BLOCK_SPANS + lanes + 1;
    *recorder = (struct pp_recorder){.bytes = lanes_bytes(lanes) + (size_t)blocks * BLOCK_BYTES};
    recorder->fd = memfd_create(PP_RECORDER_NAME, MFD_CLOEXEC);
    if (recorder->fd < 0)
        return failed(error, recorder->bytes, errno);
    int code = map(recorder);
    if (code != 0) {
        close(recorder->fd);
        recorder->fd = -1;
        return failed(error, recorder->bytes, code);
    }
    recorder->memory->every = every;
    recorder->memory->lane_count = lanes;
    recorder->memory->block_count = blocks;
    return 0;
}

void pp_recorder_close(struct pp_recorder *recorder) {
    if (!recorder->memory)
        return;
    munmap(recorder->memory, recorder->bytes);
    close(recorder->fd);
    *recorder = (struct pp_recorder){.fd = -1};
}

static uint64_t blocks_taken(const struct pp_recorder_memory *memory) {
    uint64_t next = atomic_load(&memory->next_block);
    return next < memory->block_count ? next : memory->block_count;
}

void pp_recorder_clear(struct pp_recorder *recorder) {
    struct pp_recorder_memory *memory = recorder->memory;
    uint64_t taken = blocks_taken(memory);
    for (uint64_t i = 0; i < taken; i++)
        atomic_store(&block_at(memory, i)->used, 0);
    memset(memory->lanes, 0, memory->lane_count * sizeof memory->lanes[0]);
    atomic_store(&memory->next_block, 0);
    recorder->phases = (struct pp_phases){0};
}

void pp_recorder_pass(struct pp_recorder *recorder, const struct pp_phases *phases) {
    if (recorder)
        recorder->phases = *phases;
}

/* ---- lanes ---- */

struct pp_lane pp_recorder_lane(const struct pp_recorder *recorder, unsigned index) {
    if (!recorder || index >= recorder->memory->lane_count)
        return (struct pp_lane){0};
    return (struct pp_lane){.memory = recorder->memory, .index = index};
}

struct pp_lane pp_recorder_adopt(int fd, size_t bytes, unsigned index) {
    struct pp_recorder recorder = {.fd = fd, .bytes = bytes};
    recorder.memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return (void *)recorder.memory == MAP_FAILED ? (struct pp_lane){0} : pp_recorder_lane(&recorder, index);
}

/* Looked at before one is taken: so the number of the next cannot grow without end. */
static struct pp_recorder_block *take_block(const struct pp_lane *lane) {
    struct pp_recorder_memory *memory = lane->memory;
    if (atomic_load_explicit(&memory->next_block, memory_order_relaxed) >= memory->block_count)
        return NULL;
    uint64_t taken = atomic_fetch_add_explicit(&memory->next_block, 1, memory_order_relaxed);
    if (taken >= memory->block_count)
        return NULL;
    struct pp_recorder_block *block = block_at(memory, taken);
    block->lane = lane->index;
    memory->lanes[lane->index].block = taken + 1;
    return block;
}

void pp_lane_add(const struct pp_lane *lane, const struct pp_trace_span *span) {
    struct pp_recorder_lane *own = &lane->memory->lanes[lane->index];
    struct pp_recorder_block *block = own->block ? block_at(lane->memory, own->block - 1) : NULL;
    uint32_t used = block ? atomic_load_explicit(&block->used, memory_order_relaxed) : PP_BLOCK_SPANS;
    if (used == PP_BLOCK_SPANS) {
        block = take_block(lane);
        used = 0;
    }
    if (!block) {
        atomic_fetch_add_explicit(&own->dropped, 1, memory_order_relaxed);
        return;
    }
    block->spans[used] = *span;
    atomic_store_explicit(&block->used, used + 1, memory_order_release);
}

void pp_lane_mark(const struct pp_lane *lane, enum pp_span_kind kind, uint64_t start_ns) {
    if (!lane->memory)
        return;
    const struct pp_trace_span span = {
        .start_ns = start_ns, .spent_ns = pp_clock_ns() - start_ns, .kind = (uint8_t)kind};
    pp_lane_add(lane, &span);
}

void pp_lane_ask(const struct pp_lane *lane) {
    if (lane->memory)
        lane->memory->lanes[lane->index].asked_ns = pp_clock_ns();
}

uint64_t pp_lane_asked(const struct pp_lane *lane, uint64_t otherwise_ns) {
    uint64_t asked_ns = lane->memory ? lane->memory->lanes[lane->index].asked_ns : 0;
    return asked_ns ? asked_ns : otherwise_ns;
}

/* ---- afterwards ---- */

uint64_t pp_recorder_count(const struct pp_recorder *recorder, uint64_t *counts) {
    const struct pp_recorder_memory *memory = recorder->memory;
    uint64_t all = 0, taken = blocks_taken(memory);
    memset(counts, 0, memory->lane_count * sizeof *counts);
    for (uint64_t i = 0; i < taken; i++) {
        const struct pp_recorder_block *block = block_at(memory, i);
        uint32_t used = atomic_load_explicit(&block->used, memory_order_acquire);
        if (used == 0 || used > PP_BLOCK_SPANS || block->lane >= memory->lane_count)
            continue;
        counts[block->lane] += used;
        all += used;
    }
    return all;
}

void pp_recorder_copy(const struct pp_recorder *recorder, uint64_t *at, struct pp_trace_span *spans) {
    const struct pp_recorder_memory *memory = recorder->memory;
    uint64_t taken = blocks_taken(memory);
    for (uint64_t i = 0; i < taken; i++) {
        const struct pp_recorder_block *block = block_at(memory, i);
        uint32_t used = atomic_load_explicit(&block->used, memory_order_acquire);
        if (used == 0 || used > PP_BLOCK_SPANS || block->lane >= memory->lane_count)
            continue;
        memcpy(spans + at[block->lane], block->spans, used * sizeof spans[0]);
        at[block->lane] += used;
    }
}

uint64_t pp_recorder_dropped(const struct pp_recorder *recorder) {
    uint64_t dropped = 0;
    for (uint64_t i = 0; i < recorder->memory->lane_count; i++)
        dropped += atomic_load(&recorder->memory->lanes[i].dropped);
    return dropped;
}
