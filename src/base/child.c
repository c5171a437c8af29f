#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

#ifdef PP_COVERAGE
void __gcov_dump(void);
#endif

noreturn void pp_child_exit(int status) {
#ifdef PP_COVERAGE
    __gcov_dump();
#endif
    _exit(status);
}

/* The pipe's other end is open in the child alone: its end of file is the child's end. */
static bool wait_for_end(int fd, int patience_ms) {
    uint64_t deadline_ns = pp_clock_ns() + (uint64_t)patience_ms * 1000000;
    int left_ms = patience_ms, ready;
    struct pollfd end = {.fd = fd, .events = POLLIN};
    while ((ready = poll(&end, 1, left_ms)) < 0 && errno == EINTR) {
        uint64_t now_ns = pp_clock_ns();
        left_ms = now_ns < deadline_ns ? (int)((deadline_ns - now_ns) / 1000000) : 0;
    }
    return ready > 0;
}

static int reap(pid_t child, int *wait_status) {
    while (waitpid(child, wait_status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return 0;
}

static int judge(bool ended, int wait_status, int patience_ms, struct pp_error *error) {
    if (!ended)
        return pp_error_set(error, -ETIMEDOUT, "it took longer than %d s", patience_ms / 1000);
    if (WIFSIGNALED(wait_status))
        return pp_error_set(error, -ECHILD, "it ended by signal %d (%s)", WTERMSIG(wait_status),
                            strsignal(WTERMSIG(wait_status)));
    if (WEXITSTATUS(wait_status) != 0)
        return pp_error_set(error, -ECHILD, "it ended with exit status %d", WEXITSTATUS(wait_status));
    return 0;
}

int pp_child_run(void (*work)(void *owner), void *owner, int patience_ms, struct pp_error *error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pp_error_set(error, -errno, "no pipe: %s", strerror(errno));
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would read what it finds */
        close(ends[0]);
        work(owner);
        pp_child_exit(0);
    }
    int code = errno;
    close(ends[1]);
    bool ended = child > 0 && wait_for_end(ends[0], patience_ms);
    close(ends[0]);
    if (child < 0)
        return pp_error_set(error, -code, "no process: %s", strerror(code));
    if (!ended)
        kill(child, SIGKILL);
    int wait_status = 0, status = reap(child, &wait_status);
    return status ? pp_error_set(error, status, "its end was not seen: %s", strerror(-status))
                  : judge(ended, wait_status, patience_ms, error);
}
