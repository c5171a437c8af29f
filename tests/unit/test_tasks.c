/* The tasks that need no files, each through its descriptor alone, as an executor sees them. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>

#include <cmocka.h>

#include "pptest/memory.h"
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

static void *struct_new(size_t bytes) {
    size_t rounded = (bytes / 64 + 1) * 64;
    void *memory = aligned_alloc(64, rounded);
    assert_non_null(memory);
    return memset(memory, 0, rounded);
}

/* With default arguments; not started yet. */
static struct worker worker_new(const char *name) {
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

static void *argument(const struct worker *worker, const char *name) {
    for (const struct pp_field *field = worker->task->args; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return (char *)worker->args + field->offset;
    fail_msg("no argument %s", name);
    return NULL;
}

static void set_int(const struct worker *worker, const char *name, int64_t value) {
    *(int64_t *)argument(worker, name) = value;
}

static int worker_start(struct worker *worker) {
    const struct pp_task *task = worker->task;
    int status = task->prepare ? task->prepare(worker->shared, worker->args, &env, &worker->error) : 0;
    if (status != 0 || !task->worker_init)
        return status;
    status = task->worker_init(worker->state, worker->shared, worker->args, &env, &worker->error);
    if (status != 0 && task->cleanup)
        task->cleanup(worker->shared);
    return status;
}

static void worker_free(struct worker *worker) {
    free(worker->state);
    free(worker->shared);
    free(worker->args);
}

static void worker_end(struct worker *worker) {
    if (worker->task->worker_fini)
        worker->task->worker_fini(worker->state);
    if (worker->task->cleanup)
        worker->task->cleanup(worker->shared);
    worker_free(worker);
}

static struct pp_item item_of(uint64_t index) { return (struct pp_item){.index = index, .seed = pp_mix2(1, index)}; }

static struct pp_output run(struct worker *worker, uint64_t index) {
    struct pp_item item = item_of(index);
    struct pp_output output = {0};
    assert_int_equal(worker->task->run(worker->state, worker->args, &item, &output, &worker->error), 0);
    return output;
}

static int verify(struct worker *worker, uint64_t index, struct pp_output output) {
    struct pp_item item = item_of(index);
    worker->error = (struct pp_error){0};
    int status = worker->task->verify(worker->state, worker->args, &item, &output, &worker->error);
    assert_int_equal(worker->error.code, status);
    assert_true(status == 0 || worker->error.text[0]);
    return status;
}

static struct pp_output run_verified(struct worker *worker, uint64_t index) {
    struct pp_output output = run(worker, index);
    assert_int_equal(verify(worker, index, output), 0);
    return output;
}

/* The same item gives the same digest, in another order and on another worker too, and other items give others. */
static void assert_deterministic(const char *name, void (*shrink)(const struct worker *)) {
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

static void shrink_size(const struct worker *worker) { set_int(worker, "size", 1000); }
static void shrink_nothing(const struct worker *worker) { (void)worker; }
static void shrink_sleep(const struct worker *worker) { *(double *)argument(worker, "milliseconds") = 0.1; }
static void shrink_password(const struct worker *worker) { set_int(worker, "tried", 50); }

static void same_item_same_digest(void **state) {
    (void)state;
    assert_deterministic("sum", shrink_size);
    assert_deterministic("multi", shrink_size);
    assert_deterministic("sort", shrink_size);
    assert_deterministic("noop", shrink_nothing);
    assert_deterministic("sleep", shrink_sleep);
}

static void password_same_item_same_digest(void **state) {
    (void)state;
    assert_deterministic("password", shrink_password);
}

static void field_described_well(const struct pp_task *task, const struct pp_field *field) {
    assert_true(field->offset < task->args_size);
    assert_true(field->help && field->help[0] && field->help[strlen(field->help) - 1] != '.');
    assert_true(field->min <= field->max && field->mix_min <= field->mix_max);
    if (field->type == PP_INT && !(field->flags & PP_FIELD_REQUIRED))
        assert_true((double)field->def.i >= field->min && (double)field->def.i <= field->max);
    if (field->mix_max != 0)
        assert_true(field->mix_min >= field->min && field->mix_max <= field->max);
}

static void all_described_well(void **state) {
    (void)state;
    const char *before = "";
    for (const struct pp_task *const *task = pp_tasks(); *task; task++) {
        assert_true(strcmp(before, (*task)->name) < 0);
        before = (*task)->name;
        assert_ptr_equal(pp_task_find(before), *task);
        assert_true((*task)->summary[0] && (*task)->summary[strlen((*task)->summary) - 1] != '.');
        if ((*task)->unavailable)
            assert_null((*task)->run);
        else
            assert_true((*task)->run && (*task)->verify && ((*task)->estimate || strcmp(before, "exec") == 0));
        for (const struct pp_field *field = (*task)->args; field->name; field++)
            field_described_well(*task, field);
    }
    assert_null(pp_task_find("no such task"));
}

static void estimates_are_plausible(void **state) {
    (void)state;
    const char *const names[] = {"sum", "multi", "sort", "noop", "sleep", "random"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct worker worker = worker_new(names[i]);
        double estimate_s = worker.task->estimate(worker.args);
        assert_true(estimate_s > 0 && estimate_s < 60);
        worker_free(&worker);
    }
}

/* --- sum, multi, noop, sleep --- */

static void sum_is_right_at_the_edges(void **state) {
    (void)state;
    struct worker worker = worker_new("sum");
    const int64_t sizes[] = {1, 2, 3, 1000, 1001};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_int(&worker, "size", sizes[i]);
        struct pp_output output = run_verified(&worker, i);
        output.digest ^= UINT64_C(1) << 40;
        assert_int_equal(verify(&worker, i, output), -EBADMSG);
    }
    for (int64_t size = (int64_t)PP_INT_MAX; size > (int64_t)PP_INT_MAX - 2; size--) { /* too long to run */
        set_int(&worker, "size", size);
        unsigned __int128 numbers = (unsigned __int128)size * ((unsigned __int128)size + 1) / 2;
        struct pp_output output = {.digest = item_of(0).seed + (uint64_t)numbers};
        assert_int_equal(verify(&worker, 0, output), 0);
    }
    worker_free(&worker);
}

static void multi_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("multi");
    for (int64_t size = 1; size <= 1000000; size *= 10) {
        set_int(&worker, "size", size);
        struct pp_output output = run_verified(&worker, 3), wrong = output;
        wrong.value *= 1.00001; /* one multiplication too many */
        assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        wrong = output;
        wrong.digest++;
        assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        const double nonsense[] = {NAN, INFINITY, -INFINITY, 0, -1};
        for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
            wrong.value = nonsense[i];
            memcpy(&wrong.digest, &wrong.value, sizeof wrong.digest);
            assert_int_equal(verify(&worker, 3, wrong), -EBADMSG);
        }
    }
    worker_free(&worker);
}

