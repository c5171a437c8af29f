#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

_Atomic int pp_stop_signal;

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOP_SIGNALS = sizeof stop_signals / sizeof stop_signals[0] };

static int is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void fill(sigset_t *set) {
    sigemptyset(set);
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        if (!is_ignored(stop_signals[i]))
            sigaddset(set, stop_signals[i]);
}

void pp_stop_install(void) {
    sigset_t blocked;
    fill(&blocked);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGCONT); /* which goes on all the same, but leaves a trace */
    signal(SIGCHLD, SIG_DFL);     /* ignored, as a parent may have left it, children would reap themselves */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
}

void pp_stop_leave_to_parent(void) {
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int pp_stop_poll(void) {
    sigset_t set;
    fill(&set);
    struct timespec none = {0, 0};
    int signal = sigtimedwait(&set, NULL, &none);
    if (signal > 0)
        pp_stop_signal = signal;
    return pp_stop_signal;
}

bool pp_stop_was_suspended(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    struct timespec none = {0, 0};
    return sigtimedwait(&set, NULL, &none) == SIGCONT;
}

int pp_stop_open(int children) {
    sigset_t set;
    fill(&set);
    if (children)
        sigaddset(&set, SIGCHLD);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int pp_stop_take(int stop_fd) {
    struct signalfd_siginfo taken;
    int child = 0;
    while (read(stop_fd, &taken, sizeof taken) == (ssize_t)sizeof taken) {
        if (taken.ssi_signo == SIGCHLD)
            child = 1;
        else
            pp_stop_signal = (int)taken.ssi_signo;
    }
    return child;
}
