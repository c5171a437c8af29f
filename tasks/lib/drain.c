#include "lib/drain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdnoreturn.h>
#include <string.h>
#include <unistd.h>

#include "lib/helper.h"

static noreturn void empty(pid_t owner, int fd) {
    static char bytes[1 << 16];
    pp_helper_become(owner, fd);
    while (read(PP_HELPER_FD, bytes, sizeof bytes) > 0)
        continue;
    _exit(0);
}

int pp_drain_open(struct pp_drain *drain, struct pp_error *error) {
    int ends[2];
    pid_t owner = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return pp_error_set(error, -errno, "cannot open a pipe to print to: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        empty(owner, ends[0]);
    int code = pid < 0 ? errno : 0;
    close(ends[0]);
    if (code == 0) {
        *drain = (struct pp_drain){.fd = ends[1], .pid = pid, .owner = owner};
        return 0;
    }
    close(ends[1]);
    return pp_error_set(error, -code, "cannot start what reads the printed lines: fork: %s", strerror(code));
}

void pp_drain_close(struct pp_drain *drain) {
    if (drain->owner == 0)
        return;
    close(drain->fd);
    if (drain->owner == getpid())
        pp_helper_end(drain->pid);
    *drain = (struct pp_drain){0};
}
