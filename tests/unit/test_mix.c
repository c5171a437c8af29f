/* The task `mix`, with members that a test can look into and break. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/members.h"
#include "lib/parts.h"
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

static bool fails(int where, const void *args) {
    return seen.fails == (unsigned)where && ((const struct args *)args)->number == seen.victim;
}

static int counting_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    assert_int_equal((uintptr_t)shared % 64, 0);
    if (fails(IN_PREPARE, args))
        return pp_error_at(error, -ENOENT, "/0", "there is no input");
    *(int64_t *)shared = ((const struct args *)args)->number;
    seen.prepared++;
    return 0;
}

static int counting_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                         struct pp_error *error) {
    (void)env;
    assert_int_equal(*(const int64_t *)shared, ((const struct args *)args)->number);
    if (fails(IN_INIT, args))
        return pp_error_set(error, -ENOMEM, "there is no memory");
    *(int64_t *)state = ((const struct args *)args)->number;
    seen.made++;
    return 0;
}

static int counting_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
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

static int counting_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                           struct pp_error *error) {
    const struct args *a = args;
    assert_int_equal(*(const int64_t *)state, a->number);
    bool right = output->value == (double)a->number && output->digest == pp_mix2(item->seed, (uint64_t)a->number);
    return right && !fails(IN_VERIFY, args) ? 0 : pp_error_set(error, -EBADMSG, "it is wrong");
}

static void counting_fini(void *state) {
    (void)state;
    seen.made--;
}

static void counting_cleanup(void *shared) {
    (void)shared;
    seen.prepared--;
}

static double counting_estimate(const void *args) { return 0.01 * (double)((const struct args *)args)->number; }

static unsigned counting_threads(const void *args) { return (unsigned)((const struct args *)args)->number; }

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

/* ---- one that is done in steps, each of which waits ---- */

enum { STEPS = 3 };

struct flight {
    int64_t number;
    unsigned done;
    unsigned char large[200];
};

static unsigned abandoned[MEMBERS_MAX];

static int stepping_step(void *state, void *flight, const void *args, const struct pp_item *item,
                         const struct pp_step *step, struct pp_error *error) {
    const struct args *a = args;
    struct flight *own = flight;
    assert_int_equal((uintptr_t)flight % 64, 0);
    assert_int_equal(own->number, own->done > 0 ? a->number : 0);
    own->number = a->number;
    memset(own->large, 0xff, sizeof own->large);
    if (++own->done < STEPS) {
        *step->wait = (struct pp_wait){.until_ns = own->done, .fd = -1};
        return 1;
    }
    return counting_run(state, args, item, step->output, error);
}

static void stepping_abandon(void *state, void *flight) {
    const struct flight *own = flight;
    assert_int_equal(own->number, *(const int64_t *)state);
    abandoned[own->number]++;
}

/* The one that counts, with these members. */
static struct pp_task stepping_task(void) {
    struct pp_task task = counting;
    task.name = "stepping";
    task.flight_size = sizeof(struct flight);
    task.step = stepping_step;
    task.abandon = stepping_abandon;
    return task;
}

/* ---- mixes of them ---- */

static const struct args numbers[MEMBERS_MAX] = {{0}, {1}, {2}, {3}};

#define MEMBER(number, share)                                                                                          \
    { .task = &counting, .name = "counting", .args = &numbers[number], .weight = (share) }

static const struct pp_member three[] = {MEMBER(1, 3), MEMBER(2, 1), MEMBER(3, 0.5)};

static struct fixture mix_of(const struct pp_member *members, size_t count) {
    struct fixture fixture = fixture_new(&pp_task_mix, "/tmp", 1);
    *(struct pp_members *)fixture.args = (struct pp_members){count, members};
    memset(&seen, 0, sizeof seen);
    return fixture;
}

static struct fixture started(const struct pp_member *members, size_t count) {
    struct fixture fixture = mix_of(members, count);
    assert_int_equal(fixture_start(&fixture), 0);
    return fixture;
}

static void free_and_see(struct fixture *fixture, bool was_started) {
    fixture_free(fixture, was_started);
    assert_int_equal(seen.prepared, 0);
    assert_int_equal(seen.made, 0);
}

enum { ITEMS = 45000 };

/* Within five standard deviations of a binomial distribution; the seeds are fixed, so this is no matter of luck. */
static void assert_share(unsigned runs, double share) {
    double expected = ITEMS * share, deviation = sqrt(ITEMS * share * (1 - share));
    if (fabs(runs - expected) > 5 * deviation)
        fail_msg("%u of %d items, expected %.0f", runs, ITEMS, expected);
}

