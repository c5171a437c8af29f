#include "exec/limits.h"

#include "exec/pids.h"
#include "pptest/error.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors that are not a worker's: the standard three, channels of the pool, results, libraries, one to spare. */
enum { OTHER_FILES = 16 };

int pp_limits_admit_files(unsigned workers, unsigned each, struct pp_error *error) {
    struct rlimit limit;
    rlim_t needed = (rlim_t)workers * each + OTHER_FILES + 4 * (each - 1); /* more are passed on as a worker starts */
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

/* Those of a loop, its library and its watchdog, beside the others. */
enum { LOOP_FILES = OTHER_FILES + 12 };

/* What a task in this process may have open: a connection; or a program's end, its output, and what tells of both. */
enum { TASK_FILES = 3 };

/* Not every task has so many, or any: that all may have them is worth raising a limit, but not refusing. Returns how
 * many files may be open. */
static rlim_t raise_files(rlim_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return wanted;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    return limit.rlim_cur > before && setrlimit(RLIMIT_NOFILE, &limit) != 0 ? before : limit.rlim_cur;
}

static int admit_loop_files(unsigned workers, struct pp_error *error) {
    rlim_t allowed = raise_files((rlim_t)workers * TASK_FILES + LOOP_FILES);
    if (allowed >= LOOP_FILES)
        return 0;
    return pp_error_set(error, -EMFILE,
                        "an event loop needs %d open files, but only %llu are allowed: raise it (`ulimit -n %d`)",
                        LOOP_FILES, (unsigned long long)allowed, LOOP_FILES);
}

/* ---- how many there may be: to Linux, processes and threads are the same ---- */

/* Who is counted, for the words. */
enum kind { PROCESSES, THREADS };

static const char *const kind_names[] = {"processes", "threads"};

/* Threads of this user, all of them, that count against the limit. A process's folder of threads has a link for each,
 * and two of its own. */
static unsigned long own_threads(void) {
    DIR *proc = opendir("/proc");
    if (!proc)
        return 0;
    unsigned long count = 0;
    struct stat status;
    char name[sizeof((struct dirent *)0)->d_name + 8];
    for (struct dirent *entry; (entry = readdir(proc));) {
        snprintf(name, sizeof name, "%s/task", entry->d_name);
        if (isdigit((unsigned char)entry->d_name[0]) && fstatat(dirfd(proc), name, &status, 0) == 0 &&
            status.st_uid == geteuid())
            count += status.st_nlink > 2 ? status.st_nlink - 2 : 1;
    }
    closedir(proc);
    return count;
}

static int admit_user(unsigned workers, struct pp_error *error) {
    struct rlimit limit;
    if (geteuid() == 0 || getrlimit(RLIMIT_NPROC, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return 0; /* the limit does not hold for root */
    unsigned long existing = own_threads();
    if (existing + workers <= limit.rlim_cur)
        return 0;
    return pp_error_set(error, -EAGAIN,
                        "%u workers and the %lu processes and threads that this user already has are more than the "
                        "%llu allowed: raise it (`ulimit -u`) or test fewer workers",
                        workers, existing, (unsigned long long)limit.rlim_cur);
}

/* The kernel's own bounds, whoever asks. */
static int admit_kernel(unsigned workers, enum kind kind, const char *path, struct pp_error *error) {
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    unsigned long bound = 0;
    int read = fscanf(file, "%lu", &bound);
    fclose(file);
    if (read != 1 || workers < bound)
        return 0;
    return pp_error_set(error, -EAGAIN, "%u workers are more %s than this system can have: %s is %lu", workers,
                        kind_names[kind], path, bound);
}

static int admit_group(unsigned workers, struct pp_error *error) {
    struct pp_pids_limit limit;
    if (!pp_pids_limit("", &limit) || limit.current + workers <= limit.max)
        return 0;
    return pp_error_set(error, -EAGAIN,
                        "%u workers and the %llu processes and threads of this control group are more than the %llu "
                        "allowed: raise it (%s, or `docker run --pids-limit`) or test fewer workers",
                        workers, (unsigned long long)limit.current, (unsigned long long)limit.max, limit.file);
}

static int admit_count(unsigned workers, enum kind kind, struct pp_error *error) {
    int status = admit_user(workers, error);
    if (status == 0)
        status = admit_kernel(workers, kind, "/proc/sys/kernel/pid_max", error);
    if (status == 0)
        status = admit_kernel(workers, kind, "/proc/sys/kernel/threads-max", error);
    if (status == 0)
        status = admit_group(workers, error);
    return status;
}

/* ---- stacks ---- */

static uint64_t stack_bytes(void) {
    pthread_attr_t attributes;
    size_t stack = 0, guard = 0;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    pthread_attr_getstacksize(&attributes, &stack);
    pthread_attr_getguardsize(&attributes, &guard);
    pthread_attr_destroy(&attributes);
    return stack + guard;
}

static uint64_t address_space_used(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    int read = file ? fscanf(file, "%lu", &pages) : 0;
    if (file)
        fclose(file);
    return read == 1 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static int admit_stacks(unsigned workers, struct pp_error *error) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return 0;
    uint64_t each = stack_bytes(), needed = each * workers, used = address_space_used();
    if (used + needed <= limit.rlim_cur)
        return 0;
    return pp_error_set(error, -ENOMEM,
                        "%u threads need %llu MiB of address space for their stacks, %llu KiB each, but of the %llu "
                        "MiB allowed %llu are used: raise it (`ulimit -v`), make stacks smaller (`ulimit -s`) or test "
                        "fewer workers",
                        workers, (unsigned long long)(needed >> 20), (unsigned long long)(each >> 10),
                        (unsigned long long)(limit.rlim_cur >> 20), (unsigned long long)(used >> 20));
}

int pp_limits_admit(unsigned workers, struct pp_error *error) {
    int status = pp_limits_admit_files(workers, 1, error);
    return status ? status : admit_count(workers, PROCESSES, error);
}

int pp_limits_admit_flights(unsigned workers, struct pp_error *error) {
    int status = admit_loop_files(workers, error);
    return status ? status : admit_count(1, THREADS, error); /* its watchdog */
}

int pp_limits_admit_programs(unsigned workers, struct pp_error *error) {
    return pp_limits_admit_files(workers, TASK_FILES, error);
}

int pp_limits_admit_threads(unsigned workers, struct pp_error *error) {
    raise_files((rlim_t)workers * TASK_FILES + OTHER_FILES);
    int status = admit_count(workers, THREADS, error);
    return status ? status : admit_stacks(workers, error);
}
