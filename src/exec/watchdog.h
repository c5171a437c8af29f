/* Watches a task in the main process, which nobody can kill: a thread that takes stop signals while tasks run, and
 * gives the process up when a task does not come back. */
#ifndef PP_EXEC_WATCHDOG_H
#define PP_EXEC_WATCHDOG_H

#include "exec/batch.h"
#include "exec/exec.h"

#include <pthread.h>

struct pp_watchdog {
    const struct pp_job *job;
    struct pp_progress progress; /* for the batch that is watched */
    pthread_t thread;
    int stop_fd;    /* tells of stop signals */
    int end_fds[2]; /* a pipe that tells the thread to end */
};

/* Starts watching. Returns 0 or -errno. End it with pp_watchdog_close before `watchdog` goes away. */
int pp_watchdog_open(struct pp_watchdog *watchdog, const struct pp_job *job, struct pp_error *error);
void pp_watchdog_close(struct pp_watchdog *watchdog);

#endif
