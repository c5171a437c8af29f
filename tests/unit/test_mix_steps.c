/* The task `mix` with members that are done in steps, each of which waits. */
#include <errno.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/members.h"
#include "mix_world.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_mix_can_do_is_what_its_tasks_can),
        cmocka_unit_test(steps_come_to_what_running_does),
        cmocka_unit_test(flights_are_given_up_by_their_own_task),
        cmocka_unit_test(failed_steps_carry_the_name_of_their_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
