/* The mix with members that fail where they are told to: its source is compiled in here, next to a list of tasks of
 * this test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.c" /* NOLINT(bugprone-suspicious-include) */

/* Where the member `fragile` fails, and what of it is alive. */
static struct {
    enum { NOWHERE, IN_PREPARE, IN_INIT, IN_RUN, IN_VERIFY } fails;
    int prepared, started;
} fragile;

struct fragile_args {
    int64_t number;
    double real;
    int64_t kept;
};

static const struct pp_field fragile_fields[] = {
    {.name = "number",
     .help = "drawn",
     .type = PP_INT,
     .offset = offsetof(struct fragile_args, number),
     .mix_min = 5,
     .mix_max = 9},
    {.name = "real",
     .help = "drawn",
     .type = PP_REAL,
     .offset = offsetof(struct fragile_args, real),
     .mix_min = 0.5,
     .mix_max = 1.5},
    {.name = "kept", .help = "not drawn", .type = PP_INT, .offset = offsetof(struct fragile_args, kept), .def.i = 42},
    {0}};

static int fragile_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    assert_int_equal((uintptr_t)shared % 64, 0);
    assert_int_equal(((const struct fragile_args *)args)->kept, 42);
    if (fragile.fails == IN_PREPARE)
        return pp_error_at(error, -ENOENT, "/0", "there is no input");
    fragile.prepared++;
    return 0;
}

static int fragile_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                        struct pp_error *error) {
    (void)shared, (void)args, (void)env;
    assert_int_equal((uintptr_t)state % 64, 0);
    if (fragile.fails == IN_INIT)
        return pp_error_set(error, -ENOMEM, "there is no memory");
    fragile.started++;
    return 0;
}

static int fragile_run(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    (void)state, (void)error;
    const struct fragile_args *a = args;
    assert_in_range(a->number, 5, 9);
    assert_true(a->real >= 0.5 && a->real < 1.5);
    assert_int_equal(a->kept, 42);
    output->digest = item->seed;
    return fragile.fails == IN_RUN ? -EIO : 0; /* without words */
}

static int fragile_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                          struct pp_error *error) {
    (void)state, (void)args;
    if (fragile.fails == IN_VERIFY)
        return pp_error_set(error, -EBADMSG, "it is wrong");
    return output->digest == item->seed ? 0 : -EBADMSG;
}

static void fragile_fini(void *state) {
    (void)state;
    fragile.started--;
}

static void fragile_cleanup(void *shared) {
    (void)shared;
    fragile.prepared--;
}

/* Two that are alike, so that the second one's failure has a first one to undo; and one that is missing. */
#define FRAGILE                                                                                                        \
    .summary = "does what it is told", .args = fragile_fields, .args_size = sizeof(struct fragile_args),               \
    .shared_size = 1, .state_size = 100, .run = fragile_run, .verify = fragile_verify, .worker_fini = fragile_fini,    \
    .cleanup = fragile_cleanup

static int sturdy_prepare(void *shared, const void *args, const struct pp_env *env, struct pp_error *error) {
    (void)shared, (void)args, (void)env, (void)error;
    fragile.prepared++;
    return 0;
}

static int sturdy_init(void *state, const void *shared, const void *args, const struct pp_env *env,
                       struct pp_error *error) {
    (void)state, (void)shared, (void)args, (void)env, (void)error;
    fragile.started++;
    return 0;
}

static const struct pp_task fragile_task = {
    .name = "fragile", .prepare = fragile_prepare, .worker_init = fragile_init, FRAGILE};
static const struct pp_task sturdy_task = {
    .name = "sturdy", .prepare = sturdy_prepare, .worker_init = sturdy_init, FRAGILE};
static const struct pp_task missing_task = {
    .name = "missing", .summary = "is missing", .unavailable = "its library is missing", .args = fragile_fields};
static int gather(void *state, const void *args, struct pp_part *part, struct pp_error *error) {
    (void)state, (void)args, (void)part, (void)error;
    return 0;
}

static const struct pp_task gathering_task = {.name = "gathering", .summary = "is stateful", .gather = gather};
static const struct pp_task *const all_tasks[] = {&fragile_task,   &gathering_task, &missing_task,
                                                  &pp_task_random, &sturdy_task,    NULL};

const struct pp_task *const *pp_tasks(void) { return all_tasks; }

const struct pp_task *pp_task_find(const char *name) {
    for (const struct pp_task *const *task = all_tasks; *task; task++)
        if (strcmp((*task)->name, name) == 0)
            return *task;
    return NULL;
}

static const char *const both[] = {"sturdy", "fragile"};
static const struct args mix = {.tasks = {.count = 2, .items = both}};
static const struct pp_env env = {.config_dir = ".", .tmp_dir = "/tmp"};

static int forget(void **state) {
    (void)state;
    memset(&fragile, 0, sizeof fragile);
    return 0;
}

