/* Mixes, by the task `mix`, of a member that a test can look into and break. Include <cmocka.h> and what it needs
 * before. */
#ifndef PPTEST_TESTS_MIX_WORLD_H
#define PPTEST_TESTS_MIX_WORLD_H

#include "task_fixture.h"

extern const struct pp_task pp_task_mix;

/* ---- a member that counts ---- */

struct args {
    int64_t number; /* below MEMBERS_MAX, so that its items are counted apart */
};

enum { MEMBERS_MAX = 4 };

static struct {
    enum { NOWHERE, IN_PREPARE, IN_INIT, IN_RUN, IN_VERIFY } fails;
    int64_t victim;     /* the number of the member that does */
    int prepared, made; /* inputs and states that are alive */
    unsigned runs[MEMBERS_MAX];
} seen;

static inline bool fails(int where, const void *args) {
    return seen.fails == (unsigned)where && ((const struct args *)args)->number == seen.victim;
}

static inline int counting_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    assert_int_equal((uintptr_t)shared % 64, 0);
    if (fails(IN_PREPARE, args))
        return pp_error_at(error, -ENOENT, "/0", "there is no input");
    *(int64_t *)shared = ((const struct args *)args)->number;
    seen.prepared++;
    return 0;
}

static inline int counting_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                                struct pp_error *error) {
    (void)env;
    assert_int_equal(*(const int64_t *)shared, ((const struct args *)args)->number);
    if (fails(IN_INIT, args))
        return pp_error_set(error, -ENOMEM, "there is no memory");
    *(int64_t *)state = ((const struct args *)args)->number;
    seen.made++;
    return 0;
}

static inline int counting_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                               struct pp_error *error) {
    (void)error;
    const struct args *a = args;
    assert_int_equal(*(const int64_t *)state, a->number);
    assert_null(item->input);
    seen.runs[a->number]++;
    output->value = (double)a->number;
    output->digest = pp_mix2(item->seed, (uint64_t)a->number);
    return fails(IN_RUN, args) ? -EIO : 0;
}

static inline int counting_verify(void *state, const void *args, const struct pp_item *item,
                                  const struct pp_output *output, struct pp_error *error) {
    const struct args *a = args;
    assert_int_equal(*(const int64_t *)state, a->number);
    bool right = output->value == (double)a->number && output->digest == pp_mix2(item->seed, (uint64_t)a->number);
    return right && !fails(IN_VERIFY, args) ? 0 : pp_error_set(error, -EBADMSG, "it is wrong");
}

static inline void counting_fini(void *state) {
    (void)state;
    seen.made--;
}

static inline void counting_cleanup(void *shared) {
    (void)shared;
    seen.prepared--;
}

static inline double counting_estimate(const void *args) { return 0.01 * (double)((const struct args *)args)->number; }

static inline unsigned counting_threads(const void *args) { return (unsigned)((const struct args *)args)->number; }

static const struct pp_task counting = {.name = "counting",
                                        .args_size = sizeof(struct args),
                                        .shared_size = sizeof(int64_t),
                                        .state_size = sizeof(int64_t),
                                        .prepare = counting_prepare,
                                        .worker_init = counting_init,
                                        .run = counting_run,
                                        .verify = counting_verify,
                                        .worker_fini = counting_fini,
                                        .cleanup = counting_cleanup,
                                        .estimate = counting_estimate,
                                        .library_threads = counting_threads};

/* ---- mixes of them ---- */

static const struct args numbers[MEMBERS_MAX] = {{0}, {1}, {2}, {3}};

static inline struct fixture mix_of(const struct pp_member *members, size_t count) {
    struct fixture fixture = fixture_new(&pp_task_mix, "/tmp", 1);
    *(struct pp_members *)fixture.args = (struct pp_members){count, members};
    memset(&seen, 0, sizeof seen);
    return fixture;
}

static inline struct fixture started(const struct pp_member *members, size_t count) {
    struct fixture fixture = mix_of(members, count);
    assert_int_equal(fixture_start(&fixture), 0);
    return fixture;
}

static inline void free_and_see(struct fixture *fixture, bool was_started) {
    fixture_free(fixture, was_started);
    assert_int_equal(seen.prepared, 0);
    assert_int_equal(seen.made, 0);
}

#endif