static void weights_are_kept(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    for (uint64_t i = 0; i < ITEMS; i++)
        assert_int_equal(fixture_do(&f, pp_mix2(1, i)), 0);
    assert_share(seen.runs[1], 3 / 4.5);
    assert_share(seen.runs[2], 1 / 4.5);
    assert_share(seen.runs[3], 0.5 / 4.5);
    assert_int_equal(seen.runs[0], 0);
    free_and_see(&f, true);
}

static void the_same_task_may_come_with_other_arguments(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    assert_int_equal(seen.prepared, 3);
    assert_int_equal(seen.made, 3);
    free_and_see(&f, true);
}

static void what_an_item_is_depends_on_its_seed_alone(void **state) {
    (void)state;
    enum { SOME = 200 };
    double first[SOME];
    uint64_t digests[SOME];
    struct fixture f = started(three, 3), other = started(three, 3);
    unsigned changes = 0;
    for (uint64_t i = 0; i < SOME; i++) {
        assert_int_equal(fixture_do(&f, pp_mix64(i)), 0);
        first[i] = f.output.value;
        digests[i] = f.output.digest;
        changes += i > 0 && first[i] != first[i - 1];
    }
    assert_in_range(changes, SOME / 10, SOME - SOME / 10);
    for (uint64_t i = SOME; i-- > 0;) {
        assert_int_equal(fixture_do(&other, pp_mix64(i)), 0);
        assert_true(other.output.value == first[i]);
        assert_int_equal(other.output.digest, digests[i]);
    }
    fixture_free(&other, true);
    fixture_free(&f, true);
}

static void weights_far_apart_and_single_tasks_work(void **state) {
    (void)state;
    static const struct pp_member apart[] = {MEMBER(0, 1e-9), MEMBER(1, PP_WEIGHT_MAX), MEMBER(2, 1e-9)};
    struct fixture f = started(apart, 3), alone = started(&three[2], 1);
    for (uint64_t i = 0; i < 1000; i++) {
        assert_int_equal(fixture_do(&f, pp_mix64(i)), 0);
        assert_int_equal(fixture_do(&alone, pp_mix64(i)), 0);
    }
    assert_int_equal(seen.runs[1], 1000);
    assert_int_equal(seen.runs[3], 1000);
    fixture_free(&alone, true);
    fixture_free(&f, true);
}

static void corrupted_answers_are_found(void **state) {
    (void)state;
    struct fixture f = started(three, 3);
    assert_int_equal(fixture_run(&f, 7), 0);
    f.output.digest ^= 1;
    assert_int_equal(fixture_verify(&f, 7), -EBADMSG);
    assert_string_equal(f.error.text, "counting: it is wrong");
    assert_int_equal(fixture_run(&f, 7), 0);
    f.output.value += 1;
    assert_int_equal(fixture_verify(&f, 7), -EBADMSG);
    free_and_see(&f, true);
}

static void failures_carry_the_name_of_their_task(void **state) {
    (void)state;
    struct fixture f = started(&three[1], 1);
    seen.victim = 2;
    seen.fails = IN_RUN;
    assert_int_equal(fixture_run(&f, 1), -EIO);
    assert_non_null(strstr(f.error.text, "counting: "));
    seen.fails = IN_VERIFY;
    assert_int_equal(fixture_do(&f, 1), -EBADMSG);
    assert_string_equal(f.error.text, "counting: it is wrong");
    free_and_see(&f, true);
}

static void failed_preparations_are_undone(void **state) {
    (void)state;
    struct fixture f = mix_of(three, 3);
    seen.victim = 3;
    seen.fails = IN_PREPARE;
    assert_int_equal(fixture_start(&f), -ENOENT);
    assert_string_equal(f.error.text, "counting: there is no input");
    assert_string_equal(f.error.where, "/0/2/1/0"); /* the first argument of the third task */
    free_and_see(&f, false);
}

static void failed_starts_are_undone(void **state) {
    (void)state;
    struct fixture f = mix_of(three, 3);
    seen.victim = 3;
    seen.fails = IN_INIT;
    assert_int_equal(fixture_start(&f), -ENOMEM);
    assert_string_equal(f.error.text, "counting: there is no memory");
    assert_int_equal(seen.made, 0);
    pp_task_mix.cleanup(f.shared);
    free_and_see(&f, false);
}

