/* Watches tasks in this process, which nobody can kill: a thread that takes stop signals while tasks run, and gives the
 * process up when a task crashes or does not come back. */
#ifndef PP_EXEC_WATCHDOG_H
#define PP_EXEC_WATCHDOG_H

#include "exec/crash.h"

#include <pthread.h>

struct pp_error;
struct pp_gang;

struct pp_watchdog {
    const struct pp_gang *gang; /* whom it watches */
    pthread_t thread;
    int stop_fd;    /* tells of stop signals */
    int crash_fd;   /* tells of crashes */
    int end_fds[2]; /* a pipe that tells the thread to end */
    struct pp_crash_handlers handlers;
};

/* Starts watching a gang (gang.h), whose workers are idle. Returns 0 or -errno. End it with pp_watchdog_close before
 * `watchdog` or the gang goes away. */
int pp_watchdog_open(struct pp_watchdog *watchdog, const struct pp_gang *gang, struct pp_error *error);
void pp_watchdog_close(struct pp_watchdog *watchdog);

#endif
