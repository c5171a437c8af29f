/* libFuzzer target: whatever arrives on the results pipe, taken apart the way the pool does it (src/exec/pool.c). What
 * decodes must encode to the same meaning again. Seeds: corpus_frame/, made by make_frames.c. */
#include "exec/frame.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition)
        abort();
}

/* What was taken for a frame is one: it goes the way it came. */
static void check_round_trip(const struct pp_frame *frame, long length) {
    unsigned char bytes[sizeof *frame];
    struct pp_frame again;
    size_t encoded = pp_frame_encode(frame, bytes);
    expect(encoded == (size_t)length);
    expect(pp_frame_decode(bytes, encoded, &again) == (long)encoded);
    expect(again.kind == frame->kind && again.worker == frame->worker && again.generation == frame->generation);
    expect(memcmp(&again.order, &frame->order, sizeof again.order) == 0);
    expect(memcmp(&again.tally, &frame->tally, offsetof(struct pp_tally, too_short)) == 0);
    expect(again.tally.too_short == frame->tally.too_short && again.tally.why.code == frame->tally.why.code);
    if (frame->tally.why.code != 0)
        expect(strcmp(again.tally.why.text, frame->tally.why.text) == 0 &&
               memcmp(&again.tally.reasons, &frame->tally.reasons, sizeof again.tally.reasons) == 0);
    expect(again.tally.times.used == frame->tally.times.used);
    expect(memcmp(again.tally.times.runs, frame->tally.times.runs,
                  again.tally.times.used * sizeof again.tally.times.runs[0]) == 0);
}

static size_t take_apart(const uint8_t *data, size_t size) {
    size_t used = 0;
    struct pp_frame frame;
    long length;
    while ((length = pp_frame_decode(data + used, size - used, &frame)) > 0) {
        expect((size_t)length <= size - used);
        check_round_trip(&frame, length);
        used += (size_t)length;
    }
    return used;
}

/* The bytes as read() may hand them over: all at once, or split at a place that the first byte tells. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t split = size ? data[0] % size : 0;
    size_t used = take_apart(data, size);
    size_t used_before = take_apart(data, split);
    expect(used_before <= used);
    expect(used_before + take_apart(data + used_before, size - used_before) == used);
    return 0;
}
