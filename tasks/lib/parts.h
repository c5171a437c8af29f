/* Several tasks in one: their inputs, their workers' states, and one item of one of them. */
#ifndef PPTEST_LIB_PARTS_H
#define PPTEST_LIB_PARTS_H

#include "pptest/task.h"

struct pp_mix_part {
    const struct pp_task *task;
    const void *args; /* those that inputs and states are made for */
    void *shared;
};

struct pp_mix_parts {
    size_t count;
    struct pp_mix_part *items;
};

/* Loads the inputs of each of the `count` tasks at `items`, whose first two members are set; what these point to and
 * the items themselves stay the caller's. Returns 0, or -errno with nothing to be released, and the place as if the
 * items were those of the first argument. */
int pp_mix_parts_prepare(struct pp_mix_parts *parts, struct pp_mix_part *items, size_t count, const struct pp_env *env,
                         struct pp_error *error);
void pp_mix_parts_cleanup(struct pp_mix_parts *parts);

/* A worker's states, one for each of the parts, in a new list at *states. Those that start processes share the places
 * for their groups alike, where there is one for each: they may be under way at once. Returns 0 or -errno. */
int pp_mix_parts_init(void ***states, const struct pp_mix_parts *parts, const struct pp_env *env,
                      struct pp_error *error);
void pp_mix_parts_fini(void **states, const struct pp_mix_parts *parts);

/* One item of a part, whose errors carry its name. */
int pp_mix_part_run(const struct pp_mix_part *part, void *state, const void *args, const struct pp_item *item,
                    struct pp_output *output, struct pp_error *error);
/* One step of it; a task that can only be run is, in one piece. */
int pp_mix_part_step(const struct pp_mix_part *part, void *state, void *flight, const struct pp_item *item,
                     const struct pp_step *step, struct pp_error *error);
int pp_mix_part_verify(const struct pp_mix_part *part, void *state, const void *args, const struct pp_item *item,
                       const struct pp_output *output, struct pp_error *error);

/* Zeroed and on cache lines of its own, as every task may expect of the structs it is given. For free(). NULL when
 * there is no memory. */
void *pp_mix_parts_struct(size_t bytes);

/* Returns -ENOMEM, with words. */
int pp_mix_parts_no_memory(struct pp_error *error);

#endif
