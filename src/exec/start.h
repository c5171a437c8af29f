/* How a worker process comes to life: fork, spawn (this program executed again) or forkserver (a small server, forked
 * before any inputs are loaded, forks the workers). */
#ifndef PP_EXEC_START_H
#define PP_EXEC_START_H

#include "exec/worker.h"

/* Descriptors on which an executed worker finds its channels. */
enum {
    PP_WORKER_ORDERS_FD = 3,
    PP_WORKER_RESULTS_FD,
    PP_WORKER_BOARDS_FD,
    PP_WORKER_CONFIG_FD,
    PP_WORKER_OTHERS_FD, /* of these there are none to three: for data, and the recorder's */
    PP_WORKER_FDS_END = PP_WORKER_OTHERS_FD + 3
};
#define PP_WORKER_FDS                                                                                                  \
    {                                                                                                                  \
        PP_WORKER_ORDERS_FD, PP_WORKER_RESULTS_FD, PP_WORKER_BOARDS_FD, {                                              \
            PP_WORKER_OTHERS_FD, PP_WORKER_OTHERS_FD + 1, PP_WORKER_OTHERS_FD + 2                                      \
        }                                                                                                              \
    }

/* Command line of an executed worker: this word, the config's path, the folder for temporary files. The config's text
 * is in PP_WORKER_CONFIG_FD. */
#define PP_WORKER_COMMAND "--worker"

struct pp_starter {
    pid_t main_pid;
    const struct pp_job *job; /* task, args and env for the fork server's workers */
    const char *config_path;  /* spawn */
    int config_fd;            /* spawn: the resolved config's text; -1 otherwise */
    int server_fd;            /* forkserver: requests go there; -1 otherwise */
    pid_t server_pid;
};

/* Makes ready to start workers by the start methods in the set (1u << PP_START_FORK, …). With forkserver among them it
 * must come before inputs are loaded. `config_text` is the resolved config; it and `job` outlive the starter. Close it
 * with pp_starter_close. */
int pp_starter_open(struct pp_starter *starter, unsigned methods, const struct pp_job *job, const char *config_path,
                    const char *config_text, struct pp_error *error);
void pp_starter_close(struct pp_starter *starter);

/* A worker's channels as the parent has them, all close-on-exec. */
struct pp_start_channels {
    int orders_read_fd, orders_write_fd, results_write_fd, boards_fd;
    struct pp_data_fds data; /* the worker's ends; -1: none */
    int recorder_fd;         /* -1: none */
    struct pp_board *board;  /* the worker's own */
    struct pp_lane lane;     /* and where it records */
};

/* Starts one worker in the way of job->start_method. Returns 0 with its process id, or -errno. */
int pp_starter_start(struct pp_starter *starter, const struct pp_job *job, const struct pp_worker_request *request,
                     const struct pp_start_channels *channels, pid_t *pid, struct pp_error *error);

#endif
