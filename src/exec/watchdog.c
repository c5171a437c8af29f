#include "exec/watchdog.h"

#include "base/clock.h"
#include "base/stop.h"
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

/* Enough for some paths; the default of 8 MiB may be more address space than a limited process has. */
static const size_t stack_bytes = 256 * 1024;

static void abandon(const struct pp_watchdog *dog, uint64_t item) {
    char why[256];
    if (pp_stop_signal)
        snprintf(why, sizeof why, "stopped by signal %d in the middle of a task in the main process", pp_stop_signal);
    else
        snprintf(why, sizeof why,
                 "task %llu ran past the task_timeout of %.3g s in the main process (0 workers), where it cannot be "
                 "killed: the run ends here",
                 (unsigned long long)(item - 1), pp_seconds(dog->job->timeout_ns));
    dog->job->abandon(dog->job->owner, pp_stop_signal ? 128 + pp_stop_signal : 1, why);
}

/* When to look again: at the current task's end of patience, or not before something happens. */
static uint64_t patience(const struct pp_watchdog *dog, uint64_t stopped_ns, uint64_t *item) {
    *item = atomic_load(&dog->progress.item);
    if (pp_stop_signal)
        return stopped_ns + grace_ns;
    uint64_t timeout_ns = dog->job->timeout_ns;
    if (timeout_ns == 0)
        return UINT64_MAX;
    uint64_t started_ns = *item ? atomic_load(&dog->progress.started_ns) : pp_clock_ns();
    uint64_t wait_ns = timeout_ns + overdue_grace_ns;
    return started_ns > UINT64_MAX - wait_ns ? UINT64_MAX : started_ns + wait_ns;
}

static void *watch(void *argument) {
    struct pp_watchdog *dog = argument;
    struct pollfd fds[] = {{.fd = dog->end_fds[0], .events = POLLIN}, {.fd = dog->stop_fd, .events = POLLIN}};
    uint64_t stopped_ns = 0;
    for (;;) {
        uint64_t item, now_ns = pp_clock_ns(), end_ns = patience(dog, stopped_ns, &item);
        if (end_ns <= now_ns && (pp_stop_signal || atomic_load(&dog->progress.item) == item))
            abandon(dog, item);
        uint64_t left_ns = end_ns > now_ns ? end_ns - now_ns : 0;
        struct timespec wait = {.tv_sec = (time_t)(left_ns / PP_NS_PER_S), .tv_nsec = (long)(left_ns % PP_NS_PER_S)};
        ppoll(fds, 2, end_ns == UINT64_MAX ? NULL : &wait, NULL);
        if (fds[0].revents)
            return NULL;
        if (fds[1].revents) {
            pp_stop_take(dog->stop_fd);
            stopped_ns = pp_clock_ns();
        }
    }
}

int pp_watchdog_open(struct pp_watchdog *dog, const struct pp_job *job, struct pp_error *error) {
    *dog = (struct pp_watchdog){.job = job};
    int code;
    if (pipe2(dog->end_fds, O_CLOEXEC) != 0) {
        code = errno;
        goto failed;
    }
    dog->stop_fd = pp_stop_open(0);
    if (dog->stop_fd < 0) {
        code = -dog->stop_fd;
        goto close_end;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_bytes);
    code = pthread_create(&dog->thread, &attributes, watch, dog);
    pthread_attr_destroy(&attributes);
    if (code == 0)
        return 0;
    close(dog->stop_fd);
close_end:
    close(dog->end_fds[0]);
    close(dog->end_fds[1]);
failed:
    return pp_error_set(error, -code, "cannot watch the main process: %s", strerror(code));
}

void pp_watchdog_close(struct pp_watchdog *dog) {
    pp_write_all(dog->end_fds[1], "", 1);
    close(dog->end_fds[1]); /* either wakes the thread, should the other fail */
    pthread_join(dog->thread, NULL);
    close(dog->end_fds[0]);
    close(dog->stop_fd);
}
