/* Runs a task through its descriptor, the way any runner does, for tests of single tasks. */
#ifndef PPTEST_TESTS_TASK_FIXTURE_H
#define PPTEST_TESTS_TASK_FIXTURE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pptest/task.h"

struct fixture {
    const struct pp_task *task;
    void *args, *shared, *state; /* as the task describes them; args hold the defaults, for the test to change */
    struct pp_env env;
    struct pp_output output; /* of the last run */
    struct pp_error error;
};

static inline void *fixture_zeroed(size_t bytes) {
    size_t rounded = (bytes / 64 + 1) * 64;
    void *memory = aligned_alloc(64, rounded);
    if (!memory)
        abort();
    return memset(memory, 0, rounded);
}

static inline struct fixture fixture_new(const struct pp_task *task, const char *tmp_dir, unsigned threads) {
    struct fixture fixture = {.task = task,
                              .args = fixture_zeroed(task->args_size),
                              .shared = fixture_zeroed(task->shared_size),
                              .state = fixture_zeroed(task->state_size),
                              .env = {.config_dir = "example_configs", .tmp_dir = tmp_dir, .library_threads = threads}};
    pp_fields_default(task->args, fixture.args);
    return fixture;
}

/* A place in `args`; the name is that of one of the task's arguments. */
static inline void *fixture_argument(struct fixture *f, const char *name) {
    const struct pp_field *field = f->task->args;
    while (strcmp(field->name, name) != 0)
        field++;
    return (char *)f->args + field->offset;
}

static inline int fixture_start(struct fixture *f) {
    int status = f->task->prepare ? f->task->prepare(f->shared, f->args, &f->env, &f->error) : 0;
    if (status == 0 && f->task->worker_init)
        status = f->task->worker_init(f->state, f->shared, f->args, &f->env, &f->error);
    return status;
}

static inline int fixture_run(struct fixture *f, uint64_t seed) {
    struct pp_item item = {.seed = seed};
    f->output = (struct pp_output){0};
    return f->task->run(f->state, f->args, &item, &f->output, &f->error);
}

static inline int fixture_verify(struct fixture *f, uint64_t seed) {
    struct pp_item item = {.seed = seed};
    return f->task->verify(f->state, f->args, &item, &f->output, &f->error);
}

/* Run and verify; 0 when both are. */
static inline int fixture_do(struct fixture *f, uint64_t seed) {
    int status = fixture_run(f, seed);
    return status ? status : fixture_verify(f, seed);
}

/* Run in steps, as an event loop takes them, but looking again and again instead of waiting; and verify. */
static inline int fixture_step(struct fixture *f, const struct pp_item *item) {
    void *flight = fixture_zeroed(f->task->flight_size);
    struct pp_wait wait;
    const struct pp_step step = {.wait = &wait, .output = &f->output};
    int status;
    f->output = (struct pp_output){0};
    while ((status = f->task->step(f->state, flight, f->args, item, &step, &f->error)) > 0)
        usleep(200);
    free(flight);
    return status ? status : f->task->verify(f->state, f->args, item, &f->output, &f->error);
}

/* `started`: fixture_start was called and returned 0. */
static inline void fixture_free(struct fixture *f, bool started) {
    if (started && f->task->worker_fini)
        f->task->worker_fini(f->state);
    if (started && f->task->cleanup)
        f->task->cleanup(f->shared);
    free(f->args);
    free(f->shared);
    free(f->state);
}

#endif
