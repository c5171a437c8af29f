#include "exec/mark.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long a killed process may take to end: one that hangs in the system is not waited for. */
static const int patience_ms = 1000;

/* One that starts others faster than they are found is given up after so many searches. */
enum { SEARCHES_MAX = 64 };

/* "pptest-PID-NS", the time in 20 digits, so that none is the beginning of another: nobody else has had it since the
 * machine was started. "": none was set. */
static char mark[64];

int pp_mark_set(void) {
    if (mark[0])
        return 0;
    char own[sizeof mark];
    snprintf(own, sizeof own, "pptest-%d-%020llu", (int)getpid(), (unsigned long long)pp_clock_ns());
    const char *outer = getenv(PP_MARK_VARIABLE);
    size_t size = (outer ? strlen(outer) : 0) + sizeof own + 1;
    char *value = malloc(size);
    if (!value)
        return -ENOMEM;
    snprintf(value, size, "%s%s%s", outer ? outer : "", outer && *outer ? ":" : "", own);
    int status = setenv(PP_MARK_VARIABLE, value, 1) == 0 ? 0 : -errno;
    free(value);
    if (status == 0)
        memcpy(mark, own, sizeof mark);
    return status;
}

/* ---- finding them ---- */

static int open_of(const char *pid, const char *file) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, file);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* A process that is just being executed has left the memory in which its parent's environment was, and has none of its
 * own for a moment: fields 9 and 51 of /proc/PID/stat (proc(5)). Kernel threads and the dead never have one. */
static bool is_being_executed(const char *pid) {
    enum { FLAGS = 9, ENV_END = 51 };
    static const unsigned long long kernel_thread = 0x00200000;
    char text[1024];
    int fd = open_of(pid, "stat");
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    const char *at = strrchr(text, ')'); /* the end of field 2, which may hold anything */
    if (!at || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
        return false;
    at++;
    unsigned long long flags = kernel_thread, env_end = 1;
    for (int field = 3; at && field <= ENV_END; field++, at = strchr(at + 1, ' ')) {
        if (field == FLAGS)
            flags = strtoull(at + 1, NULL, 10);
        if (field == ENV_END)
            env_end = strtoull(at + 1, NULL, 10);
    }
    return !(flags & kernel_thread) && env_end == 0;
}

/* Returns 1, 0, or -ENODATA for an environment of no bytes. One may be megabytes, so it is read in parts, each behind
 * the end of the one before. */
static int holds_mark(int fd) {
    char text[8192];
    size_t length = strlen(mark), kept = 0, filled = 0;
    ssize_t got;
    while ((got = read(fd, text + kept, sizeof text - kept)) > 0) {
        filled = kept + (size_t)got;
        if (memmem(text, filled, mark, length))
            return 1;
        kept = filled < length ? filled : length;
        memmove(text, text + filled - kept, kept);
    }
    return filled > 0 ? 0 : -ENODATA;
}

static int look(const char *pid) {
    int fd = open_of(pid, "environ");
    int marked = fd >= 0 ? holds_mark(fd) : 0;
    if (fd >= 0)
        close(fd);
    return marked;
}

static bool is_marked(const char *pid) {
    static const struct timespec moment = {.tv_nsec = 100000};
    enum { MOMENTS_MAX = 1000 };
    int marked = look(pid);
    for (int i = 0; i < MOMENTS_MAX && marked == -ENODATA && is_being_executed(pid); i++) {
        nanosleep(&moment, NULL);
        marked = look(pid);
    }
    return (marked == -ENODATA ? look(pid) : marked) == 1; /* its execution may have ended between the two looks */
}

/* ---- ending them ---- */

/* Its number cannot have become another's between the two looks at it: a descriptor stands for the process itself
 * (pidfd_open(2), Linux 5.3). */
static bool end_marked(const char *name) {
    pid_t pid = (pid_t)strtol(name, NULL, 10);
    if (pid <= 1 || !is_marked(name))
        return false;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return kill(pid, SIGKILL) == 0;
    bool is_it = is_marked(name) && syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) == 0;
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    while (is_it && poll(&ended, 1, patience_ms) < 0 && errno == EINTR)
        continue;
    close(fd);
    return is_it;
}

static unsigned search(void) {
    unsigned found = 0;
    DIR *all = opendir("/proc");
    const struct dirent *entry;
    while (all && (entry = readdir(all)))
        found += end_marked(entry->d_name);
    if (all)
        closedir(all);
    return found;
}

/* The list of processes is older than the look at each: one that has started another since and gone hides it, from one
 * search. */
void pp_marked_end(void) {
    for (unsigned i = 0, vain = 0; mark[0] && i < SEARCHES_MAX && vain < 2; i++)
        vain = search() > 0 ? 0 : vain + 1;
}