static void list_is_checked(void **state) {
    (void)state;
    static const char *const unknown[] = {"sturdy", "stury"}, *const twice[] = {"sturdy", "fragile", "sturdy"},
                             *const itself[] = {"random"}, *const missing[] = {"missing"},
                             *const gathers[] = {"gathering"};
    const struct {
        size_t count;
        const char *const *names;
        const char *where, *text;
    } cases[] = {{2, unknown, "/0/1", "there is no task \"stury\"; known are fragile, sturdy"},
                 {3, twice, "/0/2", "\"sturdy\" is named twice"},
                 {1, itself, "/0/0", "cannot contain \"random\" itself"},
                 {1, gathers, "/0/0", "\"gathering\" answers for all its items together"},
                 {1, missing, "/0/0", "task \"missing\" cannot run: its library is missing"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct args args = {.tasks = {.count = cases[i].count, .items = cases[i].names}};
        struct pp_error error = {0};
        assert_int_equal(pp_task_random.check(&args, &error), -EINVAL);
        assert_int_equal(error.code, -EINVAL);
        assert_string_equal(error.where, cases[i].where);
        assert_non_null(strstr(error.text, cases[i].text));
    }
    assert_int_equal(pp_task_random.check(&mix, NULL), 0);
}

static void failed_prepare_is_undone(void **state) {
    (void)state;
    struct shared shared = {0};
    struct pp_error error = {0};
    fragile.fails = IN_PREPARE;
    assert_int_equal(pp_task_random.prepare(&shared, &mix, &env, &error), -ENOENT);
    assert_string_equal(error.text, "fragile: there is no input");
    assert_string_equal(error.where, "");
    assert_int_equal(fragile.prepared, 0);
}

static void failed_init_is_undone(void **state) {
    (void)state;
    struct shared shared = {0};
    struct state worker = {0};
    struct pp_error error = {0};
    assert_int_equal(pp_task_random.prepare(&shared, &mix, &env, &error), 0);
    fragile.fails = IN_INIT;
    assert_int_equal(pp_task_random.worker_init(&worker, &shared, &mix, &env, &error), -ENOMEM);
    assert_string_equal(error.text, "fragile: there is no memory");
    assert_int_equal(fragile.started, 0);
    assert_int_equal(fragile.prepared, 2);
    pp_task_random.cleanup(&shared);
    assert_int_equal(fragile.prepared, 0);
}

/* Runs items until each member has had some; returns how many failed, the last error in `error`. */
static int run_items(struct pp_error *error) {
    struct shared shared = {0};
    struct state worker = {0};
    int failed = 0;
    assert_int_equal(pp_task_random.prepare(&shared, &mix, &env, error), 0);
    assert_int_equal(pp_task_random.worker_init(&worker, &shared, &mix, &env, error), 0);
    for (uint64_t i = 0; i < 100; i++) {
        struct pp_item item = {.index = i, .seed = pp_mix64(i)};
        struct pp_output output = {0};
        int status = pp_task_random.run(&worker, &mix, &item, &output, error);
        if (status == 0)
            status = pp_task_random.verify(&worker, &mix, &item, &output, error);
        failed += status != 0;
    }
    pp_task_random.worker_fini(&worker);
    pp_task_random.cleanup(&shared);
    assert_int_equal(fragile.started, 0);
    assert_int_equal(fragile.prepared, 0);
    return failed;
}

static void members_run(void **state) {
    (void)state;
    struct pp_error error = {0};
    assert_int_equal(run_items(&error), 0);
}

static void members_errors_carry_their_names(void **state) {
    (void)state;
    struct pp_error error = {0};
    fragile.fails = IN_VERIFY;
    assert_int_equal(run_items(&error), 100);
    assert_non_null(strstr(error.text, ": it is wrong"));
    fragile.fails = IN_RUN;
    assert_int_equal(run_items(&error), 100);
    assert_int_equal(error.code, -EIO);
    assert_non_null(strstr(error.text, strerror(EIO)));
}

/* None of the real tasks exists here. */
static void empty_mix_is_refused(void **state) {
    (void)state;
    const struct args all = {{0}};
    struct shared shared = {0};
    struct pp_error error = {0};
    assert_int_equal(pp_task_random.check(&all, &error), 0);
    assert_int_equal(pp_task_random.prepare(&shared, &all, &env, &error), -EINVAL);
    assert_true(pp_task_random.estimate(&all) == 0);
    assert_true(pp_task_random.estimate(&mix) == 0); /* members without an estimate */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(list_is_checked, forget),
                                       cmocka_unit_test_setup(failed_prepare_is_undone, forget),
                                       cmocka_unit_test_setup(failed_init_is_undone, forget),
                                       cmocka_unit_test_setup(members_run, forget),
                                       cmocka_unit_test_setup(members_errors_carry_their_names, forget),
                                       cmocka_unit_test_setup(empty_mix_is_refused, forget)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
