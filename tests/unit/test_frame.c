/* Frames: what workers say to their parent, whole, cut short, and as garbage. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exec/frame.h"

static struct pp_frame result_frame(void) {
    struct pp_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.kind = PP_FRAME_RESULT;
    frame.worker = 5;
    frame.generation = 2;
    frame.order = (struct pp_order){.first = 1000, .count = 10};
    frame.tally.done = 10;
    frame.tally.task_ns = 123456789;
    frame.tally.wall_ns = 123456999;
    frame.tally.check = UINT64_C(0xfedcba9876543210);
    frame.tally.cpu_ns = 100000000;
    frame.tally.cpu_wall_ns = 110000000;
    frame.tally.shortest_ns = 7000000;
    frame.tally.longest_ns = 17000000;
    frame.tally.too_short = true;
    frame.tally.times = (struct pp_times){.used = 2, .runs = {{.bucket = 77, .count = 4}, {.bucket = 3, .count = 6}}};
    return frame;
}

static struct pp_frame failed_frame(void) {
    struct pp_frame frame = result_frame();
    frame.tally.done = 7;
    frame.tally.times.runs[1].count = 3;
    frame.tally.failed = 3;
    frame.tally.wrong = 1;
    pp_error_at(&frame.tally.why, -EIO, "/0", "the disk is on fire");
    pp_reasons_add(&frame.tally.reasons, 1003, "wrong answer");
    pp_reasons_add(&frame.tally.reasons, 1001, "the disk is on fire");
    pp_reasons_add(&frame.tally.reasons, 1002, "the disk is on fire");
    return frame;
}

static struct pp_frame ready_frame(int code) {
    struct pp_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.kind = PP_FRAME_READY;
    frame.worker = 1023;
    if (code)
        pp_error_set(&frame.tally.why, code, "no licence");
    return frame;
}

static struct pp_frame part_frame(int code) {
    struct pp_frame frame = ready_frame(code);
    frame.kind = PP_FRAME_PART;
    frame.order.count = UINT64_C(1) << 36;
    return frame;
}

/* Decodes from memory that ends where the bytes do, so that a sanitizer or valgrind sees a read past them. */
static long decode_exactly(const void *bytes, size_t count, struct pp_frame *frame) {
    unsigned char *copy = malloc(count ? count : 1);
    assert_non_null(copy);
    if (count)
        memcpy(copy, bytes, count);
    long length = pp_frame_decode(copy, count, frame);
    free(copy);
    return length;
}

static void assert_same(const struct pp_frame *a, const struct pp_frame *b) {
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->worker, b->worker);
    assert_int_equal(a->generation, b->generation);
    assert_memory_equal(&a->order, &b->order, sizeof a->order);
    assert_memory_equal(&a->tally, &b->tally, offsetof(struct pp_tally, too_short));
    assert_int_equal(a->tally.too_short, b->tally.too_short);
    assert_int_equal(a->tally.why.code, b->tally.why.code);
    if (a->tally.why.code != 0) {
        assert_string_equal(a->tally.why.where, b->tally.why.where);
        assert_string_equal(a->tally.why.text, b->tally.why.text);
        assert_memory_equal(&a->tally.reasons, &b->tally.reasons, sizeof a->tally.reasons);
    }
    assert_int_equal(a->tally.times.used, b->tally.times.used);
    assert_memory_equal(a->tally.times.runs, b->tally.times.runs, a->tally.times.used * sizeof a->tally.times.runs[0]);
}

static void round_trip(const struct pp_frame *frame) {
    unsigned char bytes[sizeof *frame];
    struct pp_frame back;
    memset(&back, 0xa5, sizeof back);
    size_t length = pp_frame_encode(frame, bytes);
    assert_int_equal(length, pp_frame_length(frame));
    assert_int_equal(decode_exactly(bytes, length, &back), (long)length);
    assert_int_equal(back.magic, PP_FRAME_MAGIC);
    assert_int_equal(back.length, length);
    assert_same(frame, &back);
}

