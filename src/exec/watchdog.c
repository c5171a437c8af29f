#include "exec/watchdog.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/stop.h"
#include "exec/gang.h"
#include "exec/mark.h"
#include "pptest/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long a task may still run after a stop signal before it is abandoned. */
static const uint64_t grace_ns = 2 * PP_NS_PER_S;

/* How much longer than the timeout a task may take: it is better to see it end and count it as failed. */
static const uint64_t overdue_grace_ns = PP_NS_PER_S / 2;

/* Enough for some paths and for what saving needs; the default of 8 MiB may be more address space than a limited
 * process has. */
static const size_t stack_bytes = 512 * 1024;

/* ---- giving up ---- */

static void abandon(const struct pp_gang *gang, int exit_status, const char *why) {
    pp_groups_end(&gang->groups);
    if (gang->groups.count > 0)
        pp_marked_end();
    gang->job->abandon(gang->job->owner, exit_status, why);
}

static void say_where(const struct pp_gang *gang, char *text, size_t size) {
    if (gang->job->workers == 0)
        snprintf(text, size, "the main process (0 workers)");
    else
        snprintf(text, size, "%s_%u", gang->executor, gang->job->workers);
}

static void abandon_stopped(const struct pp_gang *gang) {
    char why[128], where[64];
    say_where(gang, where, sizeof where);
    snprintf(why, sizeof why, "stopped by signal %d in the middle of a task in %s", pp_stop_signal, where);
    abandon(gang, 128 + pp_stop_signal, why);
}

static void abandon_overdue(const struct pp_gang *gang, uint64_t item) {
    char why[256], where[64];
    say_where(gang, where, sizeof where);
    snprintf(why, sizeof why,
             "task %llu ran past the task_timeout of %s s in %s, where it cannot be ended: the run ends here; tasks "
             "of worker processes can be ended (\"executor\": \"process\")",
             (unsigned long long)(item - 1), pp_figure_of(pp_seconds(gang->job->timeout_ns), 3).text, where);
    abandon(gang, 1, why);
}

static uint64_t item_of(const struct pp_gang *gang, pid_t tid) {
    for (unsigned i = 0; i < gang->count; i++)
        if (atomic_load(&gang->workers[i].tid) == tid)
            return atomic_load(&gang->workers[i].progress.item);
    return 0;
}

static void abandon_crashed(const struct pp_gang *gang, int signal, pid_t tid) {
    char why[256], where[64], what[64] = "a thread";
    uint64_t item = item_of(gang, tid);
    say_where(gang, where, sizeof where);
    if (item > 0)
        snprintf(what, sizeof what, "task %llu", (unsigned long long)(item - 1));
    snprintf(why, sizeof why, "%s crashed (signal %d, %s) in %s: it took the program with it", what, signal,
             strsignal(signal), where);
    abandon(gang, 1, why);
}

/* ---- watching ---- */

/* How often, while a stop is on its way, those processes are ended that tasks had not begun to start before. */
static const uint64_t sweep_ns = PP_NS_PER_S / 20;

/* A task in this process cannot be ended, but processes that it waits for can: then it comes back, and has failed. */
static void end_processes(const struct pp_gang_worker *worker, uint64_t item) {
    unsigned count;
    const int *groups = pp_gang_groups(worker, &count);
    for (unsigned i = 0; i < count && atomic_load(&worker->progress.item) == item; i++)
        pp_group_end(&groups[i]);
}

/* A task that is watched for its end of patience. */
struct waited_for {
    const struct pp_gang_worker *worker;
    uint64_t item, end_ns;
};

static struct waited_for wait_for(const struct pp_gang_worker *worker, uint64_t now_ns) {
    struct waited_for task = {.worker = worker, .item = atomic_load(&worker->progress.item)};
    uint64_t started_ns = task.item ? atomic_load(&worker->progress.started_ns) : now_ns;
    uint64_t timeout_ns = worker->gang->job->timeout_ns, wait_ns = timeout_ns + overdue_grace_ns;
    task.end_ns = started_ns > UINT64_MAX - wait_ns ? UINT64_MAX : started_ns + wait_ns;
    if (worker->gang->groups.count > 0 && task.end_ns != UINT64_MAX && now_ns < task.end_ns) {
        if (now_ns >= started_ns + timeout_ns)
            end_processes(worker, task.item);
        else
            task.end_ns = started_ns + timeout_ns;
    }
    return task;
}

