#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parts.h"
#include "pptest/task.h"

struct args {
    struct pp_strings tasks;
};

struct shared {
    struct pp_mix_parts parts; /* their arguments are defaults, and those of their own */
    struct pp_mix_part *list;
};

struct state {
    const struct pp_mix_parts *parts;
    void **states; /* one for each part */
    void *drawn;   /* arguments of the item at hand, with room for any part's */
};

static const struct pp_field fields[] = {{.name = "tasks",
                                          .help = "names of the tasks to draw from; none: all that do real work",
                                          .type = PP_STRINGS,
                                          .flags = PP_FIELD_MEMBERS,
                                          .offset = offsetof(struct args, tasks)},
                                         {0}};

/* Not simply all that exist: a task more would change what every seed stands for. */
static const char *const real_work[] = {"sum", "multi", "io", "zip", "tensor", "sort", "matrix", "img", "password"};

static struct pp_strings names_of(const struct args *args) {
    if (args->tasks.count > 0)
        return args->tasks;
    return (struct pp_strings){.count = sizeof real_work / sizeof *real_work, .items = real_work};
}

/* The next task of the mix that this build can run, from name number `*at` on; NULL when there are no more. */
static const struct pp_task *member_next(const struct args *args, size_t *at) {
    struct pp_strings names = names_of(args);
    while (*at < names.count) {
        const struct pp_task *task = pp_task_find(names.items[(*at)++]);
        if (task && !task->unavailable)
            return task;
    }
    return NULL;
}

static size_t member_count(const struct args *args) {
    size_t count = 0;
    for (size_t at = 0; member_next(args, &at);)
        count++;
    return count;
}

/* `random` itself, or another one that is made of tasks. */
static bool is_mix(const struct pp_task *task) {
    bool mix = task->caps & PP_TASK_PER_ITERATION;
    for (const struct pp_field *field = task->args; field && field->name; field++)
        mix |= field->type == PP_TASKS;
    return mix;
}

/* The names that may be given, joined with commas and cut to `size`. */
static void names_list(char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (const struct pp_task *const *task = pp_tasks(); *task && used < size; task++)
        if (!is_mix(*task) && !(*task)->gather && !(*task)->unavailable)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", (*task)->name);
}

static int name_check(const struct args *args, size_t index, struct pp_error *error) {
    const char *name = args->tasks.items[index];
    const struct pp_task *task = pp_task_find(name);
    char where[32], names[256];
    snprintf(where, sizeof where, "/0/%zu", index);
    names_list(names, sizeof names);
    if (!task)
        return pp_error_at(error, -EINVAL, where, "there is no task \"%s\"; known are %s", name, names);
    if (is_mix(task))
        return pp_error_at(error, -EINVAL, where, "a mix cannot contain \"%s\" itself; name some of %s", name, names);
    if (task->gather)
        return pp_error_at(error, -EINVAL, where,
                           "\"%s\" answers for all its items together, so it cannot be one of several tasks; name some "
                           "of %s",
                           name, names);
    if (task->unavailable)
        return pp_error_at(error, -EINVAL, where, "task \"%s\" cannot run: %s; take it out of the list", name,
                           task->unavailable);
    for (size_t i = 0; i < index; i++)
        if (strcmp(args->tasks.items[i], name) == 0)
            return pp_error_at(error, -EINVAL, where, "\"%s\" is named twice; each task is drawn equally often", name);
    return 0;
}

static int random_check(const void *args, struct pp_error *error) {
    const struct args *a = args;
    int status = 0;
    for (size_t i = 0; i < a->tasks.count && status == 0; i++)
        status = name_check(a, i, error);
    return status;
}

/* Frees the arguments too, which the parts only know. */
static void list_free(struct shared *shared, size_t count) {
    for (size_t i = 0; i < count; i++)
        free((void *)shared->list[i].args);
    free(shared->list);
}

/* Fills the list, and returns how many it got before the memory ended. */
static size_t list_fill(struct shared *shared, const struct args *args, size_t count) {
    for (size_t i = 0, at = 0; i < count; i++) {
        const struct pp_task *task = member_next(args, &at);
        void *defaults = pp_mix_parts_struct(task->args_size);
        if (!defaults)
            return i;
        pp_fields_default(task->args, defaults);
        shared->list[i] = (struct pp_mix_part){.task = task, .args = defaults};
    }
    return count;
}

static void random_cleanup(void *shared) {
    struct shared *s = shared;
    size_t count = s->parts.count;
    pp_mix_parts_cleanup(&s->parts);
    list_free(s, count);
}

static int random_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    size_t count = member_count(args);
    if (count == 0)
        return pp_error_set(error, -EINVAL, "this build can run none of the mix's tasks");
    *s = (struct shared){.list = calloc(count, sizeof *s->list)};
    if (!s->list)
        return pp_mix_parts_no_memory(error);
    size_t filled = list_fill(s, args, count);
    int status =
        filled == count ? pp_mix_parts_prepare(&s->parts, s->list, count, env, error) : pp_mix_parts_no_memory(error);
    if (status != 0)
        list_free(s, filled);
    if (status != 0 && error)
        error->where[0] = '\0'; /* nobody has given it its parts' arguments */
    return status;
}

