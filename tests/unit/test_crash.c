/* Tasks that crash in this process: each in a child, which must end with what the watchdog was told. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "process_world.h"

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
enum { CRASHES = sizeof crashes / sizeof *crashes };

/* How a task goes wrong, in args.spare. */
enum { BY_WRITING, BY_DIVIDING, BY_ABORT, BY_STACK, BY_HELPER, BY_WRITING_TWICE, WAYS };

/* A real fault that no sanitizer looks at. */
static void write_where_nothing_is(void) {
    volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *page = 1;
}

static __attribute__((noinline)) unsigned use_up_the_stack(volatile unsigned *depth) {
    volatile char room[4096];
    room[*depth % sizeof room] = 1;
    if (++*depth == UINT32_MAX) /* never */
        return 0;
    return use_up_the_stack(depth) + (unsigned)room[0];
}

static void *crash_in_another_thread(void *unused) {
    (void)unused;
    write_where_nothing_is();
    return NULL;
}

static void crash(uint64_t how) {
    volatile unsigned depth = 0;
    pthread_t helper;
    switch (how) {
    case BY_DIVIDING:
        raise(SIGFPE);
        break;
    case BY_ABORT:
        abort();
    case BY_STACK:
        use_up_the_stack(&depth);
        break;
    case BY_HELPER:
        if (pthread_create(&helper, NULL, crash_in_another_thread, NULL) == 0)
            pthread_join(helper, NULL);
        break;
    default:
        write_where_nothing_is();
    }
}

static int run_crashing(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                        struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    (void)error;
    if (item->index == fake->victim || (fake->spare == BY_WRITING_TWICE && item->index > fake->victim))
        crash(fake->spare);
    return fake_answer(fake, item, output);
}

static const struct pp_task crashing = {.name = "crashing", .run = run_crashing, .verify = fake_verify};

/* C libraries name signals differently. */
static bool is_expected(const char *why, uint64_t way) {
    const char *who = way == BY_WRITING_TWICE ? "" : way == BY_HELPER ? "a thread" : "task 17";
    int number = way == BY_DIVIDING ? SIGFPE : way == BY_ABORT ? SIGABRT : SIGSEGV;
    char text[128];
    snprintf(text, sizeof text, "%s crashed (signal %d, %s) in ", who, number, strsignal(number));
    return strstr(why, text);
}

enum { AS_TOLD = 42 };

static noreturn void leave_if_told(void *owner, int exit_status, const char *why) {
    const struct fake_job *fake = owner;
    char where[64] = "in the main process (0 workers): it";
    if (fake->job.workers)
        snprintf(where, sizeof where, "in %s_3: it took the program", fake->executor);
    pp_worker_exit(exit_status == 1 && is_expected(why, fake->args.spare) && strstr(why, where) ? AS_TOLD : 99);
}

/* The test's own frame, and sanitizers, handle crashes: here they shall not. */
static void let_go_of_crashes(void) {
    for (int i = 0; i < CRASHES; i++)
        signal(crashes[i], SIG_DFL);
}

static int crash_and_tell(struct fake_job *fake) {
    const struct rlimit stack = {.rlim_cur = 1 << 20, .rlim_max = RLIM_INFINITY};
    if (fake->args.spare == BY_STACK)
        setrlimit(RLIMIT_STACK, &stack); /* the main thread's may have no end */
    let_go_of_crashes();
    fake_job_run(fake, PP_START_FORK, NULL);
    return 1;
}

static void assert_told(struct fake_job *fake, const char *executor) {
    for (unsigned workers = 0; workers <= 3; workers += 3)
        for (uint64_t how = 0; how < WAYS; how++) {
            fake_job_set(fake, &crashing, 100, workers);
            fake->executor = executor;
            fake->args.victim = 17;
            fake->args.spare = how;
            fake->job.abandon = leave_if_told;
            fake->job.owner = fake;
            int status = in_child(crash_and_tell, fake);
            if (status != AS_TOLD)
                fail_msg("%s, %u workers, way %d: %d", executor, workers, (int)how, status);
        }
}

static void a_crash_is_told(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    assert_told(fake, "thread");
    if (is_there("openmp"))
        assert_told(fake, "openmp");
}

/* ---- when saving crashes as well ---- */

static noreturn void crash_again(void *owner, int exit_status, const char *why) {
    const struct fake_job *fake = owner;
    (void)exit_status;
    (void)why;
    if (fake->args.accidents)
        abort();
    write_where_nothing_is();
    pp_worker_exit(AS_TOLD);
}

static void a_crash_while_saving_ends_the_process_at_once(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (uint64_t by_abort = 0; by_abort <= 1; by_abort++) {
        fake_job_set(fake, &crashing, 100, 2);
        fake->executor = "thread";
        fake->args =
            (struct fake_args){.board = fake->args.board, .victim = 17, .spare = BY_WRITING, .accidents = by_abort};
        fake->job.abandon = crash_again;
        fake->job.owner = fake;
        uint64_t start_ns = pp_clock_ns();
        assert_int_equal(in_child(crash_and_tell, fake), 255);
        assert_true(pp_clock_ns() - start_ns < 8 * PP_NS_PER_S); /* not by the child's alarm */
    }
}

/* ---- handlers ---- */

static void on_signal(int number) { (void)number; }

/* Which of the handlers are in place while a task runs: one bit each where it is neither the default nor the test's. */
static int run_looking(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                       struct pp_error *error) {
    const struct fake_args *fake = args;
    struct sigaction action;
    (void)state;
    (void)error;
    for (int i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i], NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != on_signal)
            atomic_fetch_or(&fake->board->accidents, UINT64_C(1) << i);
    return fake_answer(fake, item, output);
}

static const struct pp_task looking = {.name = "looking", .run = run_looking, .verify = fake_verify};

static int look_at_handlers(struct fake_job *fake) {
    struct sigaction action;
    stack_t stack;
    let_go_of_crashes();
    signal(SIGFPE, on_signal);
    if (fake_job_run(fake, PP_START_FORK, NULL) != 0 || atomic_load(&fake->args.board->accidents) != (31 & ~4))
        return 1;
    for (int i = 0; i < CRASHES; i++)
        if (sigaction(crashes[i], NULL, &action) != 0 ||
            action.sa_handler != (crashes[i] == SIGFPE ? on_signal : SIG_DFL))
            return 2;
    return sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_ONSTACK) ? AS_TOLD : 3;
}

static void handlers_are_there_for_the_pass_and_leave_those_of_others(void **state) {
    struct fake_job *fake = &((struct world *)*state)->fake;
    for (unsigned workers = 0; workers <= 2; workers++) {
        atomic_store(&fake->args.board->accidents, 0);
        fake_job_set(fake, &looking, 10, workers);
        fake->executor = "thread";
        assert_int_equal(in_child(look_at_handlers, fake), AS_TOLD);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(a_crash_is_told),
        CLEAN(a_crash_while_saving_ends_the_process_at_once),
        CLEAN(handlers_are_there_for_the_pass_and_leave_those_of_others),
    };
    pp_stop_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
