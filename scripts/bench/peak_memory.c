/* Runs a command and tells the largest resident memory of that one process, without its children's.
 * Usage: peak_memory COMMAND [ARGUMENT …]    prints KiB; the command's own output is thrown away
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o peak_memory scripts/bench/peak_memory.c
 *
 * The figure of wait4() would not do: it is the largest one among the process, its children, and whoever executed it.
 * So the process is halted at its very end, while its /proc/PID/status can still be read. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(int right, const char *what) {
    if (right)
        return;
    perror(what);
    exit(1);
}

static void child_execute(char **command) {
    int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    need(null_fd >= 0, "/dev/null");
    need(dup2(null_fd, STDOUT_FILENO) >= 0, "dup2");
    need(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0, "ptrace");
    execvp(command[0], command);
    need(0, command[0]);
}

static long peak_kib(pid_t pid) {
    char path[64], line[256];
    long kib = -1;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "r");
    need(status != NULL, path);
    while (kib < 0 && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &kib) != 1)
            kib = -1;
    fclose(status);
    return kib;
}

/* Lets the halted process go on, with the signal that halted it unless that was the tracing's own. */
static void go_on(pid_t pid, int status) {
    int signal_number = WSTOPSIG(status);
    if (signal_number == SIGTRAP)
        signal_number = 0;
    need(ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal_number) == 0, "ptrace");
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: peak_memory COMMAND [ARGUMENT ...]\n");
        return 2;
    }
    pid_t pid = fork();
    need(pid >= 0, "fork");
    if (pid == 0)
        child_execute(argv + 1);
    int status;
    long kib = -1;
    need(waitpid(pid, &status, 0) == pid, "waitpid");
    if (WIFSTOPPED(status))
        need(ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)PTRACE_O_TRACEEXIT) == 0, "ptrace");
    while (WIFSTOPPED(status)) {
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8))
            kib = peak_kib(pid);
        go_on(pid, status);
        need(waitpid(pid, &status, 0) == pid, "waitpid");
    }
    printf("%ld\n", kib);
    return kib > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
