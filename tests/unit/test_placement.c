/* Workers that are pinned: each runs where it should, however it was started. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exec/placement.h"
#include "process_world.h"

/* ---- which CPUs a worker gets ---- */

static void assert_mask(const struct pp_placement *placement, unsigned worker, const char *expected) {
    const struct pp_cpu_mask mask = pp_placement_mask(placement, worker);
    char text[128] = "";
    size_t length = 0;
    for (unsigned cpu = 0; cpu < PP_CPU_MASK_CPUS; cpu++)
        if (pp_cpu_mask_has(&mask, cpu))
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%u", length ? " " : "", cpu);
    assert_string_equal(text, expected);
}

static void workers_get_cpus_in_order_and_begin_again(void **state) {
    static const uint16_t cpus[] = {64, 3, 8191, 0, 63};
    struct pp_placement placement = {.cpus = cpus, .count = 5, .width = 1};
    (void)state;
    assert_mask(&placement, 0, "64");
    assert_mask(&placement, 2, "8191");
    assert_mask(&placement, 5, "64");
    assert_mask(&placement, UINT_MAX, "64");
    placement.width = 2;
    assert_mask(&placement, 0, "3 64");
    assert_mask(&placement, 1, "0 8191");
    assert_mask(&placement, 2, "63 64");
    assert_mask(&placement, 3, "3 8191");
    placement.width = 5;
    assert_mask(&placement, 7, "0 3 63 64 8191");
    placement.width = UINT_MAX;
    assert_mask(&placement, 1, "0 3 63 64 8191");
    assert_mask(NULL, 1, "");
}

/* ---- where they run ---- */

enum { WORKERS_MAX = 64 };

/* What the workers saw, shared with them by a file, so that spawned ones find it, too. */
struct seen {
    cpu_set_t own[WORKERS_MAX], thread[WORKERS_MAX]; /* of a worker, and of a thread that its library might start */
    _Atomic unsigned starts[WORKERS_MAX];
    _Atomic unsigned strays; /* tasks that ran on a CPU that was not their worker's */
    _Atomic unsigned kills;  /* workers that are still to be killed */
};

static struct seen *seen;

static void *look(void *set) {
    assert_int_equal(sched_getaffinity(0, sizeof(cpu_set_t), set), 0);
    return NULL;
}

static int init_looking(void *state, const void *shared, const void *args, const struct pp_env *env,
                        struct pp_error *error) {
    pthread_t thread;
    (void)shared;
    (void)args;
    (void)error;
    *(unsigned *)state = env->worker;
    look(&seen->own[env->worker]);
    if (pthread_create(&thread, NULL, look, &seen->thread[env->worker]) == 0)
        pthread_join(thread, NULL);
    atomic_fetch_add(&seen->starts[env->worker], 1);
    return 0;
}

static int run_looking(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    unsigned worker = *(unsigned *)state, left = atomic_load(&seen->kills);
    (void)args;
    (void)error;
    if (!CPU_ISSET((size_t)sched_getcpu(), &seen->own[worker]))
        atomic_fetch_add(&seen->strays, 1);
    if (left > 0 && atomic_compare_exchange_strong(&seen->kills, &left, left - 1))
        kill(getpid(), SIGKILL);
    output->digest = fake_digest(item);
    return 0;
}

static const struct pp_task looking = {.name = "looking",
                                       .state_size = sizeof(unsigned),
                                       .worker_init = init_looking,
                                       .run = run_looking,
                                       .verify = fake_verify};

static struct seen *map_seen(int fd) {
    void *memory = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* A world in which the "config" handed to spawned workers is the path of what they share with the test. */
struct place {
    struct world *world;
    int seen_fd;
    char config_text[64];
    cpu_set_t own; /* the test's CPUs */
    uint16_t cpus[CPU_SETSIZE];
    struct pp_placement placement;
};

static int set_up_place(void **state) {
    static struct place place;
    void *world = NULL;
    int status = set_up(&world);
    place = (struct place){.world = world, .seen_fd = memfd_create("seen", MFD_CLOEXEC)};
    *state = &place;
    if (status != 0 || place.seen_fd < 0 || ftruncate(place.seen_fd, sizeof *seen) != 0)
        return -1;
    seen = map_seen(place.seen_fd);
    place.world->files = fake_open_files();
    snprintf(place.config_text, sizeof place.config_text, "/proc/%d/fd/%d", (int)getpid(), place.seen_fd);
    look(&place.own);
    place.placement = (struct pp_placement){.cpus = place.cpus, .width = 1};
    for (unsigned cpu = CPU_SETSIZE; cpu-- > 0;) /* the last first: an order of its own */
        if (CPU_ISSET(cpu, &place.own))
            place.cpus[place.placement.count++] = (uint16_t)cpu;
    return seen ? 0 : -1;
}

static int nothing_is_left_of_the_place(void **state) {
    struct place *place = *state;
    void *world = place->world;
    cpu_set_t own;
    look(&own);
    int status = CPU_EQUAL(&own, &place->own) ? nothing_is_left(&world) : -1; /* this process is not pinned */
    munmap(seen, sizeof *seen);
    close(place->seen_fd);
    return status;
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, set_up_place, nothing_is_left_of_the_place)

static int run_placed(struct place *place, enum pp_start_method method, unsigned workers) {
    struct fake_job *fake = &place->world->fake;
    memset(seen->own, 0, sizeof seen->own);
    memset(seen->thread, 0, sizeof seen->thread);
    fake_job_set(fake, &looking, 200, workers);
    fake->job.placement = &place->placement;
    return fake_job_run(fake, method, place->config_text);
}

static void assert_placed(const struct place *place, unsigned workers) {
    const struct pp_placement *placement = &place->placement;
    assert_int_equal(atomic_load(&seen->strays), 0);
    for (unsigned worker = 0; worker < workers; worker++) {
        cpu_set_t expected;
        CPU_ZERO(&expected);
        for (unsigned i = 0; i < placement->width; i++)
            CPU_SET(placement->cpus[(worker * placement->width + i) % placement->count], &expected);
        assert_true(CPU_EQUAL(&seen->own[worker], &expected));
        assert_true(CPU_EQUAL(&seen->thread[worker], &expected));
    }
}

static void workers_run_where_they_should_by_any_start_method(void **state) {
    struct place *place = *state;
    const unsigned workers[] = {1, 2, place->placement.count + 2};
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++)
        for (size_t i = 0; i < sizeof workers / sizeof *workers && workers[i] <= WORKERS_MAX; i++)
            for (place->placement.width = 1; place->placement.width <= 2; place->placement.width++) {
                assert_int_equal(run_placed(place, (enum pp_start_method)method, workers[i]), 0);
                assert_whole(&place->world->fake, 0);
                assert_placed(place, workers[i]);
            }
}