static void estimates_are_weighted(void **state) {
    (void)state;
    const struct pp_members members = {3, three};
    /* 3 x 10 ms, 1 x 20 ms, 0.5 x 30 ms of 4.5 */
    assert_true(fabs(pp_task_mix.estimate(&members) - 0.065 / 4.5) < 1e-12);
    assert_true(pp_task_mix.estimate(&(struct pp_members){0}) == 0);
}

static void the_greediest_task_decides_over_threads(void **state) {
    (void)state;
    static const struct pp_member all[] = {MEMBER(1, 1), MEMBER(0, 1)};
    const struct pp_members some = {3, three}, every = {2, all};
    assert_int_equal(pp_task_mix.library_threads(&some), 3);
    assert_int_equal(pp_task_mix.library_threads(&every), 0);
    assert_int_equal(pp_task_mix.library_threads(NULL), 1);
}

static void what_a_mix_can_do_is_what_its_tasks_can(void **state) {
    (void)state;
    const struct pp_task steps = stepping_task();
    const struct pp_member members[] = {{.task = &counting, .args = &numbers[1], .weight = 1},
                                        {.task = &steps, .args = &numbers[2], .weight = 1}};
    const struct pp_members none = {1, members}, one = {2, members};
    struct pp_task own;
    pp_members_describe(&pp_task_mix, &none, &own);
    assert_null(own.step);
    pp_members_describe(&pp_task_mix, &one, &own);
    assert_ptr_equal(own.step, pp_task_mix.step);
    assert_int_equal(own.flight_size, pp_task_mix.flight_size + sizeof(struct flight));
}

/* Two of each kind under way at once, a step of each in turn. */
static void steps_come_to_what_running_does(void **state) {
    (void)state;
    enum { SOME = 100, AT_ONCE = 4 };
    const struct pp_task steps = stepping_task();
    const struct pp_member members[] = {{.task = &counting, .args = &numbers[1], .weight = 1},
                                        {.task = &steps, .args = &numbers[2], .weight = 1},
                                        {.task = &steps, .args = &numbers[3], .weight = 1}};
    struct fixture f = started(members, 3);
    struct pp_task own;
    pp_members_describe(&pp_task_mix, f.args, &own);
    void *flights[AT_ONCE];
    for (size_t i = 0; i < AT_ONCE; i++)
        assert_non_null(flights[i] = aligned_alloc(64, (own.flight_size + 63) / 64 * 64));
    for (uint64_t first = 0; first < SOME; first += AT_ONCE) {
        unsigned left = AT_ONCE;
        bool ended[AT_ONCE] = {false};
        for (size_t i = 0; i < AT_ONCE; i++)
            memset(flights[i], 0, own.flight_size);
        for (unsigned round = 1; left > 0; round++)
            for (size_t i = 0; i < AT_ONCE; i++) {
                const struct pp_item item = {.index = first + i, .seed = pp_mix64(first + i)};
                struct pp_output output = {0};
                struct pp_wait wait = {0};
                const struct pp_step step = {&wait, &output};
                if (ended[i])
                    continue;
                int status = own.step(f.state, flights[i], f.args, &item, &step, &f.error);
                ended[i] = status == 0;
                left -= ended[i];
                assert_int_equal(wait.until_ns, ended[i] ? 0 : round);
                if (!ended[i])
                    continue;
                assert_int_equal(round, output.value == 1 ? 1 : STEPS);
                assert_int_equal(own.verify(f.state, f.args, &item, &output, &f.error), 0);
                assert_int_equal(fixture_run(&f, item.seed), 0);
                assert_int_equal(f.output.digest, output.digest);
            }
    }
    assert_true(seen.runs[1] > 0 && seen.runs[2] > 0 && seen.runs[3] > 0);
    for (size_t i = 0; i < AT_ONCE; i++)
        free(flights[i]);
    free_and_see(&f, true);
}

