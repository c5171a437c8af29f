#include "exec/start.h"

#include "base/stop.h"
#include "exec/mark.h"
#include "pptest/file.h"
#include "pptest/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int start_failed(struct pp_error *error, int code, const char *what) {
    const char *hint = code == EMFILE   ? "; raise the limit on open files (`ulimit -n`)"
                       : code == EAGAIN ? "; the limit on processes is reached: fewer workers, or a higher `ulimit -u`"
                       : code == ENOMEM ? "; there is no memory left: fewer workers, or smaller tasks"
                                        : "";
    return pp_error_set(error, -code, "cannot start a worker: %s: %s%s", what, strerror(code), hint);
}

/* ---- fork ---- */

static int start_by_fork(const struct pp_job *job, const struct pp_worker_request *request,
                         const struct pp_start_channels *channels, pid_t *pid, struct pp_error *error) {
    *pid = fork();
    if (*pid < 0)
        return start_failed(error, errno, "fork");
    if (*pid == 0) {
        struct pp_worker_channels own = {.orders_fd = channels->orders_read_fd,
                                         .results_fd = channels->results_write_fd,
                                         .parts_fd = channels->boards_fd,
                                         .data = channels->data,
                                         .board = channels->board,
                                         .lane = channels->lane};
        pp_worker_serve(job, request, &own);
    }
    return 0;
}

/* Adds those descriptors that there are to the list, and returns how many are in it then. */
static unsigned add_other_fds(const struct pp_start_channels *channels, int *fds, unsigned count) {
    if (channels->data.input >= 0)
        fds[count++] = channels->data.input;
    if (channels->data.output >= 0)
        fds[count++] = channels->data.output;
    if (channels->recorder_fd >= 0)
        fds[count++] = channels->recorder_fd;
    return count;
}

/* ---- spawn ---- */

enum { SPAWN_FDS_MAX = PP_WORKER_FDS_END - PP_WORKER_ORDERS_FD };

/* Copies above the numbers that the worker expects: dup2 onto a number that is another's source would lose that one,
 * and onto the same number would leave it close-on-exec. */
static int move_up(const int *from, int *copies, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        copies[i] = fcntl(from[i], F_DUPFD_CLOEXEC, PP_WORKER_FDS_END);
        if (copies[i] < 0) {
            int code = errno == EINVAL ? EMFILE : errno; /* no such number may be given out at all */
            while (i-- > 0)
                close(copies[i]);
            return code;
        }
    }
    return 0;
}

static int execute_with(const int *fds, unsigned count, char *const argv[], pid_t *pid) {
    posix_spawn_file_actions_t actions;
    int status = posix_spawn_file_actions_init(&actions);
    if (status != 0)
        return status;
    for (unsigned i = 0; i < count && status == 0; i++)
        status = posix_spawn_file_actions_adddup2(&actions, fds[i], PP_WORKER_ORDERS_FD + (int)i);
    if (status == 0)
        status = posix_spawn(pid, "/proc/self/exe", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status;
}

static int execute_worker(const struct pp_starter *starter, const struct pp_job *job,
                          const struct pp_start_channels *channels, pid_t *pid) {
    int from[SPAWN_FDS_MAX] = {channels->orders_read_fd, channels->results_write_fd, channels->boards_fd,
                               starter->config_fd};
    unsigned count = add_other_fds(channels, from, PP_WORKER_OTHERS_FD - PP_WORKER_ORDERS_FD);
    char *argv[] = {(char *)"pptest", (char *)PP_WORKER_COMMAND, (char *)starter->config_path, (char *)job->env.tmp_dir,
                    NULL};
    int copies[SPAWN_FDS_MAX] = {0};
    int status = move_up(from, copies, count);
    if (status != 0)
        return status;
    status = execute_with(copies, count, argv, pid);
    for (unsigned i = 0; i < count; i++)
        close(copies[i]);
    return status;
}

static int start_by_spawn(const struct pp_starter *starter, const struct pp_job *job,
                          const struct pp_worker_request *request, const struct pp_start_channels *channels, pid_t *pid,
                          struct pp_error *error) {
    int status = -pp_write_all(channels->orders_write_fd, request, sizeof *request);
    if (status == 0)
        status = execute_worker(starter, job, channels, pid);
    return status == 0 ? 0 : start_failed(error, status, "executing this program again");
}

/* ---- forkserver ---- */

/* Orders, results, boards, and the others. */
enum { SERVER_FDS = 3, SERVER_FDS_MAX = SERVER_FDS + 3 };

union fd_message {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(SERVER_FDS_MAX * sizeof(int))];
};

static int send_fds(int socket_fd, const int *fds, unsigned count) {
    union fd_message control = {.bytes = {0}};
    char byte = 'w';
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = (socklen_t)CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    ssize_t sent;
    do
        sent = sendmsg(socket_fd, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == 1 ? 0 : -errno;
}

/* Returns how many came, 0 at the end of the requests. */
static unsigned receive_fds(int socket_fd, int fds[SERVER_FDS_MAX]) {
    union fd_message control;
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t got;
    do
        got = recvmsg(socket_fd, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    struct cmsghdr *header = got == 1 ? CMSG_FIRSTHDR(&message) : NULL;
    if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(SERVER_FDS * sizeof(int)))
        return 0;
    size_t bytes = header->cmsg_len - CMSG_LEN(0);
    memcpy(fds, CMSG_DATA(header), bytes);
    return (unsigned)(bytes / sizeof fds[0]);
}

/* Forks twice and lets the process between end, so that the worker becomes the child of the main process (a
 * "subreaper"), which waits for it as for any other. Returns the worker's id, once it is that child, or -errno;
 * `answer` is shared with the process between. */
static int32_t fork_worker(const struct pp_job *job, int socket_fd, const int fds[SERVER_FDS_MAX], int32_t *answer) {
    *answer = -ECHILD;
    pid_t between = fork();
    if (between < 0)
        return -errno;
    if (between == 0) {
        pid_t worker = fork();
        if (worker == 0) {
            close(socket_fd); /* or the main process would not see the server's end as long as workers live */
            pp_worker_adopt(job, &(struct pp_worker_fds){fds[0], fds[1], fds[2], {fds[3], fds[4], fds[5]}});
        }
        *answer = worker < 0 ? -errno : (int32_t)worker;
        pp_worker_exit(0);
    }
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR)
        continue;
    return *answer;
}

