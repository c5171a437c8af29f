#include "exec/groups.h"

#include "base/child.h"
#include "exec/mark.h"
#include "pptest/error.h"
#include "pptest/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- ending ---- */

int *pp_groups_at(const struct pp_groups *groups, unsigned index) {
    return (int *)(void *)((unsigned char *)groups->first + index * groups->stride);
}

void pp_group_end(const int *group) {
    int id = __atomic_load_n(group, __ATOMIC_SEQ_CST);
    if (id > 1)
        kill(-id, SIGKILL);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written to */
void pp_group_forget(int *group) { __atomic_store_n(group, 0, __ATOMIC_SEQ_CST); }

void pp_groups_end(const struct pp_groups *groups) {
    for (unsigned i = 0; i < groups->count; i++)
        pp_group_end(pp_groups_at(groups, i));
}

/* ---- the guard ---- */

/* What the parent has open, the guard shall not hold open: others wait for ends of files. */
static void close_files(void) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 0U, ~0U, 0U) == 0)
        return;
#endif
    for (int fd = (int)sysconf(_SC_OPEN_MAX) - 1; fd >= 0; fd--)
        close(fd);
}

/* Sleeps until its parent has ended, however it did: by then the parent's threads can start nothing any more, and what
 * they have begun to start is noted, or ends by itself. In a group of its own, so that killing the parent's leaves it.
 */
static noreturn void stand_guard(const struct pp_groups *groups, pid_t parent) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setpgid(0, 0);
    prctl(PR_SET_NAME, "pptest-guard");
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    close_files();
    sigset_t wake;
    sigemptyset(&wake);
    sigaddset(&wake, SIGUSR1);
    while (getppid() == parent)
        sigwaitinfo(&wake, NULL);
    pp_groups_end(groups);
    pp_marked_end();
    pp_child_exit(0);
}

int pp_groups_guard(struct pp_groups *groups, const struct pp_groups *where, struct pp_error *error) {
    *groups = (struct pp_groups){0};
    int status = pp_mark_set();
    if (status != 0)
        return pp_error_set(error, status, "cannot mark the processes of tasks: %s", strerror(-status));
    pid_t parent = getpid(), guard = fork();
    if (guard == 0)
        stand_guard(where, parent);
    if (guard < 0)
        return pp_error_set(error, -errno, "cannot start the process that guards those of tasks: %s", strerror(errno));
    *groups = *where;
    groups->guard = guard;
    return 0;
}

int pp_groups_open(struct pp_groups *groups, unsigned count, size_t stride, struct pp_error *error) {
    const struct pp_groups where = {
        .first = pp_shared_alloc(count * stride), .stride = stride, .count = count, .own_bytes = count * stride};
    *groups = (struct pp_groups){0};
    if (!where.first)
        return pp_error_set(error, -ENOMEM, "no memory to note the processes of %u tasks", count);
    int status = pp_groups_guard(groups, &where, error);
    if (status != 0)
        pp_shared_free(where.first, where.own_bytes);
    return status;
}

void pp_groups_close(struct pp_groups *groups) {
    if (groups->count == 0)
        return;
    pp_groups_end(groups);
    if (waitpid(groups->guard, NULL, WNOHANG) == 0) { /* or it was killed, and waited for with other children */
        kill(groups->guard, SIGKILL);
        while (waitpid(groups->guard, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (groups->own_bytes > 0)
        pp_shared_free(groups->first, groups->own_bytes);
    *groups = (struct pp_groups){0};
}
