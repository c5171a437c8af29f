#include "exec/frame.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

_Static_assert(sizeof(struct pp_frame) <= PIPE_BUF, "a frame is written in one piece");

/* What every frame has: all up to the words of an error. */
static const size_t bare_length = offsetof(struct pp_frame, tally) + offsetof(struct pp_tally, why);

/* An error and what else is told of tasks that failed lie between that and the times. */
static const size_t words_length = offsetof(struct pp_tally, times) - offsetof(struct pp_tally, why);

static size_t runs_length(uint32_t runs) { return runs * sizeof(struct pp_time_run); }

size_t pp_frame_length(const struct pp_frame *frame) {
    return bare_length + (frame->tally.why.code != 0 ? words_length : 0) + runs_length(frame->tally.times.used);
}

size_t pp_frame_encode(const struct pp_frame *frame, void *bytes) {
    unsigned char *to = bytes;
    size_t length = pp_frame_length(frame), times_length = runs_length(frame->tally.times.used);
    memcpy(to, frame, bare_length);
    memcpy(to + bare_length, &frame->tally.why, length - bare_length - times_length);
    memcpy(to + length - times_length, frame->tally.times.runs, times_length);
    uint32_t header[2] = {PP_FRAME_MAGIC, (uint32_t)length};
    memcpy(to, header, sizeof header);
    memcpy(to + offsetof(struct pp_frame, runs), &frame->tally.times.used, sizeof frame->tally.times.used);
    return length;
}

/* A worker that keeps no times sends none; otherwise each task that is done has its own. */
static bool times_make_sense(const struct pp_tally *tally) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < tally->times.used; i++) {
        if (tally->times.runs[i].bucket >= PP_HISTOGRAM_BUCKETS || tally->times.runs[i].count == 0)
            return false;
        count += tally->times.runs[i].count;
    }
    return tally->times.used == 0 || count == tally->done;
}

/* Each task that failed has a reason. */
static bool reasons_make_sense(const struct pp_tally *tally) {
    const struct pp_reasons *reasons = &tally->reasons;
    uint64_t left = tally->failed;
    if (reasons->used > PP_REASONS_MAX || reasons->others > left)
        return false;
    left -= reasons->others;
    for (unsigned i = 0; i < reasons->used; i++) {
        if (reasons->items[i].count == 0 || reasons->items[i].count > left)
            return false;
        left -= reasons->items[i].count;
    }
    return left == 0;
}

static bool makes_sense(const struct pp_frame *frame) {
    const struct pp_tally *tally = &frame->tally;
    if (frame->kind == PP_FRAME_READY || frame->kind == PP_FRAME_PART)
        return tally->times.used == 0 && tally->reasons.used == 0 && tally->reasons.others == 0;
    return frame->kind == PP_FRAME_RESULT && frame->order.count > 0 && tally->wrong <= tally->failed &&
           tally->failed <= frame->order.count && tally->done == frame->order.count - tally->failed &&
           times_make_sense(tally) && reasons_make_sense(tally);
}

/* Reads what follows the bare frame. `length` is that of the whole. */
static bool read_rest(const unsigned char *bytes, size_t length, struct pp_frame *frame) {
    struct pp_tally *tally = &frame->tally;
    size_t times_length = runs_length(frame->runs);
    bool has_words = length - times_length > bare_length;
    tally->why.code = 0;
    tally->reasons.used = 0;
    tally->reasons.others = 0;
    if (has_words) {
        memcpy(&tally->why, bytes + bare_length, words_length);
        tally->why.text[sizeof tally->why.text - 1] = '\0';
        tally->why.where[sizeof tally->why.where - 1] = '\0';
        for (size_t i = 0; i < PP_REASONS_MAX; i++)
            tally->reasons.items[i].words[PP_REASON_BYTES - 1] = '\0';
    }
    tally->times.used = frame->runs;
    memcpy(tally->times.runs, bytes + length - times_length, times_length);
    return has_words == (tally->why.code != 0);
}

long pp_frame_decode(const void *bytes, size_t count, struct pp_frame *frame) {
    const unsigned char *from = bytes;
    uint32_t header[2] = {0, 0}, runs = 0;
    if (count < sizeof header)
        return 0;
    memcpy(header, from, sizeof header);
    size_t length = header[1];
    if (header[0] != PP_FRAME_MAGIC || length < bare_length || length > sizeof *frame)
        return -EBADMSG;
    if (count < length)
        return 0;
    memcpy(&runs, from + offsetof(struct pp_frame, runs), sizeof runs);
    if (runs > PP_TIMES_MAX)
        return -EBADMSG;
    size_t plain = bare_length + runs_length(runs);
    if (length != plain && length != plain + words_length)
        return -EBADMSG;
    /* A byte that is neither 0 nor 1 is no bool, and reading it as one is undefined. */
    if (from[offsetof(struct pp_frame, tally.too_short)] > 1)
        return -EBADMSG;
    memcpy(frame, from, bare_length);
    return read_rest(from, length, frame) && makes_sense(frame) ? (long)length : -EBADMSG;
}