static noreturn void serve_forks(const struct pp_job *job, int socket_fd, pid_t main_pid) {
    pp_stop_leave_to_parent();
    signal(SIGTERM, SIG_IGN); /* sent to the whole group, it is for the main process to act on */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int32_t *answer = pp_shared_alloc(sizeof *answer);
    int fds[SERVER_FDS_MAX] = {0};
    unsigned count;
    while (answer && getppid() == main_pid && (count = receive_fds(socket_fd, fds)) > 0) {
        int32_t worker = fork_worker(job, socket_fd, fds, answer);
        for (unsigned i = 0; i < count; i++)
            close(fds[i]);
        if (pp_write_all(socket_fd, &worker, sizeof worker) != 0)
            break;
    }
    pp_worker_exit(0);
}

static int open_server(struct pp_starter *starter, struct pp_error *error) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return start_failed(error, errno, "socketpair");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0 || (starter->server_pid = fork()) < 0) {
        int status = start_failed(error, errno, "fork of the fork server");
        close(ends[0]);
        close(ends[1]);
        return status;
    }
    if (starter->server_pid == 0) {
        close(ends[0]);
        serve_forks(starter->job, ends[1], starter->main_pid);
    }
    close(ends[1]);
    starter->server_fd = ends[0];
    /* A fork takes milliseconds at most: a server that says nothing for so long has been stopped. */
    const struct timeval patience = {.tv_sec = 5};
    setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return 0;
}

static int start_by_server(const struct pp_starter *starter, const struct pp_worker_request *request,
                           const struct pp_start_channels *channels, pid_t *pid, struct pp_error *error) {
    int fds[SERVER_FDS_MAX] = {channels->orders_read_fd, channels->results_write_fd, channels->boards_fd};
    unsigned count = add_other_fds(channels, fds, SERVER_FDS);
    int status = pp_write_all(channels->orders_write_fd, request, sizeof *request);
    if (status == 0)
        status = send_fds(starter->server_fd, fds, count);
    int32_t answer = 0;
    long got = status == 0 ? pp_read_full(starter->server_fd, &answer, sizeof answer) : 0;
    if (status == 0 && got != (long)sizeof answer)
        status = got < 0 ? (int)got : -EPIPE;
    if (status == -EAGAIN)
        return pp_error_set(error, -ETIMEDOUT, "cannot start a worker: the fork server does not answer");
    if (status == 0 && answer < 0)
        status = answer;
    if (status != 0)
        return start_failed(error, -status, status == -EPIPE ? "the fork server has ended" : "fork in the fork server");
    *pid = answer;
    return 0;
}

/* ---- all ---- */

static int open_config(struct pp_starter *starter, const char *text, struct pp_error *error) {
    starter->config_fd = memfd_create("pptest-config", MFD_CLOEXEC);
    if (starter->config_fd < 0)
        return start_failed(error, errno, "memfd_create");
    int status = pp_write_all(starter->config_fd, text, strlen(text));
    if (status != 0) {
        close(starter->config_fd);
        starter->config_fd = -1;
        return start_failed(error, -status, "passing the config on");
    }
    return 0;
}

int pp_starter_open(struct pp_starter *starter, unsigned methods, const struct pp_job *job, const char *config_path,
                    const char *config_text, struct pp_error *error) {
    *starter = (struct pp_starter){
        .main_pid = getpid(), .job = job, .config_path = config_path, .config_fd = -1, .server_fd = -1};
    /* The server's workers have its environment. */
    int status = job->task->caps & PP_TASK_CHILDREN ? pp_mark_set() : 0;
    if (status != 0)
        return start_failed(error, -status, "marking their programs");
    if (methods & 1u << PP_START_FORKSERVER)
        status = open_server(starter, error);
    if (status == 0 && methods & 1u << PP_START_SPAWN)
        status = open_config(starter, config_text, error);
    if (status != 0)
        pp_starter_close(starter);
    return status;
}

void pp_starter_close(struct pp_starter *starter) {
    if (starter->config_fd >= 0)
        close(starter->config_fd);
    if (starter->server_fd < 0)
        return;
    close(starter->server_fd);
    kill(starter->server_pid, SIGKILL); /* it holds nothing, and a stopped one would not end by itself */
    while (waitpid(starter->server_pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

int pp_starter_start(struct pp_starter *starter, const struct pp_job *job, const struct pp_worker_request *request,
                     const struct pp_start_channels *channels, pid_t *pid, struct pp_error *error) {
    switch ((enum pp_start_method)job->start_method) {
    case PP_START_SPAWN:
        return start_by_spawn(starter, job, request, channels, pid, error);
    case PP_START_FORKSERVER:
        return start_by_server(starter, request, channels, pid, error);
    case PP_START_FORK:
        break;
    }
    return start_by_fork(job, request, channels, pid, error);
}
