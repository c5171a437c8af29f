#include "exec/crash.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/signalfd.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static const int signals[PP_CRASH_SIGNALS] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* A notice is one number: the thread's id above the signal's. */
enum { SIGNAL_BITS = 8 };

static void fill(sigset_t *set) {
    sigemptyset(set);
    for (int i = 0; i < PP_CRASH_SIGNALS; i++)
        sigaddset(set, signals[i]);
}

/* ---- the handler: nothing but what signal-safety(7) allows, and system calls ---- */

/* Sent again and again: another SIGCHLD that waits to be taken would swallow it. */
static void tell(int signal) {
    const union sigval notice = {.sival_ptr = (void *)((uintptr_t)gettid() << SIGNAL_BITS | (uintptr_t)signal)};
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000};
    for (;;) {
        sigqueue(getpid(), SIGCHLD, notice);
        nanosleep(&pause, NULL);
    }
}

static void on_crash(int number, siginfo_t *info, void *context) {
    const ucontext_t *interrupted = context;
    (void)info;
    if (!sigismember(&interrupted->uc_sigmask, SIGSEGV))
        tell(number);
    signal(number, SIG_DFL); /* an abort() of the exempt thread goes on when this returns, and ends the process */
}

/* ---- catching ---- */

void pp_crash_catch(struct pp_crash_handlers *handlers) {
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = on_crash;
    fill(&action.sa_mask);
    for (int i = 0; i < PP_CRASH_SIGNALS; i++) {
        struct sigaction *before = &handlers->before[i];
        bool is_free = sigaction(signals[i], NULL, before) == 0 && !(before->sa_flags & SA_SIGINFO) &&
                       before->sa_handler == SIG_DFL;
        handlers->taken[i] = is_free && sigaction(signals[i], &action, NULL) == 0;
    }
}

void pp_crash_let(const struct pp_crash_handlers *handlers) {
    for (int i = 0; i < PP_CRASH_SIGNALS; i++)
        if (handlers->taken[i])
            sigaction(signals[i], &handlers->before[i], NULL);
}

void pp_crash_enter(struct pp_crash_stack *stack) {
    stack_t there;
    const stack_t own = {.ss_sp = stack->bytes, .ss_size = sizeof stack->bytes};
    stack->used = sigaltstack(NULL, &there) == 0 && (there.ss_flags & SS_DISABLE) && sigaltstack(&own, NULL) == 0;
}

void pp_crash_leave(struct pp_crash_stack *stack) {
    const stack_t none = {.ss_flags = SS_DISABLE};
    if (stack->used)
        sigaltstack(&none, NULL);
    stack->used = false;
}

/* ---- hearing of it ---- */

int pp_crash_open(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int pp_crash_take(int fd, pid_t *tid) {
    struct signalfd_siginfo taken;
    while (read(fd, &taken, sizeof taken) == (ssize_t)sizeof taken) {
        if (taken.ssi_code != SI_QUEUE || (pid_t)taken.ssi_pid != getpid())
            continue; /* a child has ended, which is no business of this */
        *tid = (pid_t)(taken.ssi_ptr >> SIGNAL_BITS);
        return (int)(taken.ssi_ptr & ((1u << SIGNAL_BITS) - 1));
    }
    return 0;
}

/* A blocked signal of this kind that a thread brings about itself ends the process (sigprocmask(2)). */
void pp_crash_exempt(void) {
    sigset_t set;
    fill(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}
