/* What tests of HTTP tasks share: a folder for the run's server, and a server that says to everybody what a test has
 * put into its mouth, and closes the connection. */
#ifndef PPTEST_TESTS_HTTP_FIXTURE_H
#define PPTEST_TESTS_HTTP_FIXTURE_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pptest/memory.h"
#include "temp_folder.h"

struct canned {
    size_t bytes;
    char text[4096];
};

struct canned_server {
    pid_t pid;
    int port;              /* on 127.0.0.1 */
    struct canned *canned; /* to be filled by canned_say, or by hand */
};

static inline void canned_answer_all(int listen_fd, const struct canned *canned) {
    for (;;) {
        int fd = accept(listen_fd, NULL, NULL);
        char request[1024];
        size_t length = 0;
        ssize_t got = 1;
        while (got > 0 && (length < 4 || memcmp(request + length - 4, "\r\n\r\n", 4) != 0)) {
            got = read(fd, request + length, 1);
            length += got > 0 && length + 1 < sizeof request;
        }
        if (write(fd, canned->text, canned->bytes) < 0)
            _exit(1);
        close(fd);
    }
}

static inline struct canned_server canned_open(void) {
    struct canned_server server = {.canned = pp_shared_alloc(sizeof *server.canned)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server.canned && bind(fd, (struct sockaddr *)&address, length) == 0 && listen(fd, 100) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    server.port = ntohs(address.sin_port);
    server.pid = fork();
    if (server.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        canned_answer_all(fd, server.canned);
    }
    close(fd);
    return server;
}

static inline void canned_say(struct canned_server *server, const char *text) {
    assert_true(strlen(text) < sizeof server->canned->text);
    strcpy(server->canned->text, text);
    server->canned->bytes = strlen(text);
}

static inline void canned_close(struct canned_server *server) {
    kill(server->pid, SIGKILL);
    assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
    pp_shared_free(server->canned, sizeof *server->canned);
}

#endif
