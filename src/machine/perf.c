#include "machine/perf.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/reading.h"

/* Returns a descriptor or -errno. No group: the kernel does not let groups be inherited. */
static int open_event(const struct pp_perf_event *event, pid_t thread) {
    struct perf_event_attr attr = {
        .size = sizeof attr,
        .type = event->type,
        .config = event->config,
        .read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
        .inherit = 1,
        .exclude_kernel = 1,
        .exclude_hv = 1,
    };
    long file = syscall(SYS_perf_event_open, &attr, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
    return file >= 0 ? (int)file : -errno;
}

/* ---- what cannot be ---- */

void pp_perf_explain(const char *root, int code, char *text, size_t size) {
    double paranoid = pp_reading_number(root, "/proc/sys/kernel/perf_event_paranoid");
    if (code == ENOSYS)
        snprintf(text, size, "not offered by this kernel: no such system call");
    else if (code == ENOENT || code == ENODEV || code == EOPNOTSUPP)
        snprintf(text, size, "not supported by this (virtual) machine");
    else if ((code == EACCES || code == EPERM) && paranoid > 2.0)
        snprintf(text, size, "not permitted: kernel.perf_event_paranoid is %.0f", paranoid);
    else if (code == EACCES || code == EPERM)
        snprintf(text, size, "not permitted here, as in most containers");
    else
        snprintf(text, size, "not possible: %s", strerror(code));
}

static int give_up(struct pp_perf *perf, int code) {
    pp_perf_close(perf);
    pp_perf_explain("", code, perf->reason, sizeof perf->reason);
    return -EOPNOTSUPP;
}

/* Tries each event on the calling thread. Machines that have one event need not have the others. */
static int probe(struct pp_perf *perf, const struct pp_perf_event *events) {
    int missing = 0, status = 0;
    for (int i = 0; i < PP_PERF_EVENTS; i++) {
        int file = open_event(&events[i], 0);
        if (file == -EMFILE || file == -ENFILE)
            return -EMFILE;
        if (file >= 0)
            close(file);
        else if (missing++ == 0)
            status = file;
        perf->missing[i] = file < 0;
    }
    perf->probed = true;
    return missing == PP_PERF_EVENTS ? give_up(perf, -status) : 0;
}

/* ---- attaching ---- */

static unsigned count_open_files(void) {
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Results and replacements of lost workers need descriptors, too. */
static unsigned spare_files(void) {
    struct rlimit limit;
    unsigned open = count_open_files();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur <= open)
        return 0;
    rlim_t half = (limit.rlim_cur - open) / 2;
    return half < PP_PERF_FILES ? (unsigned)half : PP_PERF_FILES;
}

/* All are listed before one is attached to: a thread that an attached one starts is counted already. */
static unsigned list_threads(pid_t pid, pid_t threads[PP_PERF_THREADS]) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", (long)pid);
    DIR *folder = opendir(path);
    unsigned count = 0;
    for (struct dirent *entry; folder && count < PP_PERF_THREADS && (entry = readdir(folder));)
        if (isdigit((unsigned char)entry->d_name[0]))
            threads[count++] = (pid_t)strtol(entry->d_name, NULL, 10);
    if (folder)
        closedir(folder);
    return count;
}

static void close_from(struct pp_perf *perf, unsigned first) {
    while (perf->count > first) {
        int file = perf->files[--perf->count];
        if (file >= 0)
            close(file);
    }
}

static int attach_thread(struct pp_perf *perf, const struct pp_perf_event *events, pid_t thread) {
    unsigned first = perf->count;
    for (int i = 0; i < PP_PERF_EVENTS; i++) {
        int file = perf->missing[i] ? -1 : open_event(&events[i], thread);
        if (!perf->missing[i] && file < 0) {
            close_from(perf, first);
            return file;
        }
        perf->files[perf->count++] = file;
    }
    return 0;
}

/* All threads of the process or none. Returns 0, -EMFILE, or what forbids it. */
static int attach_process(struct pp_perf *perf, const struct pp_perf_event *events, pid_t pid, unsigned spare) {
    pid_t threads[PP_PERF_THREADS];
    unsigned first = perf->count, count = list_threads(pid, threads);
    if (first + count * PP_PERF_EVENTS > spare)
        return -EMFILE;
    for (unsigned i = 0; i < count; i++) {
        int status = attach_thread(perf, events, threads[i]);
        if (status != 0 && status != -ESRCH) {
            close_from(perf, first);
            return status == -ENFILE ? -EMFILE : status;
        }
    }
    return 0;
}

int pp_perf_attach_events(struct pp_perf *perf, const struct pp_perf_event events[PP_PERF_EVENTS], const pid_t *pids,
                          size_t count) {
    if (perf->reason[0] != '\0')
        return -EOPNOTSUPP;
    int status = perf->probed ? 0 : probe(perf, events);
    if (status != 0)
        return status;
    unsigned spare = spare_files();
    size_t samples = count < PP_PERF_PROCESSES ? count : PP_PERF_PROCESSES, tried = 0;
    if (samples > spare / PP_PERF_EVENTS)
        samples = spare / PP_PERF_EVENTS;
    for (; tried < samples; tried++) {
        status = attach_process(perf, events, pids[tried * count / samples], spare);
        if (status != 0)
            break;
    }
    if (status != 0 && status != -EMFILE)
        return give_up(perf, -status);
    if (perf->count == 0)
        return status == -EMFILE || (samples == 0 && count > 0) ? -EMFILE : -ESRCH;
    perf->scale = (double)count / (double)tried;
    return 0;
}

int pp_perf_attach(struct pp_perf *perf, const pid_t *pids, size_t count) {
    static const struct pp_perf_event events[PP_PERF_EVENTS] = {
        [PP_PERF_INSTRUCTIONS] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
        [PP_PERF_CYCLES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
        [PP_PERF_CACHE_MISSES] = {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    };
    return pp_perf_attach_events(perf, events, pids, count);
}

/* ---- reading ---- */

/* What read(2) gives for read_format above. */
struct reading {
    uint64_t value, enabled, running;
};

static double sum_event(const struct pp_perf *perf, unsigned event) {
    double value = 0.0, enabled = 0.0, running = 0.0;
    unsigned seen = 0;
    for (unsigned i = event; i < perf->count; i += PP_PERF_EVENTS) {
        struct reading one;
        if (perf->files[i] < 0 || read(perf->files[i], &one, sizeof one) != (ssize_t)sizeof one)
            continue;
        value += (double)one.value;
        enabled += (double)one.enabled;
        running += (double)one.running;
        seen++;
    }
    if (seen == 0 || (running <= 0.0 && enabled > 0.0))
        return NAN;
    return running > 0.0 ? value * (enabled / running) * perf->scale : 0.0;
}

void pp_perf_read(const struct pp_perf *perf, double sums[PP_PERF_EVENTS]) {
    for (unsigned i = 0; i < PP_PERF_EVENTS; i++)
        sums[i] = sum_event(perf, i);
}

void pp_perf_close(struct pp_perf *perf) { close_from(perf, 0); }