static void multi_may_overflow(void **state) {
    (void)state;
    struct worker worker = worker_new("multi");
    set_int(&worker, "size", 72000000);
    struct pp_output output = run_verified(&worker, 0);
    assert_true(isinf(output.value));
    output.value = 1e308;
    memcpy(&output.digest, &output.value, sizeof output.digest);
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

static void noop_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("noop");
    struct pp_output output = run_verified(&worker, 0);
    output.digest++;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

static void ignore_signal(int number) { (void)number; }

static void sleep_outlasts_signals(void **state) {
    (void)state;
    struct sigaction action = {.sa_handler = ignore_signal}, before;
    sigaction(SIGALRM, &action, &before);
    struct itimerval every_ms = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    struct worker worker = worker_new("sleep");
    setitimer(ITIMER_REAL, &every_ms, NULL);
    struct pp_output output = run(&worker, 0);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(verify(&worker, 0, output), 0);
    assert_true(output.value >= 9.9999);
    struct pp_output wrong = output;
    wrong.digest++;
    assert_int_equal(verify(&worker, 0, wrong), -EBADMSG);
    output.value = 9.9;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_free(&worker);
}

/* --- sort --- */

/* The head of the state in tasks/sort.c. */
struct sort_state {
    struct pp_buffer reals, scratch;
    double *sorted;
};

static void sort_answer_is_checked(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", 5000);
    assert_int_equal(worker_start(&worker), 0);
    struct sort_state *sort = worker.state;

    struct pp_output output = run(&worker, 0);
    double last = sort->sorted[4999];
    sort->sorted[4999] = sort->sorted[4998] / 2;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    assert_non_null(strstr(worker.error.text, "not sorted"));

    run(&worker, 0);
    sort->sorted[4999] = last * 2;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    assert_non_null(strstr(worker.error.text, "not the 5000 numbers"));

    run(&worker, 0);
    sort->sorted[17] = NAN;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);

    output = run(&worker, 0);
    output.digest++;
    assert_int_equal(verify(&worker, 0, output), -EBADMSG);
    worker_end(&worker);
}