static void frames_come_back_as_they_went(void **state) {
    (void)state;
    const struct pp_frame frames[] = {result_frame(),       failed_frame(), ready_frame(0),
                                      ready_frame(-ENOMEM), part_frame(0),  part_frame(-ENOMEM)};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        round_trip(&frames[i]);
}

static void words_and_times_travel_only_where_there_are_any(void **state) {
    (void)state;
    struct pp_frame good = result_frame(), bad = failed_frame(), full = failed_frame();
    assert_in_range(pp_frame_length(&good), 64, 192);
    assert_int_equal(pp_frame_length(&bad), pp_frame_length(&good) + sizeof bad.tally.why + sizeof bad.tally.reasons);
    full.tally.done = PP_TIMES_MAX;
    full.order.count = PP_TIMES_MAX + full.tally.failed;
    full.tally.times.used = PP_TIMES_MAX;
    for (unsigned i = 0; i < PP_TIMES_MAX; i++)
        full.tally.times.runs[i] = (struct pp_time_run){.bucket = (uint16_t)i, .count = 1};
    assert_int_equal(pp_frame_length(&full), pp_frame_length(&bad) + (PP_TIMES_MAX - 2) * sizeof(struct pp_time_run));
    assert_true(pp_frame_length(&full) <= PIPE_BUF);
    round_trip(&full);
}

static void every_truncation_waits_for_more(void **state) {
    (void)state;
    const struct pp_frame frames[] = {result_frame(), failed_frame(), ready_frame(0), ready_frame(-EIO), part_frame(0)};
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        unsigned char bytes[sizeof frames[0]];
        struct pp_frame back;
        size_t length = pp_frame_encode(&frames[i], bytes);
        for (size_t cut = 0; cut < length; cut++)
            assert_int_equal(decode_exactly(bytes, cut, &back), 0);
    }
}

static void frames_in_a_row_are_told_apart(void **state) {
    (void)state;
    unsigned char bytes[3 * sizeof(struct pp_frame)];
    struct pp_frame first = failed_frame(), second = result_frame(), third = ready_frame(0), back;
    size_t end = pp_frame_encode(&first, bytes);
    end += pp_frame_encode(&second, bytes + end);
    end += pp_frame_encode(&third, bytes + end);
    long length = decode_exactly(bytes, end, &back);
    assert_same(&first, &back);
    size_t at = (size_t)length;
    at += (size_t)decode_exactly(bytes + at, end - at, &back);
    assert_same(&second, &back);
    at += (size_t)decode_exactly(bytes + at, end - at, &back);
    assert_same(&third, &back);
    assert_int_equal(at, end);
}

/* ---- garbage ---- */

static void refused(const struct pp_frame *frame, size_t offset, const void *garbage, size_t count) {
    unsigned char bytes[sizeof *frame];
    struct pp_frame back;
    size_t length = pp_frame_encode(frame, bytes);
    memcpy(bytes + offset, garbage, count);
    assert_int_equal(decode_exactly(bytes, length, &back), -EBADMSG);
}

static void refused_u32(size_t offset, uint32_t garbage) {
    struct pp_frame frame = result_frame();
    refused(&frame, offset, &garbage, sizeof garbage);
}

