#include <stdalign.h>
#include <stdlib.h>

#include "lib/parts.h"
#include "pptest/task.h"

struct args {
    struct pp_members tasks;
};

struct shared {
    struct pp_mix_parts parts;
    struct pp_mix_part *list;
    double *bounds; /* for each part its weight and those of the parts before it; ascending */
};

struct state {
    const struct shared *shared;
    void **states; /* one for each part */
};

/* A task under way, all zero before its first step. What its part keeps there begins on a cache line, and its size is
 * known with the parts (base/members.h adds it). */
struct flight {
    size_t part; /* its number + 1, 0: it has not begun */
    alignas(64) unsigned char own[];
};

static const struct pp_field fields[] = {
    {.name = "tasks",
     .help = "tasks with their arguments and how often they come: [\"sum\", [1000], 3], [\"sleep\", [50], 1], …",
     .type = PP_TASKS,
     .flags = PP_FIELD_REQUIRED | PP_FIELD_NONEMPTY | PP_FIELD_REST,
     .offset = offsetof(struct args, tasks)},
    {0}};

static void list_free(struct shared *shared) {
    free(shared->list);
    free(shared->bounds);
}

static void mix_cleanup(void *shared) {
    struct shared *s = shared;
    pp_mix_parts_cleanup(&s->parts);
    list_free(s);
}

static int mix_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    const struct pp_members *tasks = &((const struct args *)args)->tasks;
    *s = (struct shared){.list = calloc(tasks->count, sizeof *s->list),
                         .bounds = calloc(tasks->count, sizeof *s->bounds)};
    if (!s->list || !s->bounds) {
        list_free(s);
        return pp_mix_parts_no_memory(error);
    }
    double sum = 0;
    for (size_t i = 0; i < tasks->count; i++) {
        const struct pp_member *member = &tasks->items[i];
        s->list[i] = (struct pp_mix_part){.task = member->task, .args = member->args};
        s->bounds[i] = sum += member->weight;
    }
    int status = pp_mix_parts_prepare(&s->parts, s->list, tasks->count, env, error);
    if (status != 0)
        list_free(s);
    return status;
}

static int mix_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                    struct pp_error *error) {
    (void)args;
    struct state *s = state;
    *s = (struct state){.shared = shared};
    return pp_mix_parts_init(&s->states, &s->shared->parts, env, error);
}

static void mix_fini(void *state) {
    struct state *s = state;
    pp_mix_parts_fini(s->states, &s->shared->parts);
}

/* The number of the first part whose bound is above `place`, which is below the last one. */
static size_t part_at(const struct shared *shared, double place) {
    size_t low = 0, high = shared->parts.count - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (shared->bounds[middle] > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Which part an item is depends on its seed alone, so `verify` finds it again in the same way as `run`. Its item, which
 * has a seed of its own, is left in `inner`. */
static size_t item_draw(const struct state *state, const struct pp_item *item, struct pp_item *inner) {
    const struct shared *shared = state->shared;
    struct pp_rng rng = {item->seed};
    double place = pp_rng_real(&rng) * shared->bounds[shared->parts.count - 1];
    *inner = (struct pp_item){.index = item->index, .seed = pp_rng_next(&rng)};
    return part_at(shared, place);
}

static int mix_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                   struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner;
    size_t number = item_draw(s, item, &inner);
    const struct pp_mix_part *part = &s->shared->parts.items[number];
    return pp_mix_part_run(part, s->states[number], part->args, &inner, output, error);
}

static int mix_step(void *state, void *flight, const void *args, const struct pp_item *item, const struct pp_step *step,
                    struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct flight *own = flight;
    struct pp_item inner;
    size_t number = item_draw(s, item, &inner);
    own->part = number + 1;
    return pp_mix_part_step(&s->shared->parts.items[number], s->states[number], own->own, &inner, step, error);
}

static void mix_abandon(void *state, void *flight) {
    struct state *s = state;
    struct flight *own = flight;
    if (own->part == 0)
        return;
    const struct pp_task *task = s->shared->parts.items[own->part - 1].task;
    if (task->step && task->abandon)
        task->abandon(s->states[own->part - 1], own->own);
}

static int mix_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                      struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner;
    size_t number = item_draw(s, item, &inner);
    const struct pp_mix_part *part = &s->shared->parts.items[number];
    return pp_mix_part_verify(part, s->states[number], part->args, &inner, output, error);
}

/* The mean; a task that cannot say counts as nothing. */
static double mix_estimate(const void *args) {
    const struct pp_members *tasks = &((const struct args *)args)->tasks;
    double sum_s = 0, weights = 0;
    for (size_t i = 0; i < tasks->count; i++) {
        const struct pp_member *member = &tasks->items[i];
        sum_s += member->task->estimate ? member->weight * member->task->estimate(member->args) : 0;
        weights += member->weight;
    }
    return weights > 0 ? sum_s / weights : 0;
}

/* The greediest task decides. `args` may be NULL. */
static unsigned mix_library_threads(const void *args) {
    const struct args *a = args;
    unsigned most = 1;
    for (size_t i = 0; a && i < a->tasks.count; i++) {
        const struct pp_member *member = &a->tasks.items[i];
        unsigned threads = member->task->library_threads ? member->task->library_threads(member->args) : 1;
        if (threads == 0)
            return 0;
        most = threads > most ? threads : most;
    }
    return most;
}

const struct pp_task pp_task_mix = {.name = "mix",
                                    .summary = "does one of several tasks, each with arguments and a weight of its own",
                                    .args = fields,
                                    .args_size = sizeof(struct args),
                                    .shared_size = sizeof(struct shared),
                                    .state_size = sizeof(struct state),
                                    .flight_size = sizeof(struct flight),
                                    .prepare = mix_prepare,
                                    .worker_init = mix_init,
                                    .run = mix_run,
                                    .step = mix_step,
                                    .abandon = mix_abandon,
                                    .verify = mix_verify,
                                    .worker_fini = mix_fini,
                                    .cleanup = mix_cleanup,
                                    .library_threads = mix_library_threads,
                                    .estimate = mix_estimate};
