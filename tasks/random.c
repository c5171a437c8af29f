#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/task.h"

struct args {
    struct pp_strings tasks;
};

/* One kind of task in the mix. */
struct member {
    const struct pp_task *task;
    void *args; /* the defaults */
    void *shared;
};

struct shared {
    size_t count;
    struct member *members;
};

struct state {
    const struct shared *shared;
    void **states; /* one for each member */
    void *drawn;   /* arguments of the item at hand, with room for any member's */
};

static const struct pp_field fields[] = {{.name = "tasks",
                                          .help = "names of the tasks to draw from; none: all that do real work",
                                          .type = PP_STRINGS,
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

/* Lists are told apart from the mix itself by name, which is the only thing that is known about it here. */
static bool is_mix(const struct pp_task *task) { return strcmp(task->name, "random") == 0; }

/* The names that may be given, joined with commas and cut to `size`. */
static void names_list(char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (const struct pp_task *const *task = pp_tasks(); *task && used < size; task++)
        if (!is_mix(*task) && !(*task)->unavailable)
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
        return pp_error_at(error, -EINVAL, where, "a mix cannot contain \"random\" itself; name some of %s", names);
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

/* Zeroed and on cache lines of its own, as every task may expect of the structs it is given. */
static void *struct_new(size_t bytes) {
    enum { CACHE_LINE_BYTES = 64 };
    size_t rounded = (bytes / CACHE_LINE_BYTES + 1) * CACHE_LINE_BYTES;
    void *memory = aligned_alloc(CACHE_LINE_BYTES, rounded);
    return memory ? memset(memory, 0, rounded) : NULL;
}

static int no_memory(struct pp_error *error) {
    return pp_error_set(error, -ENOMEM, "no memory for the tasks of the mix");
}

/* Passes a member's error on with its name; its place would mean the member's arguments, which nobody wrote. */
static int member_failed(const struct pp_task *task, int status, const struct pp_error *inner, struct pp_error *error) {
    return pp_error_set(error, status, "%s: %s", task->name, inner->text[0] ? inner->text : strerror(-status));
}

static void member_cleanup(struct member *member) {
    if (member->task->cleanup)
        member->task->cleanup(member->shared);
    free(member->shared);
    free(member->args);
}

static int member_prepare(struct member *member, const struct pp_task *task, const struct pp_env *env,
                          struct pp_error *error) {
    *member = (struct member){task, struct_new(task->args_size), struct_new(task->shared_size)};
    int status = member->args && member->shared ? 0 : no_memory(error);
    if (status == 0) {
        struct pp_error inner = {0};
        pp_fields_default(task->args, member->args);
        status = task->prepare ? task->prepare(member->shared, member->args, env, &inner) : 0;
        if (status == 0)
            return 0;
        member_failed(task, status, &inner, error);
    }
    free(member->shared);
    free(member->args);
    return status;
}

static void random_cleanup(void *shared) {
    struct shared *s = shared;
    while (s->count > 0)
        member_cleanup(&s->members[--s->count]);
    free(s->members);
}

static int random_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    struct shared *s = shared;
    size_t count = member_count(args), at = 0;
    if (count == 0)
        return pp_error_set(error, -EINVAL, "this build can run none of the mix's tasks");
    *s = (struct shared){.members = calloc(count, sizeof *s->members)};
    if (!s->members)
        return no_memory(error);
    while (s->count < count) {
        int status = member_prepare(&s->members[s->count], member_next(args, &at), env, error);
        if (status != 0) {
            random_cleanup(s);
            return status;
        }
        s->count++;
    }
    return 0;
}

static int member_init(void **state, const struct member *member, const struct pp_env *env, struct pp_error *error) {
    const struct pp_task *task = member->task;
    struct pp_error inner = {0};
    *state = struct_new(task->state_size);
    if (!*state)
        return no_memory(error);
    int status = task->worker_init ? task->worker_init(*state, member->shared, member->args, env, &inner) : 0;
    if (status != 0) {
        free(*state);
        member_failed(task, status, &inner, error);
    }
    return status;
}

/* Ends the first `count` members of a worker. */
static void members_fini(struct state *state, size_t count) {
    while (count > 0) {
        const struct pp_task *task = state->shared->members[--count].task;
        if (task->worker_fini)
            task->worker_fini(state->states[count]);
        free(state->states[count]);
    }
    free(state->states);
    free(state->drawn);
}

static void random_fini(void *state) {
    struct state *s = state;
    members_fini(s, s->shared->count);
}

static size_t largest_args(const struct shared *shared) {
    size_t largest = 0;
    for (size_t i = 0; i < shared->count; i++)
        if (shared->members[i].task->args_size > largest)
            largest = shared->members[i].task->args_size;
    return largest;
}

static int random_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)args;
    const struct shared *members = shared;
    struct state *s = state;
    *s = (struct state){.shared = members,
                        .states = calloc(members->count, sizeof *s->states),
                        .drawn = struct_new(largest_args(members))};
    if (!s->states || !s->drawn) {
        members_fini(s, 0);
        return no_memory(error);
    }
    int status = 0;
    size_t count = 0;
    while (status == 0 && count < members->count) {
        status = member_init(&s->states[count], &members->members[count], env, error);
        count += status == 0;
    }
    if (status != 0)
        members_fini(s, count);
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
    size_t number = (size_t)pp_rng_range(&rng, 0, (int64_t)state->shared->count - 1);
    *inner = (struct pp_item){.index = item->index, .seed = pp_rng_next(&rng)};
    args_draw(state->shared->members[number].task, state->drawn, &rng);
    return number;
}

static int random_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                      struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner_item;
    struct pp_error inner = {0};
    size_t number = item_draw(s, item, &inner_item);
    const struct pp_task *task = s->shared->members[number].task;
    int status = task->run(s->states[number], s->drawn, &inner_item, output, &inner);
    return status == 0 ? 0 : member_failed(task, status, &inner, error);
}

static int random_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                         struct pp_error *error) {
    (void)args;
    struct state *s = state;
    struct pp_item inner_item;
    struct pp_error inner = {0};
    size_t number = item_draw(s, item, &inner_item);
    const struct pp_task *task = s->shared->members[number].task;
    int status = task->verify ? task->verify(s->states[number], s->drawn, &inner_item, output, &inner) : 0;
    return status == 0 ? 0 : member_failed(task, status, &inner, error);
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
    void *args = struct_new(task->args_size);
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