static void sort_grows_with_its_arguments(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", 1);
    assert_int_equal(worker_start(&worker), 0);
    for (int64_t size = 1; size <= 100000; size = size * 3 + 1) {
        set_int(&worker, "size", size);
        run_verified(&worker, (uint64_t)size);
    }
    worker_end(&worker);
}

/* A start that needs more memory than a process may have fails with words. */
static void assert_start_needs_memory(struct worker *worker) {
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

static void sort_without_memory(void **state) {
    (void)state;
    struct worker worker = worker_new("sort");
    set_int(&worker, "size", (int64_t)1 << 32);
    assert_start_needs_memory(&worker);
    worker_free(&worker);
}

/* --- password --- */

static void password_set(const struct worker *worker, int64_t stored, int64_t tried, struct pp_pair length,
                         double ratio) {
    set_int(worker, "stored", stored);
    set_int(worker, "tried", tried);
    *(struct pp_pair *)argument(worker, "length") = length;
    *(double *)argument(worker, "correct_ratio") = ratio;
}

static void password_counts_matches(void **state) {
    (void)state;
    const struct {
        int64_t stored, tried;
        struct pp_pair length;
        double ratio, matched;
    } cases[] = {{100, 1000, {20, 20}, 0.8, 800}, {1, 1, {1, 1}, 0, 0},     {1, 1, {1, 1}, 1, 1},
                 {1, 7, {1024, 1024}, 0.3, 2},    {500, 7, {1, 1}, 0.5, 4}, /* 64 different ones */
                 {300, 300, {1, 1024}, 1, 300},   {300, 300, {7, 9}, 0, 0}, {64, 3, {8, 8}, 0.1, 0}};
    struct worker worker = worker_new("password");
    assert_int_equal(worker_start(&worker), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        password_set(&worker, cases[i].stored, cases[i].tried, cases[i].length, cases[i].ratio);
        struct pp_output output = run_verified(&worker, i);
        assert_true(output.value == cases[i].matched);
        output.value++;
        assert_int_equal(verify(&worker, i, output), -EBADMSG);
    }
    worker_end(&worker);
}

static void password_argon2id(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    password_set(&worker, 1, 2, (struct pp_pair){6, 6}, 0.5);
    double fast_s = worker.task->estimate(worker.args);
    *(int *)argument(&worker, "algorithm") = 1;
    assert_true(worker.task->estimate(worker.args) > 1000 * fast_s);
    assert_int_equal(worker_start(&worker), 0);
    assert_true(run_verified(&worker, 0).value == 1);
    worker_end(&worker);
}

static void password_details(void **state) {
    (void)state;
    char text[80];
    struct worker worker = worker_new("password");
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 23);
    assert_string_equal(text, "100/1000; [20, 20]; 0.8");
    password_set(&worker, 1, 2, (struct pp_pair){3, 4}, 1);
    *(int *)argument(&worker, "algorithm") = 1;
    worker.task->details(worker.args, text, sizeof text);
    assert_string_equal(text, "1/2; [3, 4]; 1; argon2id");
    worker_free(&worker);
}