static size_t largest_args(const struct pp_mix_parts *parts) {
    size_t largest = 0;
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].task->args_size > largest)
            largest = parts->items[i].task->args_size;
    return largest;
}

static void random_fini(void *state) {
    struct state *s = state;
    pp_mix_parts_fini(s->states, s->parts);
    free(s->drawn);
}

static int random_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)args;
    const struct pp_mix_parts *parts = &((const struct shared *)shared)->parts;
    struct state *s = state;
    *s = (struct state){.parts = parts, .drawn = pp_mix_parts_struct(largest_args(parts))};
    if (!s->drawn)
        return pp_mix_parts_no_memory(error);
    int status = pp_mix_parts_init(&s->states, parts, env, error);
    if (status != 0)
        free(s->drawn);
    return status;
}

static void field_draw(const struct pp_field *field, void *args, struct pp_rng *rng) {
    void *value = (char *)args + field->offset;
    if (field->mix_min == 0 && field->mix_max == 0)
        return;
    if (field->type == PP_INT)
        *(int64_t *)value = pp_rng_range(rng, (int64_t)field->mix_min, (int64_t)field->mix_max);
    else if (field->type == PP_REAL)
        *(double *)value = field->mix_min + (field->mix_max - field->mix_min) * pp_rng_real(rng);
}

static void args_draw(const struct pp_task *task, void *args, struct pp_rng *rng) {
    pp_fields_default(task->args, args);
    if (task->draw) {
        task->draw(args, rng);
        return;
    }
    for (const struct pp_field *field = task->args; field->name; field++)
        field_draw(field, args, rng);
}

/* What an item is depends on its seed alone, so `verify` finds it again in the same way as `run`: returns the member's
 * number, leaves its arguments in state->drawn, and its item, which has a seed of its own, in `inner`. */
static size_t item_draw(const struct state *state, const struct pp_item *item, struct pp_item *inner) {
    struct pp_rng rng = {item->seed};
    size_t number = (size_t)pp_rng_range(&rng, 0, (int64_t)state->parts->count - 1);
    *inner = (struct pp_item){.index = item->index, .seed = pp_rng_next(&rng)};
    args_draw(state->parts->items[number].task, state->drawn, &rng);
    return number;
}

static int random_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner;
    size_t number = item_draw(s, item, &inner);
    return pp_mix_part_run(&s->parts->items[number], s->states[number], s->drawn, &inner, output, error);
}

static int random_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner;
    size_t number = item_draw(s, item, &inner);
    return pp_mix_part_verify(&s->parts->items[number], s->states[number], s->drawn, &inner, output, error);
}

static int random_details(const void *args, char *text, size_t size) {
    const struct args *a = args;
    if (a->tasks.count == 0)
        return snprintf(text, size, "any");
    size_t used = 0;
    for (size_t i = 0; i < a->tasks.count; i++) {
        size_t at = used < size ? used : size;
        used += (size_t)snprintf(text + at, size - at, "%s%s", i ? ";" : "", a->tasks.items[i]);
    }
    return (int)used;
}

static double member_estimate(const struct pp_task *task) {
    enum { DRAWS = 8 };
    void *args = pp_mix_parts_struct(task->args_size);
    if (!args || !task->estimate) {
        free(args);
        return 0;
    }
    struct pp_rng rng = {1};
    double sum_s = 0;
    for (int i = 0; i < DRAWS; i++) {
        args_draw(task, args, &rng);
        sum_s += task->estimate(args);
    }
    free(args);
    return sum_s / DRAWS;
}

static double random_estimate(const void *args) {
    double sum_s = 0;
    size_t count = 0, at = 0;
    for (const struct pp_task *task; (task = member_next(args, &at)); count++)
        sum_s += member_estimate(task);
    return count > 0 ? sum_s / (double)count : 0;
}

/* The greediest member decides. */
static unsigned random_library_threads(const void *args) {
    size_t at = 0;
    for (const struct pp_task *task; (task = member_next(args, &at));)
        if (task->library_threads && task->library_threads(NULL) == 0)
            return 0;
    return 1;
}

const struct pp_task pp_task_random = {.name = "random",
                                       .summary =
                                           "does a task of another kind, drawn from a list, its arguments drawn too",
                                       .args = fields,
                                       .args_size = sizeof(struct args),
                                       .shared_size = sizeof(struct shared),
                                       .state_size = sizeof(struct state),
                                       .caps = PP_TASK_PER_ITERATION,
                                       .check = random_check,
                                       .prepare = random_prepare,
                                       .worker_init = random_init,
                                       .run = random_run,
                                       .verify = random_verify,
                                       .worker_fini = random_fini,
                                       .cleanup = random_cleanup,
                                       .details = random_details,
                                       .library_threads = random_library_threads,
                                       .estimate = random_estimate};
