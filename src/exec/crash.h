/* A task that crashes in this process: a handler catches the signal, tells the watchdog's thread which thread it came
 * from, and never returns; what else is to be done needs more than a handler may do.
 *
 * The news travel as a queued SIGCHLD, which every thread of this program blocks (base/stop.h): so nothing that the
 * handler would have to find is needed, and a library's own threads are heard of as well. */
#ifndef PP_EXEC_CRASH_H
#define PP_EXEC_CRASH_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT. */
enum { PP_CRASH_SIGNALS = 5 };

/* The handlers, and what was there before them. */
struct pp_crash_handlers {
    struct sigaction before[PP_CRASH_SIGNALS];
    bool taken[PP_CRASH_SIGNALS];
};

/* Handles those signals for the whole process, except where somebody already does (a sanitizer, a test). Undo it with
 * pp_crash_let. */
void pp_crash_catch(struct pp_crash_handlers *handlers);
void pp_crash_let(const struct pp_crash_handlers *handlers);

/* Room for the handler where the thread's own stack is used up: the largest frame of a signal on x86-64, with all of
 * AMX's registers, is some 11 KiB. */
struct pp_crash_stack {
    bool used;
    unsigned char bytes[32 * 1024];
};

/* For the calling thread, unless it has one already; it must leave before the memory goes. */
void pp_crash_enter(struct pp_crash_stack *stack);
void pp_crash_leave(struct pp_crash_stack *stack);

/* A descriptor (close-on-exec, non-blocking) that can be polled for crashes. Returns it or -errno. */
int pp_crash_open(void);

/* Takes what has arrived there. Returns the signal of a crash, and in `tid` the thread that it befell; 0: none. */
int pp_crash_take(int fd, pid_t *tid);

/* For the thread that reads there: when it crashes itself, the process ends at once. */
void pp_crash_exempt(void);

#endif