static void password_without_memory(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    set_int(&worker, "stored", (int64_t)1 << 31);
    assert_start_needs_memory(&worker);
    worker_free(&worker);
}

/* --- random --- */

static void mix_set(const struct worker *worker, size_t count, const char *const *names) {
    *(struct pp_strings *)argument(worker, "tasks") = (struct pp_strings){.count = count, .items = names};
}

static void draws_are_in_range(void **state) {
    (void)state;
    struct worker worker = worker_new("password");
    struct pp_rng rng = {1};
    for (int i = 0; i < 1000; i++) {
        worker.task->draw(worker.args, &rng);
        const struct pp_pair *length = argument(&worker, "length");
        int64_t stored = *(int64_t *)argument(&worker, "stored"), tried = *(int64_t *)argument(&worker, "tried");
        double ratio = *(double *)argument(&worker, "correct_ratio");
        assert_in_range(stored, 1000, 10000);
        assert_in_range(tried, 100, 1000);
        assert_in_range(length->low, 6, 20);
        assert_in_range(length->high, 21, 30);
        assert_true(ratio >= 0.1 && ratio <= 0.9);
    }
    worker_free(&worker);
}

static void mix_runs_its_members(void **state) {
    (void)state;
    static const char *const names[] = {"multi", "noop", "sleep"};
    struct worker a = worker_new("random"), b = worker_new("random");
    mix_set(&a, 3, names);
    mix_set(&b, 3, names);
    assert_int_equal(a.task->check(a.args, &a.error), 0);
    assert_int_equal(worker_start(&a), 0);
    assert_int_equal(worker_start(&b), 0);
    uint64_t forth = 0, back = 0;
    for (uint64_t i = 0; i < 12; i++) {
        struct pp_output output = run_verified(&a, i);
        forth += output.digest;
        output.digest++;
        assert_int_equal(verify(&a, i, output), -EBADMSG);
        back += run_verified(&b, 11 - i).digest;
    }
    assert_int_equal(forth, back);
    worker_end(&b);
    worker_end(&a);
}

static void mix_of_everything_starts(void **state) {
    (void)state;
    struct worker worker = worker_new("random");
    assert_int_equal(worker.task->check(worker.args, &worker.error), 0);
    int status = worker_start(&worker);
    if (status != 0)
        fail_msg("%s", worker.error.text);
    worker_end(&worker);
}

static void mix_details(void **state) {
    (void)state;
    static const char *const names[] = {"sum", "sort"};
    char text[32];
    struct worker worker = worker_new("random");
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 3);
    assert_string_equal(text, "any");
    mix_set(&worker, 2, names);
    assert_int_equal(worker.task->details(worker.args, text, sizeof text), 8);
    assert_string_equal(text, "sum;sort");
    assert_int_equal(worker.task->details(worker.args, text, 3), 8);
    assert_string_equal(text, "su");
    worker_free(&worker);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_described_well),
                                       cmocka_unit_test(same_item_same_digest),
                                       cmocka_unit_test(estimates_are_plausible),
                                       cmocka_unit_test(password_same_item_same_digest),
                                       cmocka_unit_test(sum_is_right_at_the_edges),
                                       cmocka_unit_test(multi_answer_is_checked),
                                       cmocka_unit_test(multi_may_overflow),
                                       cmocka_unit_test(noop_answer_is_checked),
                                       cmocka_unit_test(sleep_outlasts_signals),
                                       cmocka_unit_test(sort_answer_is_checked),
                                       cmocka_unit_test(sort_grows_with_its_arguments),
                                       cmocka_unit_test(sort_without_memory),
                                       cmocka_unit_test(password_counts_matches),
                                       cmocka_unit_test(password_argon2id),
                                       cmocka_unit_test(password_details),
                                       cmocka_unit_test(password_without_memory),
                                       cmocka_unit_test(draws_are_in_range),
                                       cmocka_unit_test(mix_runs_its_members),
                                       cmocka_unit_test(mix_of_everything_starts),
                                       cmocka_unit_test(mix_details)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
