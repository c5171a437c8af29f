#include "exec/limits.h"

#include "pptest/error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors that are not a worker's: the standard three, channels of the pool, results, libraries, one to spare. */
enum { OTHER_FILES = 16 };

static int admit_files(unsigned workers, struct pp_error *error) {
    struct rlimit limit;
    rlim_t needed = (rlim_t)workers + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return 0;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    if (limit.rlim_cur >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return 0;
    return pp_error_set(
        error, -EMFILE,
        "%u workers need %llu open files, but only %llu are allowed: raise it (`ulimit -n %llu`) or test "
        "fewer workers",
        workers, (unsigned long long)needed, (unsigned long long)limit.rlim_max, (unsigned long long)needed);
}

/* Processes of this user, threads not counted: at least so many count against the limit. */
static unsigned long own_processes(void) {
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    unsigned long count = 0;
    struct stat status;
    for (struct dirent *entry; (entry = readdir(proc));)
        if (isdigit((unsigned char)entry->d_name[0]) && fstatat(dirfd(proc), entry->d_name, &status, 0) == 0 &&
            status.st_uid == geteuid())
            count++;
    closedir(proc);
    return count;
}

static int admit_processes(unsigned workers, struct pp_error *error) {
    struct rlimit limit;
    if (geteuid() == 0 || getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return 0; /* the limit does not hold for root */
    unsigned long existing = own_processes();
    if (existing + workers <= limit.rlim_cur)
        return 0;
    return pp_error_set(
        error, -EAGAIN,
        "%u workers and the %lu processes this user already has are more than the %llu allowed: raise it "
        "(`ulimit -u`) or test fewer workers",
        workers, existing, (unsigned long long)limit.rlim_cur);
}

/* The kernel's own bounds on processes, whoever asks. */
static int admit_kernel(unsigned workers, const char *path, struct pp_error *error) {
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    unsigned long bound = 0;
    int read = fscanf(file, "%lu", &bound);
    fclose(file);
    if (read != 1 || workers < bound)
        return 0;
    return pp_error_set(error, -EAGAIN, "%u workers are more processes than this system can have: %s is %lu", workers,
                        path, bound);
}

int pp_limits_admit(unsigned workers, struct pp_error *error) {
    int status = admit_files(workers, error);
    if (status == 0)
        status = admit_processes(workers, error);
    if (status == 0)
        status = admit_kernel(workers, "/proc/sys/kernel/pid_max", error);
    if (status == 0)
        status = admit_kernel(workers, "/proc/sys/kernel/threads-max", error);
    return status;
}
