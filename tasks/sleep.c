#include <errno.h>
#include <time.h>

#include "pptest/task.h"

struct args {
    double milliseconds;
};

static const struct pp_field fields[] = {{.name = "milliseconds",
                                          .unit = "ms",
                                          .help = "how long to wait",
                                          .type = PP_REAL,
                                          .offset = offsetof(struct args, milliseconds),
                                          .min = 0,
                                          .max = 86400000, /* a day */
                                          .def.r = 10},
                                         {0}};

enum { NS_PER_S = 1000000000 };

static double milliseconds_between(struct timespec from, struct timespec to) {
    return (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) * 1e-6;
}

static struct timespec later(struct timespec moment, double milliseconds) {
    int64_t ns = (int64_t)moment.tv_nsec + (int64_t)(milliseconds * 1e6);
    return (struct timespec){.tv_sec = moment.tv_sec + (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
}

static int sleep_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                     struct pp_error *error) {
    (void)state;
    const struct args *a = args;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    struct timespec deadline = later(start, a->milliseconds);
    int status;
    do /* until a moment, not for a time: signals that interrupt it do not make it longer */
        status = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
    while (status == EINTR);
    if (status != 0)
        return pp_error_set(error, -status, "cannot wait for %.15g ms", a->milliseconds);
    clock_gettime(CLOCK_MONOTONIC, &end);
    output->value = milliseconds_between(start, end);
    output->digest = item->seed;
    return 0;
}

/* What a sleep under way has to remember; all zero before its first step. */
struct flight {
    struct timespec start;
    uint64_t until_ns;
};

static uint64_t ns_of(struct timespec moment) { return (uint64_t)moment.tv_sec * NS_PER_S + (uint64_t)moment.tv_nsec; }

static int sleep_step(void *state, void *flight, const void *args, const struct pp_item *item,
                      const struct pp_step *step, struct pp_error *error) {
    (void)state;
    (void)error;
    const struct args *a = args;
    struct flight *own = flight;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (own->until_ns == 0) {
        own->start = now;
        own->until_ns = ns_of(later(now, a->milliseconds));
    }
    if (ns_of(now) < own->until_ns) {
        *step->wait = (struct pp_wait){.until_ns = own->until_ns, .fd = -1};
        return 1;
    }
    step->output->value = milliseconds_between(own->start, now);
    step->output->digest = item->seed;
    return 0;
}

static int sleep_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                        struct pp_error *error) {
    (void)state;
    const struct args *a = args;
    /* A nanosecond is lost to truncation, and a few more to the two differences that make up the value. */
    if (!(output->value >= a->milliseconds - 1e-5))
        return pp_error_set(error, -EBADMSG, "it waited for %.9g ms instead of %.9g ms", output->value,
                            a->milliseconds);
    if (output->digest != item->seed)
        return pp_error_set(error, -EBADMSG, "the digest is not the item's seed");
    return 0;
}

static double sleep_estimate(const void *args) {
    const struct args *a = args;
    return a->milliseconds * 1e-3 + 60e-6; /* timers may fire 50 µs late by default, and waking up takes a while */
}

const struct pp_task pp_task_sleep = {.name = "sleep",
                                      .summary = "waits without using a processor",
                                      .args = fields,
                                      .args_size = sizeof(struct args),
                                      .caps = PP_TASK_VALUE_ONLY | PP_TASK_WAITS,
                                      .flight_size = sizeof(struct flight),
                                      .run = sleep_run,
                                      .step = sleep_step,
                                      .verify = sleep_verify,
                                      .estimate = sleep_estimate};
