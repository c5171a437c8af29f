/* The least that running programs can cost: loops of posix_spawn and waiting, in one process each, nothing handed out.
 *
 *   bare_spawn PROCESSES COUNT PROGRAM
 *
 * Prints the seconds that COUNT runs of the program take. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void run(const char *program, long count) {
    char *const words[] = {(char *)program, NULL};
    for (long i = 0; i < count; i++) {
        pid_t pid;
        int status;
        if (posix_spawnp(&pid, program, NULL, NULL, words, environ) != 0 || waitpid(pid, &status, 0) != pid ||
            status != 0)
            _exit(1);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    if (argc != 4)
        return 2;
    long processes = atol(argv[1]), count = atol(argv[2]);
    int status, bad = 0;
    double start = now_s();
    for (long i = 0; i < processes; i++)
        if (fork() == 0)
            run(argv[3], count * (i + 1) / processes - count * i / processes);
    while (wait(&status) > 0)
        bad |= status;
    printf("%.9f\n", now_s() - start);
    return bad != 0;
}
