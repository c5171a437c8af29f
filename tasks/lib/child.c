#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- starting ---- */

int pp_child_way_open(struct pp_child_way *way, struct pp_error *error) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int code = posix_spawnattr_init(&way->attributes);
    if (code == 0)
        code = posix_spawnattr_setflags(&way->attributes,
                                        POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (code != 0)
        return pp_error_set(error, -code, "cannot say how to start programs: %s", strerror(code));
    posix_spawnattr_setpgroup(&way->attributes, 0);
    posix_spawnattr_setsigmask(&way->attributes, &none);
    posix_spawnattr_setsigdefault(&way->attributes, &all);
    return 0;
}

void pp_child_way_close(struct pp_child_way *way) { posix_spawnattr_destroy(&way->attributes); }

static int set_files(posix_spawn_file_actions_t *files, const struct pp_child_way *way, int output_fd) {
    int code = posix_spawn_file_actions_addopen(files, STDIN_FILENO, way->stdin_path, O_RDONLY, 0);
    if (code == 0 && way->kept == PP_CHILD_BOTH)
        code = posix_spawn_file_actions_adddup2(files, output_fd, STDOUT_FILENO);
    else if (code == 0)
        code = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(files, output_fd >= 0 ? output_fd : STDOUT_FILENO, STDERR_FILENO);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
    if (code == 0) /* what the user's shell left open, too, is none of its business */
        code = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
#endif
#endif
    return code;
}

static int spawn(struct pp_child *child, const struct pp_child_way *way, const char *path, char *const *words,
                 int output_fd) {
    posix_spawn_file_actions_t files;
    int code = posix_spawn_file_actions_init(&files);
    if (code != 0)
        return code;
    code = set_files(&files, way, output_fd);
    if (code == 0)
        code = posix_spawn(&child->pid, path, &files, &way->attributes, words, environ);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

static void note_group(const struct pp_child *child, int group) {
    if (child->group)
        __atomic_store_n(child->group, group, __ATOMIC_SEQ_CST);
}

/* NOLINTBEGIN(readability-non-const-parameter): the group is written to, later */
int pp_child_start(struct pp_child *child, const struct pp_child_way *way, const char *path, char *const *words,
                   int *group, struct pp_error *error) {
    /* NOLINTEND(readability-non-const-parameter) */
    *child = (struct pp_child){.ended_fd = -1, .tail.fd = -1, .group = group};
    int output_fd = way->kept == PP_CHILD_NONE ? -1 : pp_tail_open(&child->tail);
    if (output_fd < 0 && way->kept != PP_CHILD_NONE)
        return pp_error_set(error, output_fd, "cannot read the output of \"%s\": %s%s", words[0], strerror(-output_fd),
                            output_fd == -EMFILE ? "; raise the limit on open files (`ulimit -n`)" : "");
    int code = spawn(child, way, path, words, output_fd);
    if (output_fd >= 0)
        close(output_fd);
    if (code == 0) {
        note_group(child, child->pid);
        child->ended_fd = (int)syscall(SYS_pidfd_open, child->pid, 0);
        return 0;
    }
    pp_tail_close(&child->tail);
    child->pid = 0;
    return pp_error_set(error, -code, "cannot run \"%s\": %s", words[0], strerror(code));
}

/* ---- ending ---- */

static uint64_t ns_of(struct timeval time) {
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

/* What is known of its main thread, of nobody that it has started: the kernel still tells while nobody has waited for
 * it (proc(5), /proc/PID/schedstat). */
struct seen {
    unsigned long long cpu_ns, delay_ns; /* on a CPU; ready to run without one */
};

static struct seen look_at(pid_t pid) {
    char path[64], text[96];
    struct seen seen = {0};
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[count > 0 ? count : 0] = '\0';
    return sscanf(text, "%llu %llu", &seen.cpu_ns, &seen.delay_ns) == 2 ? seen : (struct seen){0};
}

static void add_use(struct pp_child_use *use, const struct rusage *used, const struct seen *seen) {
    uint64_t peak_bytes = (uint64_t)used->ru_maxrss * 1024;
    uint64_t user_ns = ns_of(used->ru_utime), system_ns = ns_of(used->ru_stime), cpu_ns = user_ns + system_ns;
    use->user_ns += user_ns;
    use->system_ns += system_ns;
    use->delay_ns += seen->delay_ns;
    use->unseen_ns += cpu_ns > seen->cpu_ns ? cpu_ns - seen->cpu_ns : 0;
    if (peak_bytes > use->peak_bytes)
        use->peak_bytes = peak_bytes;
}

static void close_files(struct pp_child *child) {
    pp_tail_close(&child->tail);
    if (child->ended_fd >= 0)
        close(child->ended_fd);
    child->ended_fd = -1;
    child->pid = 0;
}

/* One thing that has happened to it, which is waited for where `options` are 0. Returns as pp_child_ended. */
static int look(struct pp_child *child, int options) {
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WSTOPPED | WNOWAIT | options) != 0)
        return errno == EINTR ? 0 : -errno;
    if (info.si_pid != child->pid || info.si_code != CLD_STOPPED)
        return info.si_pid == child->pid;
    if (info.si_status == SIGTTIN || info.si_status == SIGTTOU) {
        child->wants_terminal = true;
        kill(-child->pid, SIGKILL);
    }
    waitid(P_PID, (id_t)child->pid, &info, WSTOPPED | WNOHANG); /* it has been told */
    return 0;
}