static void threads_run_where_they_should(void **state) {
    static const char *const executors[] = {"thread", "openmp"};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof executors / sizeof *executors; i++) {
        place->world->fake.executor = executors[i];
        for (place->placement.width = 1; place->placement.width <= 2 && is_there(executors[i]);
             place->placement.width++) {
            assert_int_equal(run_placed(place, PP_START_FORK, place->placement.count + 1), 0);
            assert_placed(place, place->placement.count + 1);
        }
    }
    place->world->fake.executor = NULL;
}

static void workers_without_a_placement_run_anywhere(void **state) {
    struct place *place = *state;
    struct fake_job *fake = &place->world->fake;
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++) {
        fake_job_set(fake, &looking, 200, 2);
        assert_int_equal(fake_job_run(fake, (enum pp_start_method)method, place->config_text), 0);
        assert_true(CPU_EQUAL(&seen->own[0], &place->own) && CPU_EQUAL(&seen->own[1], &place->own));
    }
}

static void who_replaces_a_worker_gets_its_cpus(void **state) {
    struct place *place = *state;
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++) {
        atomic_store(&seen->kills, 2);
        memset(seen->starts, 0, sizeof seen->starts);
        assert_int_equal(run_placed(place, (enum pp_start_method)method, 2), 0);
        assert_int_equal(place->world->fake.sample.workers_lost, 2);
        assert_int_equal(atomic_load(&seen->starts[0]) + atomic_load(&seen->starts[1]), 4);
        assert_placed(place, 2);
    }
}

/* As when a CPU is switched off between the reading of the machine and the pass. */
static void a_cpu_that_is_gone_is_an_error(void **state) {
    struct place *place = *state;
    place->cpus[0] = PP_CPU_MASK_CPUS - 1;
    for (int method = PP_START_FORK; method <= PP_START_FORKSERVER; method++) {
        assert_int_equal(run_placed(place, (enum pp_start_method)method, 1), -EINVAL);
        assert_string_equal(place->world->fake.error.text,
                            "worker 0 cannot start: it cannot be made to run on CPU 8191: Invalid argument; has it "
                            "been switched off, or taken away from this process?");
    }
}

/* ---- executors that cannot ---- */

static void executors_that_do_not_place_refuse_to_pin(void **state) {
    static const struct pp_executor other = {.name = "async"};
    struct pp_case plan = {.executor = "async", .workers = 2, .pin = PP_PIN_NONE};
    struct pp_error error = {0};
    (void)state;
    assert_int_equal(pp_executor_pins_nothing(&other, &plan, &error), 0);
    plan.pin = PP_PIN_SCATTER;
    assert_int_equal(pp_executor_pins_nothing(&other, &plan, &error), -ENOTSUP);
    assert_string_equal(error.where, "pin");
    assert_non_null(strstr(error.text, "the async executor does not place its workers, but \"scatter\" is asked for"));
}

/* This program as a spawned worker. */
static int be_worker(char **argv) {
    char path[64] = "";
    if (pread(PP_WORKER_CONFIG_FD, path, sizeof path - 1, 0) <= 0)
        return 2;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    static const struct fake_args args;
    const struct pp_job job = {.task = &looking, .args = &args, .env = {.config_dir = ".", .tmp_dir = argv[3]}};
    seen = fd < 0 ? NULL : map_seen(fd);
    if (!seen)
        return 2;
    pp_worker_adopt(&job, &(struct pp_worker_fds)PP_WORKER_FDS);
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], PP_WORKER_COMMAND) == 0)
        _exit(be_worker(argv)); /* at once: a leak checker's helper, orphaned by a kill, would become our child */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_get_cpus_in_order_and_begin_again),
        PLACED(workers_run_where_they_should_by_any_start_method),
        PLACED(threads_run_where_they_should),
        PLACED(workers_without_a_placement_run_anywhere),
        PLACED(who_replaces_a_worker_gets_its_cpus),
        PLACED(a_cpu_that_is_gone_is_an_error),
        cmocka_unit_test(executors_that_do_not_place_refuse_to_pin),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
