#include "lib/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef PP_COVERAGE
void __gcov_dump(void);

/* What it has run through is to be counted, too. */
static void on_end(int number) {
    (void)number;
    __gcov_dump();
    _exit(0);
}

enum { END_SIGNAL = SIGUSR1 };
#else
enum { END_SIGNAL = SIGKILL };
#endif

static void let_go(int fd) {
    dup2(fd, PP_HELPER_FD); /* first, since it may be one of those that follow */
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null_fd >= 0) {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, PP_HELPER_FD + 1, ~0u, 0) == 0)
        return;
#endif
    long end = sysconf(_SC_OPEN_MAX);
    for (int other = PP_HELPER_FD + 1; other < end; other++)
        close(other);
}

static void tie_to(pid_t owner) {
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGPIPE};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
#ifdef PP_COVERAGE
    signal(END_SIGNAL, on_end);
#endif
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != owner)
        _exit(1);
}

void pp_helper_become(pid_t owner, int fd) {
    tie_to(owner);
    let_go(fd);
}

/* Another child's end may have been waited for together with this one's, when it was killed: then its number is not
 * ours any more. */
static bool is_child(pid_t pid) {
    siginfo_t info;
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void pp_helper_end(pid_t pid) {
    if (!is_child(pid))
        return;
    kill(pid, END_SIGNAL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}
