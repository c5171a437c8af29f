/* The peer of starting and ending workers: a small process forks COUNT children with a pipe each, waits until every one
 * has reported that it is parked, releases them all and reaps them.
 * Usage: bare_fork COUNT    prints the seconds from the first pipe to the last child reaped
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o bare_fork scripts/bench/bare_fork.c */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
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

/* Each child costs the parent one descriptor. */
static void allow_files(void) {
    struct rlimit limit;
    need(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    need(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
}

static void child_park(int orders_fd, int ready_fd) {
    char byte = 1;
    if (write(ready_fd, &byte, 1) != 1 || read(orders_fd, &byte, 1) != 1)
        _exit(1);
    _exit(0);
}

/* Starts one child and returns where its order goes. */
static int child_start(int ready_fd) {
    int orders[2];
    need(pipe(orders) == 0, "pipe");
    pid_t child = fork();
    need(child >= 0, "fork");
    if (child == 0)
        child_park(orders[0], ready_fd);
    close(orders[0]);
    return orders[1];
}

static int round_trip(int *orders_fds, int count) {
    int ready[2], failed = 0;
    char bytes[4096] = {0};
    need(pipe(ready) == 0, "pipe");
    for (int i = 0; i < count; i++)
        orders_fds[i] = child_start(ready[1]);
    for (int parked = 0; parked < count;) {
        ssize_t got = read(ready[0], bytes, sizeof bytes);
        need(got > 0, "read");
        parked += (int)got;
    }
    for (int i = 0; i < count; i++)
        need(write(orders_fds[i], bytes, 1) == 1, "write");
    for (int status; wait(&status) > 0;)
        failed |= status;
    for (int i = 0; i < count; i++)
        close(orders_fds[i]);
    return failed;
}

int main(int argc, char **argv) {
    int count = argc == 2 ? atoi(argv[1]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: bare_fork COUNT\n");
        return 2;
    }
    int *orders_fds = calloc((size_t)count, sizeof *orders_fds);
    need(orders_fds != NULL, "calloc");
    allow_files();
    double start = seconds_now();
    int failed = round_trip(orders_fds, count);
    printf("%.9f\n", seconds_now() - start);
    free(orders_fds);
    return failed != 0;
}
