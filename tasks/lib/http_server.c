#include "lib/http_server.h"

#ifdef PP_HAVE_MICROHTTPD

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/helper.h"
#include "lib/http_daemon.h"
#include "pptest/file.h"

/* What the process says when it is ready, or why it is not. */
struct started {
    int port;
    struct pp_error why;
};

/* ---- the process ---- */

/* On the loopback interface, so that nobody else can ask it. */
static int listen_on(int *port, struct pp_error *error) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* As many waiting connections as the system allows (net.core.somaxconn cuts it). */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, length) != 0 || listen(fd, 65535) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return pp_error_set(error, -errno, "cannot listen on 127.0.0.1 for HTTP: %s; is the loopback interface up?",
                            strerror(errno));
    *port = ntohs(address.sin_port);
    return fd;
}

static noreturn void serve(pid_t owner, int report_fd) {
    pp_helper_become(owner, report_fd);
    prctl(PR_SET_TIMERSLACK, 1); /* delays are to be exact, not grouped with others' */
    struct started started = {0};
    struct pp_http_daemon *daemon = NULL;
    int listen_fd = listen_on(&started.port, &started.why);
    int status = listen_fd < 0 ? listen_fd : pp_http_daemon_open(&daemon, listen_fd, &started.why);
    pp_write_all(PP_HELPER_FD, &started, sizeof started);
    close(PP_HELPER_FD);
    if (status == 0)
        pp_http_daemon_serve(daemon);
    _exit(1);
}

/* ---- starting it ---- */

/* Loading a library from a slow disk takes a while; longer than this it is stuck. */
enum { PATIENCE_MS = 30000 };

/* Waits for what the process says. */
static int hear(int report_fd, struct started *started, struct pp_error *error) {
    struct pollfd report = {.fd = report_fd, .events = POLLIN};
    int ready;
    while ((ready = poll(&report, 1, PATIENCE_MS)) < 0 && errno == EINTR)
        continue;
    if (ready <= 0)
        return pp_error_set(error, -ETIMEDOUT, "the HTTP server was not ready after %d s", PATIENCE_MS / 1000);
    if (pp_read_full(report_fd, started, sizeof *started) != (long)sizeof *started)
        return pp_error_set(error, -ECHILD, "the HTTP server's process ended before it was ready");
    if (started->why.code != 0 && error)
        *error = started->why;
    return started->why.code;
}

static int start(struct pp_http_server *server, struct pp_error *error) {
    int ends[2];
    pid_t owner = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pp_error_set(error, -errno, "cannot start the HTTP server: pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        serve(owner, ends[1]);
    int status = pid < 0 ? pp_error_set(error, -errno, "cannot start the HTTP server: fork: %s", strerror(errno)) : 0;
    close(ends[1]);
    struct started started = {0};
    if (status == 0)
        status = hear(ends[0], &started, error);
    close(ends[0]);
    if (status != 0 && pid > 0)
        pp_helper_end(pid);
    if (status != 0)
        return status;
    server->port = started.port;
    server->pid = pid;
    server->owner = owner;
    return 0;
}

/* ---- finding it ---- */

/* What a symbolic link says is there as soon as the link is, and there can only be one. Loopback belongs to a network
 * namespace, and so does the name: what shares the folder from another one could not reach the server. */
static int name_link(struct pp_http_server *server, const struct pp_env *env, struct pp_error *error) {
    struct stat space = {0};
    stat("/proc/self/ns/net", &space);
    int length = snprintf(server->link, sizeof server->link, "%s/http-server-%llu", env->tmp_dir,
                          (unsigned long long)space.st_ino);
    if (length >= 0 && (size_t)length < sizeof server->link)
        return 0;
    return pp_error_set(error, -ENAMETOOLONG, "the path of tmp_dir has %zu bytes, more than a file in it can have",
                        strlen(env->tmp_dir));
}

enum { LINK_BYTES = 64 };

static bool find(struct pp_http_server *server) {
    char text[LINK_BYTES];
    ssize_t length = readlink(server->link, text, sizeof text - 1);
    if (length <= 0)
        return false;
    text[length] = '\0';
    server->pid = server->owner = 0;
    return sscanf(text, "127.0.0.1:%d", &server->port) == 1;
}

/* Lets others find it; where one was quicker, that one's is used. The process's number is for people. */
static int announce(struct pp_http_server *server, struct pp_error *error) {
    char text[LINK_BYTES];
    snprintf(text, sizeof text, "127.0.0.1:%d,pid=%d", server->port, (int)server->pid);
    if (symlink(text, server->link) == 0)
        return 0;
    int code = errno;
    pp_helper_end(server->pid);
    if (code == EEXIST && find(server))
        return 0;
    server->owner = 0;
    return pp_error_set(error, -code, "cannot create %s: %s; set \"tmp_dir\" to an existing folder that can be written",
                        server->link, strerror(code));
}

int pp_http_server_open(struct pp_http_server *server, const struct pp_env *env, struct pp_error *error) {
    *server = (struct pp_http_server){0};
    int status = name_link(server, env, error);
    if (status != 0 || find(server))
        return status;
    status = start(server, error);
    return status ? status : announce(server, error);
}

void pp_http_server_close(struct pp_http_server *server) {
    if (server->owner == 0 || server->owner != getpid())
        return;
    unlink(server->link);
    pp_helper_end(server->pid);
    server->owner = 0;
}

#else

#include <errno.h>

int pp_http_server_open(struct pp_http_server *server, const struct pp_env *env, struct pp_error *error) {
    (void)env;
    *server = (struct pp_http_server){0};
    return pp_error_set(error, -ENOTSUP, "%s", PP_HTTP_SERVER_UNAVAILABLE);
}

void pp_http_server_close(struct pp_http_server *server) { (void)server; }

#endif