static void flights_are_given_up_by_their_own_task(void **state) {
    (void)state;
    const struct pp_task steps = stepping_task();
    const struct pp_member members[] = {{.task = &steps, .args = &numbers[1], .weight = 1},
                                        {.task = &steps, .args = &numbers[3], .weight = 1}};
    struct fixture f = started(members, 2);
    struct pp_task own;
    pp_members_describe(&pp_task_mix, f.args, &own);
    void *flight = aligned_alloc(64, (own.flight_size + 63) / 64 * 64);
    assert_non_null(flight);
    memset(abandoned, 0, sizeof abandoned);
    memset(flight, 0, own.flight_size);
    own.abandon(f.state, flight); /* it has not begun */
    for (uint64_t i = 0; i < 20; i++) {
        const struct pp_item item = {.index = i, .seed = pp_mix64(i)};
        struct pp_output output = {0};
        struct pp_wait wait = {0};
        memset(flight, 0, own.flight_size);
        assert_int_equal(own.step(f.state, flight, f.args, &item, &(struct pp_step){&wait, &output}, &f.error), 1);
        own.abandon(f.state, flight);
    }
    assert_int_equal(abandoned[1] + abandoned[3], 20);
    assert_true(abandoned[1] > 0 && abandoned[3] > 0);
    free(flight);
    free_and_see(&f, true);
}

static int failing_step(void *state, void *flight, const void *args, const struct pp_item *item,
                        const struct pp_step *step, struct pp_error *error) {
    (void)state, (void)flight, (void)args, (void)item, (void)step;
    return pp_error_set(error, -EIO, "no luck");
}

static void failed_steps_carry_the_name_of_their_task(void **state) {
    (void)state;
    struct pp_task fails = stepping_task();
    fails.step = failing_step;
    const struct pp_member members[] = {{.task = &fails, .args = &numbers[1], .weight = 1}};
    struct fixture f = started(members, 1);
    alignas(64) unsigned char flight[512] = {0};
    const struct pp_item item = {.seed = 1};
    assert_int_equal(pp_task_mix.step(f.state, flight, f.args, &item, &(struct pp_step){0}, &f.error), -EIO);
    assert_string_equal(f.error.text, "stepping: no luck");
    free_and_see(&f, true);
}

static struct pp_env noted[2];
static size_t noted_count;

static int noting_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)state, (void)shared, (void)args, (void)error;
    assert_true(noted_count < 2);
    noted[noted_count++] = *env;
    return 0;
}

/* Commands of several tasks may run at once, each noted in a place of its own. */
static void tasks_with_processes_have_places_of_their_own(void **state) {
    (void)state;
    static const struct pp_task starts = {.name = "starts", .caps = PP_TASK_CHILDREN, .worker_init = noting_init};
    static const struct pp_task starts_none = {.name = "starts none"};
    struct pp_mix_part items[] = {{.task = &starts}, {.task = &starts_none}, {.task = &starts}};
    const struct {
        unsigned places, first, last, count; /* of the first and the last part */
    } rows[] = {{8, 0, 4, 4}, {2, 0, 1, 1}, {1, 0, 0, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int groups[8];
        struct pp_env env = {.groups = groups, .group_count = rows[i].places, .worker = 5};
        const struct pp_mix_parts parts = {3, items};
        void **states;
        noted_count = 0;
        assert_int_equal(pp_mix_parts_init(&states, &parts, &env, NULL), 0);
        assert_int_equal(noted_count, 2);
        assert_ptr_equal(noted[0].groups, groups + rows[i].first);
        assert_ptr_equal(noted[1].groups, groups + rows[i].last);
        assert_int_equal(noted[0].worker, 5);
        assert_int_equal(noted[1].worker, 5 + rows[i].last);
        assert_int_equal(noted[0].group_count, rows[i].count);
        assert_int_equal(noted[1].group_count, rows[i].count);
        pp_mix_parts_fini(states, &parts);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_kept),
        cmocka_unit_test(the_same_task_may_come_with_other_arguments),
        cmocka_unit_test(what_an_item_is_depends_on_its_seed_alone),
        cmocka_unit_test(weights_far_apart_and_single_tasks_work),
        cmocka_unit_test(corrupted_answers_are_found),
        cmocka_unit_test(failures_carry_the_name_of_their_task),
        cmocka_unit_test(failed_preparations_are_undone),
        cmocka_unit_test(failed_starts_are_undone),
        cmocka_unit_test(estimates_are_weighted),
        cmocka_unit_test(the_greediest_task_decides_over_threads),
        cmocka_unit_test(what_a_mix_can_do_is_what_its_tasks_can),
        cmocka_unit_test(steps_come_to_what_running_does),
        cmocka_unit_test(flights_are_given_up_by_their_own_task),
        cmocka_unit_test(failed_steps_carry_the_name_of_their_task),
        cmocka_unit_test(tasks_with_processes_have_places_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