/* When to look again: at the first end of patience with a current task, or not before something happens. */
static uint64_t look(const struct pp_gang *gang, uint64_t stopped_ns) {
    uint64_t now_ns = pp_clock_ns(), next_ns = UINT64_MAX;
    if (pp_stop_signal) {
        if (stopped_ns + grace_ns <= now_ns)
            abandon_stopped(gang);
        if (gang->groups.count == 0)
            return stopped_ns + grace_ns;
        pp_groups_end(&gang->groups);
        return now_ns + sweep_ns;
    }
    for (unsigned i = 0; i < gang->count && gang->job->timeout_ns > 0; i++) {
        struct waited_for task = wait_for(&gang->workers[i], now_ns);
        if (task.end_ns <= now_ns && atomic_load(&task.worker->progress.item) == task.item)
            abandon_overdue(gang, task.item);
        if (task.end_ns < next_ns)
            next_ns = task.end_ns;
    }
    return next_ns;
}

/* Those who are inside tasks look up by themselves. */
static void wake(const struct pp_gang *gang) {
    static const uint64_t once = 1;
    int fd = atomic_load(&gang->wake_fd);
    if (fd >= 0)
        pp_write_all(fd, &once, sizeof once);
}

static void *watch(void *argument) {
    const struct pp_watchdog *dog = argument;
    struct pollfd fds[] = {{.fd = dog->end_fds[0], .events = POLLIN},
                           {.fd = dog->stop_fd, .events = POLLIN},
                           {.fd = dog->crash_fd, .events = POLLIN}};
    uint64_t stopped_ns = pp_clock_ns(); /* if it is not to be later */
    pid_t tid;
    pp_crash_exempt();
    for (;;) {
        uint64_t end_ns = look(dog->gang, stopped_ns), now_ns = pp_clock_ns();
        uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
        struct timespec wait = {.tv_sec = (time_t)(left_ns / PP_NS_PER_S), .tv_nsec = (long)(left_ns % PP_NS_PER_S)};
        ppoll(fds, 3, end_ns == UINT64_MAX ? NULL : &wait, NULL);
        int crash = fds[2].revents ? pp_crash_take(dog->crash_fd, &tid) : 0;
        if (crash)
            abandon_crashed(dog->gang, crash, tid);
        if (fds[0].revents)
            return NULL;
        if (fds[1].revents) {
            pp_stop_take(dog->stop_fd);
            stopped_ns = pp_clock_ns();
            wake(dog->gang);
        }
    }
}

/* ---- starting and ending ---- */

static int start(struct pp_watchdog *dog) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    int code = pthread_create(&dog->thread, &attributes, watch, dog);
    pthread_attr_destroy(&attributes);
    return -code;
}

int pp_watchdog_open(struct pp_watchdog *dog, const struct pp_gang *gang, struct pp_error *error) {
    *dog = (struct pp_watchdog){.gang = gang};
    int status = pipe2(dog->end_fds, O_CLOEXEC) != 0 ? -errno : 0;
    if (status != 0)
        goto failed;
    status = dog->stop_fd = pp_stop_open(0);
    if (status < 0)
        goto close_end;
    status = dog->crash_fd = pp_crash_open();
    if (status < 0)
        goto close_stop;
    status = start(dog);
    if (status != 0)
        goto close_crash;
    pp_crash_catch(&dog->handlers);
    return 0;
close_crash:
    close(dog->crash_fd);
close_stop:
    close(dog->stop_fd);
close_end:
    close(dog->end_fds[0]);
    close(dog->end_fds[1]);
failed:
    return pp_error_set(error, status, "cannot watch the main process: %s", strerror(-status));
}

void pp_watchdog_close(struct pp_watchdog *dog) {
    pp_crash_let(&dog->handlers);
    pp_write_all(dog->end_fds[1], "", 1);
    close(dog->end_fds[1]); /* either wakes the thread, should the other fail */
    pthread_join(dog->thread, NULL);
    close(dog->end_fds[0]);
    close(dog->stop_fd);
    close(dog->crash_fd);
}
