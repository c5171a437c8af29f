/* Being asked to stop.
 *
 * The signals that matter are blocked in every thread and taken where the program is ready for them: no handler runs at
 * an awkward moment, and no library's thread can swallow one. */
#ifndef PP_BASE_STOP_H
#define PP_BASE_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

/* 0, or the signal (SIGINT, SIGTERM, SIGHUP) that asked the program to stop. The only mutable global there is. */
extern _Atomic int pp_stop_signal;

/* Blocks the stop signals (but not those that are ignored, as under nohup), SIGCHLD and SIGCONT, and ignores SIGPIPE
 * and SIGXFSZ, so that writing to a closed pipe or past a size limit is an error like any other. Call it before any
 * thread.
 */
void pp_stop_install(void);

/* Whether the program was stopped (Ctrl-Z, SIGSTOP) and told to go on since this was asked before, or since
 * pp_stop_install. */
bool pp_stop_was_suspended(void);

/* In a child of a process that did so: nothing is blocked, SIGINT, SIGHUP and SIGTSTP are ignored, SIGTERM ends it. */
void pp_stop_leave_to_parent(void);

/* Takes a stop signal that has arrived, if any; returns pp_stop_signal. */
int pp_stop_poll(void);

/* A descriptor (close-on-exec, non-blocking) that can be polled for the stop signals and, if `children`, SIGCHLD.
 * Returns it or -errno. */
int pp_stop_open(int children);

/* Takes what has arrived at such a descriptor. Returns 1 when SIGCHLD was among it, else 0. */
int pp_stop_take(int stop_fd);

#endif
