/* A stateful task for tests of the executors: each worker keeps a tally of the items it has run, and the whole is right
 * when each item of the job is in it once. Include <cmocka.h> and what it needs before. */
#ifndef PPTEST_TESTS_HOARD_H
#define PPTEST_TESTS_HOARD_H

#include "process_world.h"

/* Larger than a pipe takes in one piece. */
struct hoard {
    uint32_t times[FAKE_BOARD_ITEMS];
};

struct hoard_whole {
    struct hoard *sum;
    unsigned parts;
};

static inline int hoard_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                            struct pp_error *error) {
    struct hoard *hoard = state;
    (void)error;
    hoard->times[item->index]++;
    return fake_answer(args, item, output);
}

static inline int hoard_gather(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    (void)args;
    (void)error;
    *part = (struct pp_part){.bytes = state, .count = sizeof(struct hoard)};
    return 0;
}

static inline int hoard_merge(void *whole, const void *args, const struct pp_part *part, struct pp_error *error) {
    struct hoard_whole *w = whole;
    const struct hoard *hoard = part->bytes;
    (void)args;
    if (part->count != sizeof *hoard)
        return pp_error_set(error, -EBADMSG, "%zu bytes are no hoard", part->count);
    if (!w->sum)
        w->sum = calloc(1, sizeof *w->sum);
    if (!w->sum)
        return -ENOMEM;
    for (size_t i = 0; i < FAKE_BOARD_ITEMS; i++)
        w->sum->times[i] += hoard->times[i];
    w->parts++;
    return 0;
}

static inline int hoard_conclude(void *whole, const void *args, uint64_t count, uint64_t *digest,
                                 struct pp_error *error) {
    const struct hoard_whole *w = whole;
    (void)args;
    for (uint64_t i = 0; i < FAKE_BOARD_ITEMS; i++)
        if (w->sum->times[i] != (i < count))
            return pp_error_set(error, -EBADMSG, "item %d was gathered %u times", (int)i, w->sum->times[i]);
    *digest = pp_mix64(count);
    return 0;
}

static inline void hoard_fini(void *whole) { free(((struct hoard_whole *)whole)->sum); }

static const struct pp_task hoarding = {.name = "hoarding",
                                        .state_size = sizeof(struct hoard),
                                        .run = hoard_run,
                                        .verify = fake_verify,
                                        .whole_size = sizeof(struct hoard_whole),
                                        .gather = hoard_gather,
                                        .merge = hoard_merge,
                                        .conclude = hoard_conclude,
                                        .whole_fini = hoard_fini};

/* The check value of a pass whose tasks and whole are all right. */
static inline uint64_t hoard_check(const struct fake_job *fake) {
    return fake_check(fake->job.seed, fake->job.count) + pp_mix2(fake->job.count, pp_mix64(fake->job.count));
}

/* All tasks are done, and the whole answer is that of any pass. */
static inline void assert_hoarded(const struct fake_job *fake) {
    assert_true(fake->sample.complete);
    assert_int_equal(fake->sample.done, fake->job.count);
    assert_int_equal(fake->sample.failed, 0);
    assert_int_equal(fake->sample.check, hoard_check(fake));
}

#endif
