#include "lib/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *pp_mix_parts_struct(size_t bytes) {
    enum { CACHE_LINE_BYTES = 64 };
    size_t rounded = (bytes / CACHE_LINE_BYTES + 1) * CACHE_LINE_BYTES;
    void *memory = aligned_alloc(CACHE_LINE_BYTES, rounded);
    return memory ? memset(memory, 0, rounded) : NULL;
}

int pp_mix_parts_no_memory(struct pp_error *error) {
    return pp_error_set(error, -ENOMEM, "no memory for the tasks of the mix");
}

/* Passes a part's error on with its name. */
static int part_failed(const struct pp_task *task, int status, const struct pp_error *inner, struct pp_error *error) {
    return pp_error_set(error, status, "%s: %s", task->name, inner->text[0] ? inner->text : strerror(-status));
}

static int part_prepare(struct pp_mix_part *part, const struct pp_env *env, struct pp_error *error) {
    struct pp_error inner = {0};
    part->shared = pp_mix_parts_struct(part->task->shared_size);
    if (!part->shared)
        return pp_mix_parts_no_memory(error);
    int status = part->task->prepare ? part->task->prepare(part->shared, part->args, env, &inner) : 0;
    if (status == 0)
        return 0;
    free(part->shared);
    part_failed(part->task, status, &inner, error);
    memcpy(error->where, inner.where, sizeof inner.where);
    return status;
}

void pp_mix_parts_cleanup(struct pp_mix_parts *parts) {
    while (parts->count > 0) {
        struct pp_mix_part *part = &parts->items[--parts->count];
        if (part->task->cleanup)
            part->task->cleanup(part->shared);
        free(part->shared);
    }
}

int pp_mix_parts_prepare(struct pp_mix_parts *parts, struct pp_mix_part *items, size_t count, const struct pp_env *env,
                         struct pp_error *error) {
    *parts = (struct pp_mix_parts){.items = items};
    while (parts->count < count) {
        struct pp_error inner = {0};
        int status = part_prepare(&items[parts->count], env, &inner);
        if (status != 0) {
            char where[sizeof inner.where];
            snprintf(where, sizeof where, "/0/%zu/1%.32s", parts->count, inner.where);
            pp_error_at(error, status, where, "%s", inner.text);
            pp_mix_parts_cleanup(parts);
            return status;
        }
        parts->count++;
    }
    return 0;
}

static int part_init(void **state, const struct pp_mix_part *part, const struct pp_env *env, struct pp_error *error) {
    const struct pp_task *task = part->task;
    struct pp_error inner = {0};
    *state = pp_mix_parts_struct(task->state_size);
    if (!*state)
        return pp_mix_parts_no_memory(error);
    int status = task->worker_init ? task->worker_init(*state, part->shared, part->args, env, &inner) : 0;
    if (status == 0)
        return 0;
    free(*state);
    *state = NULL;
    return part_failed(task, status, &inner, error);
}

static void fini_first(void **states, const struct pp_mix_parts *parts, size_t count) {
    while (count > 0) {
        const struct pp_task *task = parts->items[--count].task;
        if (task->worker_fini)
            task->worker_fini(states[count]);
        free(states[count]);
    }
    free(states);
}

void pp_mix_parts_fini(void **states, const struct pp_mix_parts *parts) { fini_first(states, parts, parts->count); }

static bool has_children(const struct pp_mix_part *part) { return part->task->caps & PP_TASK_CHILDREN; }

static unsigned count_with_children(const struct pp_mix_parts *parts) {
    unsigned count = 0;
    for (size_t i = 0; i < parts->count; i++)
        count += has_children(&parts->items[i]);
    return count;
}

/* What the `number`th of `count` parts that start processes has for itself: where many are under way at once, places of
 * its own, and numbers of workers that no other has. */
static struct pp_env share_of(const struct pp_env *env, unsigned number, unsigned count) {
    struct pp_env own = *env;
    if (env->groups && count > 1 && env->group_count >= count) {
        own.group_count /= count;
        own.groups += number * own.group_count;
        own.worker += number * own.group_count;
    }
    return own;
}

int pp_mix_parts_init(void ***states, const struct pp_mix_parts *parts, const struct pp_env *env,
                      struct pp_error *error) {
    void **made = calloc(parts->count, sizeof *made);
    if (!made)
        return pp_mix_parts_no_memory(error);
    unsigned sharers = count_with_children(parts), number = 0;
    for (size_t i = 0; i < parts->count; i++) {
        bool shares = has_children(&parts->items[i]);
        const struct pp_env own = shares ? share_of(env, number++, sharers) : *env;
        int status = part_init(&made[i], &parts->items[i], &own, error);
        if (status != 0) {
            fini_first(made, parts, i);
            return status;
        }
    }
    *states = made;
    return 0;
}

int pp_mix_part_run(const struct pp_mix_part *part, void *state, const void *args, const struct pp_item *item,
                    struct pp_output *output, struct pp_error *error) {
    struct pp_error inner = {0};
    int status = part->task->run(state, args, item, output, &inner);
    return status == 0 ? 0 : part_failed(part->task, status, &inner, error);
}

int pp_mix_part_step(const struct pp_mix_part *part, void *state, void *flight, const struct pp_item *item,
                     const struct pp_step *step, struct pp_error *error) {
    const struct pp_task *task = part->task;
    if (!task->step)
        return pp_mix_part_run(part, state, part->args, item, step->output, error);
    struct pp_error inner = {0};
    int status = task->step(state, flight, part->args, item, step, &inner);
    return status >= 0 ? status : part_failed(task, status, &inner, error);
}

int pp_mix_part_verify(const struct pp_mix_part *part, void *state, const void *args, const struct pp_item *item,
                       const struct pp_output *output, struct pp_error *error) {
    struct pp_error inner = {0};
    int status = part->task->verify ? part->task->verify(state, args, item, output, &inner) : 0;
    return status == 0 ? 0 : part_failed(part->task, status, &inner, error);
}