int pp_child_ended(struct pp_child *child) {
    pp_tail_take(&child->tail);
    return look(child, WNOHANG);
}

int pp_child_watch(const struct pp_child *child) {
    if (child->ended_fd < 0)
        return -ENOSYS;
    int fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event readable = {.events = EPOLLIN};
    if (fd < 0)
        return -errno;
    if (epoll_ctl(fd, EPOLL_CTL_ADD, child->ended_fd, &readable) == 0 &&
        (child->tail.fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, child->tail.fd, &readable) == 0))
        return fd;
    int code = errno;
    close(fd);
    return -code;
}

/* Somebody has to read what it writes, or it would wait for that. */
static void wait_for_end(struct pp_child *child) {
    static const int look_again_ms = 1, look_for_stop_ms = 1000;
    int patience_ms = child->ended_fd >= 0 ? look_for_stop_ms : look_again_ms, ended = 0;
    while (ended == 0 && child->tail.fd >= 0) {
        struct pollfd fds[] = {{.fd = child->ended_fd, .events = POLLIN}, {.fd = child->tail.fd, .events = POLLIN}};
        poll(fds, 2, patience_ms);
        ended = pp_child_ended(child);
    }
    while (ended == 0)
        ended = look(child, 0);
}

int pp_child_wait(struct pp_child *child, struct pp_child_end *end, struct pp_child_use *use, struct pp_error *error) {
    struct rusage used = {0};
    int code = 0;
    wait_for_end(child);
    const struct seen seen = use ? look_at(child->pid) : (struct seen){0};
    kill(-child->pid, SIGKILL); /* its number cannot be another's before it has been waited for */
    note_group(child, 0);
    while (wait4(child->pid, &end->wait_status, 0, &used) < 0 && (code = errno) == EINTR)
        code = 0;
    if (code != 0)
        pp_error_set(error, -code, "the program was waited for by somebody else: %s", strerror(code));
    end->wants_terminal = child->wants_terminal;
    if (code == 0 && use)
        add_use(use, &used, &seen);
    pp_tail_take(&child->tail);
    pp_tail_say(&child->tail, end->last_words, sizeof end->last_words);
    close_files(child);
    return -code;
}

void pp_child_kill(struct pp_child *child) {
    if (child->pid <= 0)
        return;
    kill(-child->pid, SIGKILL);
    note_group(child, 0);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close_files(child);
}
