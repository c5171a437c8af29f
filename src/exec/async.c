/* The executors of an event loop: one thread, with as many tasks in flight as there are workers. With "async" a task
 * gives way while it waits; with "async-blocking" it is called and holds the loop until it returns. */
#include "exec/exec.h"

#include "base/clock.h"
#include "base/members.h"
#include "exec/flights.h"
#include "exec/gang.h"
#include "exec/limits.h"
#include "exec/uv_loop.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

struct pass {
    struct pp_gang gang; /* of one: the thread that has the loop */
    struct pp_flights flights;
    bool blocking;
    struct pp_sample *sample;
    struct pp_error *error;
};

static void add_flights(const struct pass *pass) {
    const struct pp_flights *flights = &pass->flights;
    struct pp_sample *sample = pass->sample;
    if (pass->gang.job->lean)
        return;
    sample->ledger = pp_flights_ledger(flights, pass->gang.concluded_ns);
    sample->has_loop = true;
    sample->loop_blocked_ns = flights->blocked_ns;
    /* A clock that is a system call cannot be read for every step; what the loop itself computes is the price of its
     * tasks. */
    sample->cpu_ns = flights->cpu_ns > flights->verify_ns ? flights->cpu_ns - flights->verify_ns : 0;
    sample->cpu_ns += sample->child.user_ns + sample->child.system_ns;
    sample->cpu_wall_ns = flights->spent_ns;
}

static int make_ready(struct pass *pass) {
    pp_gang_enter(pass->gang.workers);
    int status = pp_gang_ready(&pass->gang, pass->error);
    if (status != 0)
        return status;
    return pp_flights_open(&pass->flights, pass->gang.workers, pass->blocking, pass->error);
}

static int work(struct pass *pass) {
    int status = pp_flights_work(&pass->flights, pass->error);
    if (status != 0)
        return status;
    pp_gang_hand_back(pass->gang.workers);
    return pp_gang_conclude(&pass->gang, pass->error);
}

/* As the sequential executor does it: the loop's thread is the main one. */
static int run_pass(struct pass *pass) {
    struct pp_gang *gang = &pass->gang;
    struct pp_sample *sample = pass->sample;
    const struct pp_observer *observer = gang->job->observer;
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    uint64_t start_ns = pp_clock_ns();
    int status = make_ready(pass);
    bool is_ready = status == 0;
    sample->init_ns = pp_clock_ns() - start_ns;
    if (is_ready && observer)
        pp_gang_observe(gang, observer->ready, sample, &used);
    uint64_t work_ns = pp_clock_ns();
    if (is_ready)
        status = work(pass);
    uint64_t spent_ns = sample->init_ns + pp_clock_ns() - work_ns;
    if (is_ready && observer)
        pp_gang_observe(gang, observer->worked, sample, &used);
    int collected = pp_gang_collect(gang, work_ns, sample);
    if (is_ready)
        add_flights(pass);
    uint64_t end_ns = pp_clock_ns();
    if (is_ready)
        pp_flights_close(&pass->flights);
    pp_gang_leave(gang->workers);
    uint64_t ended_ns = pp_clock_ns();
    sample->total_ns = spent_ns + ended_ns - end_ns;
    pp_usage_add_own(&sample->usage, &used);
    pp_recorder_pass(gang->job->recorder,
                     &(struct pp_phases){start_ns, sample->init_ns, work_ns, sample->work_ns, end_ns, ended_ns});
    return status ? status : collected;
}

static int run(const struct pp_job *job, bool blocking, struct pp_sample *sample, struct pp_error *error) {
    const struct pp_executor *executor = blocking ? &pp_executor_async_blocking : &pp_executor_async;
    struct pass pass = {.blocking = blocking, .sample = sample, .error = error};
    *sample = (struct pp_sample){0};
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0)
        return pp_error_set(error, -errno, "cannot make an event loop: %s", strerror(errno));
    int status = pp_gang_open_of(&pass.gang, job, executor->name, 1, error);
    if (status == 0) {
        atomic_store(&pass.gang.wake_fd, wake_fd);
        status = run_pass(&pass);
        pp_gang_close(&pass.gang);
    }
    close(wake_fd); /* the watchdog is gone, too */
    return status;
}

static int run_async(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    return run(job, false, sample, error);
}

static int run_blocking(const struct pp_job *job, struct pp_sample *sample, struct pp_error *error) {
    return run(job, true, sample, error);
}

/* ---- what can be done ---- */

static int supports_case(const struct pp_executor *executor, const struct pp_case *plan, struct pp_error *error) {
    int status = pp_executor_moves_nothing(executor, plan, error);
    return status ? status : pp_executor_pins_nothing(executor, plan, error);
}

static int supports_async(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    bool is_mix = pp_members_field(task);
    if (!task->step)
        return pp_error_at(error, -ENOTSUP, "executor",
                           "%s\"%s\" %s be done in steps, between which others have their turn, as the async executor "
                           "does it; use \"process\" or \"thread\", or \"async-blocking\" to see what such a task does "
                           "to an event loop",
                           is_mix ? "none of the tasks of this " : "", task->name, is_mix ? "can" : "cannot");
    return supports_case(&pp_executor_async, plan, error);
}

static int supports_blocking(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error) {
    (void)task;
    return supports_case(&pp_executor_async_blocking, plan, error);
}

static int admit(unsigned workers, struct pp_error *error) {
    int status = pp_uv_load(error);
    return status ? status : pp_limits_admit_flights(workers, error);
}

const struct pp_executor pp_executor_async = {.name = "async",
                                              .summary = "an event loop in one thread, with N tasks in flight",
                                              .unavailable = PP_UV_UNAVAILABLE,
                                              .supports = supports_async,
                                              .admit = admit,
                                              .admit_programs = pp_limits_admit_programs,
                                              .run = run_async};

const struct pp_executor pp_executor_async_blocking = {.name = "async-blocking",
                                                       .summary =
                                                           "the same event loop, with tasks that do not give way",
                                                       .unavailable = PP_UV_UNAVAILABLE,
                                                       .supports = supports_blocking,
                                                       .admit = admit,
                                                       .run = run_blocking};