static void headers_that_are_none(void **state) {
    (void)state;
    refused_u32(offsetof(struct pp_frame, magic), 0);
    refused_u32(offsetof(struct pp_frame, magic), PP_FRAME_MAGIC + 1);
    refused_u32(offsetof(struct pp_frame, magic), UINT32_MAX);
    const uint32_t lengths[] = {0, 1, 7, 8, 24, 4096, INT32_MAX, UINT32_MAX, (uint32_t)sizeof(struct pp_frame) + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        refused_u32(offsetof(struct pp_frame, length), lengths[i]);
}

static void kinds_that_are_none(void **state) {
    (void)state;
    refused_u32(offsetof(struct pp_frame, kind), 0);
    refused_u32(offsetof(struct pp_frame, kind), 3);
    refused_u32(offsetof(struct pp_frame, kind), UINT32_MAX);
}

static void a_wrong_header_is_refused_before_the_rest_is_there(void **state) {
    (void)state;
    const uint32_t wrong_magic[2] = {0x12345678, (uint32_t)sizeof(struct pp_frame)};
    const uint32_t wrong_length[2] = {PP_FRAME_MAGIC, 12};
    struct pp_frame back;
    assert_int_equal(decode_exactly(wrong_magic, sizeof wrong_magic, &back), -EBADMSG);
    assert_int_equal(decode_exactly(wrong_length, sizeof wrong_length, &back), -EBADMSG);
}

static void counts_that_do_not_add_up(void **state) {
    (void)state;
    struct pp_frame frame = result_frame();
    const uint64_t wrong_done[] = {0, 9, 11, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong_done / sizeof *wrong_done; i++)
        refused(&frame, offsetof(struct pp_frame, tally.done), &wrong_done[i], sizeof wrong_done[i]);
    const uint64_t wrong_failed[] = {1, 11, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong_failed / sizeof *wrong_failed; i++)
        refused(&frame, offsetof(struct pp_frame, tally.failed), &wrong_failed[i], sizeof wrong_failed[i]);
    uint64_t one = 1;
    refused(&frame, offsetof(struct pp_frame, tally.wrong), &one, sizeof one);
    uint64_t none = 0;
    refused(&frame, offsetof(struct pp_frame, order.count), &none, sizeof none);
    struct pp_frame empty = frame;
    empty.order.count = empty.tally.done = 0;
    empty.tally.times.used = 0;
    refused(&empty, offsetof(struct pp_frame, order.count), &none, sizeof none);
    /* done + failed = count only because it wraps round */
    frame.tally.done = 11;
    frame.tally.failed = UINT64_MAX;
    uint64_t count = 10;
    refused(&frame, offsetof(struct pp_frame, order.count), &count, sizeof count);
}

static void assert_reasons_refused(struct pp_reasons reasons) {
    struct pp_frame frame = failed_frame(), back;
    unsigned char bytes[sizeof frame];
    frame.tally.reasons = reasons;
    assert_int_equal(decode_exactly(bytes, pp_frame_encode(&frame, bytes), &back), -EBADMSG);
}

static void reasons_that_do_not_add_up(void **state) {
    (void)state;
    assert_reasons_refused((struct pp_reasons){0});
    assert_reasons_refused((struct pp_reasons){.others = 4});
    assert_reasons_refused((struct pp_reasons){.others = UINT64_MAX});
    assert_reasons_refused((struct pp_reasons){.used = 1, .items = {{.count = 2}}});
    assert_reasons_refused((struct pp_reasons){.used = 2, .items = {{.count = 3}, {.count = 0}}});
    assert_reasons_refused((struct pp_reasons){.used = 2, .items = {{.count = 4}, {.count = UINT64_MAX}}});
    assert_reasons_refused((struct pp_reasons){.used = PP_REASONS_MAX + 1, .others = 3});
    assert_reasons_refused((struct pp_reasons){.used = UINT32_MAX, .others = 3});
    struct pp_frame frame = failed_frame();
    frame.tally.reasons = (struct pp_reasons){.others = 3}; /* unusual, but not wrong */
    round_trip(&frame);
    frame = ready_frame(-EIO);
    frame.tally.reasons.others = 1;
    uint64_t one = 1;
    refused(&frame, offsetof(struct pp_frame, tally.reasons.others), &one, sizeof one);
}

static void times_that_make_no_sense(void **state) {
    (void)state;
    struct pp_frame frame = result_frame();
    frame.tally.times.runs[0].count = 5; /* eleven tasks of ten */
    unsigned char bytes[sizeof frame];
    struct pp_frame back;
    assert_int_equal(decode_exactly(bytes, pp_frame_encode(&frame, bytes), &back), -EBADMSG);
    frame.tally.times.runs[0] = (struct pp_time_run){.bucket = PP_HISTOGRAM_BUCKETS, .count = 4};
    assert_int_equal(decode_exactly(bytes, pp_frame_encode(&frame, bytes), &back), -EBADMSG);
    frame.tally.times = (struct pp_times){.used = 3, .runs = {{1, 4}, {2, 0}, {3, 6}}};
    assert_int_equal(decode_exactly(bytes, pp_frame_encode(&frame, bytes), &back), -EBADMSG);
    frame.tally.times.used = 0; /* a worker that keeps no times */
    round_trip(&frame);
    const uint32_t wrong_counts[] = {0, 1, 3, PP_TIMES_MAX, PP_TIMES_MAX + 1, UINT32_MAX};
    for (size_t i = 0; i < sizeof wrong_counts / sizeof *wrong_counts; i++)
        refused_u32(offsetof(struct pp_frame, runs), wrong_counts[i]);
}

static void a_bool_that_is_none(void **state) {
    (void)state;
    struct pp_frame frame = result_frame();
    for (int value = 2; value < 256; value++) {
        unsigned char byte = (unsigned char)value;
        refused(&frame, offsetof(struct pp_frame, tally.too_short), &byte, 1);
    }
}

static void words_without_an_end_are_ended(void **state) {
    (void)state;
    struct pp_frame frame = failed_frame(), back;
    memset(frame.tally.why.where, 'w', sizeof frame.tally.why.where);
    memset(frame.tally.why.text, 't', sizeof frame.tally.why.text);
    memset(frame.tally.reasons.items[1].words, 'r', sizeof frame.tally.reasons.items[1].words);
    unsigned char bytes[sizeof frame];
    size_t length = pp_frame_encode(&frame, bytes);
    assert_int_equal(decode_exactly(bytes, length, &back), (long)length);
    assert_int_equal(strlen(back.tally.why.where), sizeof back.tally.why.where - 1);
    assert_int_equal(strlen(back.tally.why.text), sizeof back.tally.why.text - 1);
    assert_int_equal(strlen(back.tally.reasons.items[1].words), PP_REASON_BYTES - 1);
}

/* Whatever single byte is wrong, the answer is a frame, no frame, or more; never a crash or a length out of bounds. */
static void any_byte_may_be_wrong(void **state) {
    (void)state;
    struct pp_frame frame = failed_frame(), back;
    unsigned char bytes[sizeof frame];
    size_t length = pp_frame_encode(&frame, bytes);
    for (size_t at = 0; at < length; at++)
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            bytes[at] = (unsigned char)(bytes[at] ^ flip);
            long got = decode_exactly(bytes, length, &back);
            assert_true(got == -EBADMSG || (got >= 0 && (size_t)got <= length));
            bytes[at] = (unsigned char)(bytes[at] ^ flip);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back_as_they_went),
        cmocka_unit_test(words_and_times_travel_only_where_there_are_any),
        cmocka_unit_test(every_truncation_waits_for_more),
        cmocka_unit_test(frames_in_a_row_are_told_apart),
        cmocka_unit_test(headers_that_are_none),
        cmocka_unit_test(kinds_that_are_none),
        cmocka_unit_test(a_wrong_header_is_refused_before_the_rest_is_there),
        cmocka_unit_test(counts_that_do_not_add_up),
        cmocka_unit_test(reasons_that_do_not_add_up),
        cmocka_unit_test(times_that_make_no_sense),
        cmocka_unit_test(a_bool_that_is_none),
        cmocka_unit_test(words_without_an_end_are_ended),
        cmocka_unit_test(any_byte_may_be_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
