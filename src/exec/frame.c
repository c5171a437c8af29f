#include "exec/frame.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

_Static_assert(sizeof(struct pp_frame) <= PIPE_BUF, "a frame is written in one piece");

static const size_t bare_length = offsetof(struct pp_frame, tally) + offsetof(struct pp_tally, why);

size_t pp_frame_length(const struct pp_frame *frame) {
    return frame->tally.why.code != 0 ? sizeof *frame : bare_length;
}

size_t pp_frame_encode(const struct pp_frame *frame, void *bytes) {
    size_t length = pp_frame_length(frame);
    memcpy(bytes, frame, length);
    uint32_t header[2] = {PP_FRAME_MAGIC, (uint32_t)length};
    memcpy(bytes, header, sizeof header);
    return length;
}

static bool makes_sense(const struct pp_frame *frame) {
    const struct pp_tally *tally = &frame->tally;
    if (frame->kind == PP_FRAME_READY)
        return true;
    return frame->kind == PP_FRAME_RESULT && tally->wrong <= tally->failed && tally->failed <= frame->order.count &&
           tally->done == frame->order.count - tally->failed;
}

long pp_frame_decode(const void *bytes, size_t count, struct pp_frame *frame) {
    uint32_t header[2] = {0, 0};
    if (count < sizeof header)
        return 0;
    memcpy(header, bytes, sizeof header);
    size_t length = header[1];
    if (header[0] != PP_FRAME_MAGIC || (length != bare_length && length != sizeof *frame))
        return -EBADMSG;
    if (count < length)
        return 0;
    /* A byte that is neither 0 nor 1 is no bool, and reading it as one is undefined. */
    unsigned char too_short = 0;
    memcpy(&too_short, (const char *)bytes + offsetof(struct pp_frame, tally.too_short), 1);
    if (too_short > 1)
        return -EBADMSG;
    *frame = (struct pp_frame){0};
    memcpy(frame, bytes, length);
    frame->tally.why.text[sizeof frame->tally.why.text - 1] = '\0';
    frame->tally.why.where[sizeof frame->tally.why.where - 1] = '\0';
    return makes_sense(frame) ? (long)length : -EBADMSG;
}
