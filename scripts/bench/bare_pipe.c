/* The peer of results sent back through a pipe: a child writes COUNT blocks of BYTES to a pipe of 1 MiB, its parent
 * reads each into the same buffer. Nothing is looked at.
 * Usage: bare_pipe BYTES COUNT    prints the seconds from the first byte asked for to the last one read
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o bare_pipe scripts/bench/bare_pipe.c */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void need(int right, const char *what) {
    if (right)
        return;
    perror(what);
    exit(1);
}

/* Waits to be told to begin, so that starting it is not measured. */
static void child_write(int go_fd, int fd, const char *block, size_t bytes, long count) {
    char byte;
    if (read(go_fd, &byte, 1) != 1)
        _exit(1);
    for (; count > 0; count--)
        for (size_t at = 0; at < bytes;) {
            ssize_t written = write(fd, block + at, bytes - at);
            if (written <= 0)
                _exit(1);
            at += (size_t)written;
        }
    _exit(0);
}

int main(int argc, char **argv) {
    size_t bytes = argc == 3 ? strtoull(argv[1], NULL, 10) : 0;
    long count = argc == 3 ? atol(argv[2]) : 0;
    if (bytes < 1 || count < 1) {
        fprintf(stderr, "usage: bare_pipe BYTES COUNT\n");
        return 2;
    }
    int data[2], go[2], status = 1;
    char *block = malloc(bytes);
    need(block != NULL && pipe(data) == 0 && pipe(go) == 0, "malloc, pipe");
    fcntl(data[1], F_SETPIPE_SZ, 1 << 20);
    memset(block, 1, bytes);
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0) {
        memset(block, 2, bytes); /* pages of its own */
        child_write(go[0], data[1], block, bytes, count);
    }
    close(data[1]);
    double start = seconds_now();
    need(write(go[1], "g", 1) == 1, "write");
    for (size_t left = bytes * (size_t)count; left > 0;) {
        size_t at = (bytes * (size_t)count - left) % bytes;
        ssize_t got = read(data[0], block + at, bytes - at);
        need(got > 0, "read");
        left -= (size_t)got;
    }
    printf("%.9f\n", seconds_now() - start);
    need(waitpid(child, &status, 0) == child, "waitpid");
    free(block);
    return status != 0;
}
