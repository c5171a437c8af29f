/* One worker of a task that is found by its name, as an executor sees it. Include <cmocka.h> and what it needs before.
 */
#ifndef PPTEST_TESTS_ONE_WORKER_H
#define PPTEST_TESTS_ONE_WORKER_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "pptest/task.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* One worker of one task. */
struct worker {
    const struct pp_task *task;
    void *args, *shared, *state;
    struct pp_error error;
};

static const struct pp_env env = {.config_dir = "example_configs", .tmp_dir = "/tmp"};

static inline void *struct_new(size_t bytes) {
    size_t rounded = (bytes / 64 + 1) * 64;
    void *memory = aligned_alloc(64, rounded);
    assert_non_null(memory);
    return memset(memory, 0, rounded);
}

/* With default arguments; not started yet. */
static inline struct worker worker_new(const char *name) {
    struct worker worker = {.task = pp_task_find(name)};
    assert_non_null(worker.task);
    if (worker.task->unavailable)
        skip();
    worker.args = struct_new(worker.task->args_size);
    worker.shared = struct_new(worker.task->shared_size);
    worker.state = struct_new(worker.task->state_size);
    pp_fields_default(worker.task->args, worker.args);
    return worker;
}

static inline void *argument(const struct worker *worker, const char *name) {
    for (const struct pp_field *field = worker->task->args; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return (char *)worker->args + field->offset;
    fail_msg("no argument %s", name);
    return NULL;
}

static inline void set_int(const struct worker *worker, const char *name, int64_t value) {
    *(int64_t *)argument(worker, name) = value;
}

static inline int worker_start(struct worker *worker) {
    const struct pp_task *task = worker->task;
    int status = task->prepare ? task->prepare(worker->shared, worker->args, &env, &worker->error) : 0;
    if (status != 0 || !task->worker_init)
        return status;
    status = task->worker_init(worker->state, worker->shared, worker->args, &env, &worker->error);
    if (status != 0 && task->cleanup)
        task->cleanup(worker->shared);
    return status;
}

static inline void worker_free(struct worker *worker) {
    free(worker->state);
    free(worker->shared);
    free(worker->args);
}

static inline void worker_end(struct worker *worker) {
    if (worker->task->worker_fini)
        worker->task->worker_fini(worker->state);
    if (worker->task->cleanup)
        worker->task->cleanup(worker->shared);
    worker_free(worker);
}

static inline struct pp_item item_of(uint64_t index) {
    return (struct pp_item){.index = index, .seed = pp_mix2(1, index)};
}

static inline struct pp_output run(struct worker *worker, uint64_t index) {
    struct pp_item item = item_of(index);
    struct pp_output output = {0};
    assert_int_equal(worker->task->run(worker->state, worker->args, &item, &output, &worker->error), 0);
    return output;
}

static inline int verify(struct worker *worker, uint64_t index, struct pp_output output) {
    struct pp_item item = item_of(index);
    worker->error = (struct pp_error){0};
    int status = worker->task->verify(worker->state, worker->args, &item, &output, &worker->error);
    assert_int_equal(worker->error.code, status);
    assert_true(status == 0 || worker->error.text[0]);
    return status;
}

static inline struct pp_output run_verified(struct worker *worker, uint64_t index) {
    struct pp_output output = run(worker, index);
    assert_int_equal(verify(worker, index, output), 0);
    return output;
}

/* The same item gives the same digest, in another order and on another worker too, and other items give others. */
static inline void assert_deterministic(const char *name, void (*shrink)(const struct worker *)) {
    struct worker a = worker_new(name), b = worker_new(name);
    shrink(&a);
    shrink(&b);
    assert_int_equal(worker_start(&a), 0);
    assert_int_equal(worker_start(&b), 0);
    uint64_t first = run_verified(&a, 0).digest, second = run_verified(&a, 1).digest;
    assert_int_not_equal(first, second);
    assert_int_equal(run_verified(&b, 1).digest, second);
    assert_int_equal(run_verified(&b, 0).digest, first);
    assert_int_equal(run_verified(&a, 0).digest, first);
    worker_end(&b);
    worker_end(&a);
}

/* A start that needs more memory than a process may have fails with words. */
static inline void assert_start_needs_memory(struct worker *worker) {
#ifdef SANITIZED
    (void)worker;
#else
    struct rlimit before, less;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    less = before;
    less.rlim_cur = (rlim_t)8 << 30;
    assert_int_equal(setrlimit(RLIMIT_AS, &less), 0);
    int status = worker_start(worker);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, -ENOMEM);
    assert_int_equal(worker->error.code, -ENOMEM);
    assert_non_null(strstr(worker->error.text, "no memory"));
#endif
}

#endif
