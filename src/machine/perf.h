/* What the processor counts while processes run: perf_event_open(2). User space only, so that
 * kernel.perf_event_paranoid up to 2 permits it. Many virtual machines and containers do not offer it: then one reason
 * in words says why. */
#ifndef PP_MACHINE_PERF_H
#define PP_MACHINE_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PP_PERF_INSTRUCTIONS, PP_PERF_CYCLES, PP_PERF_CACHE_MISSES, PP_PERF_EVENTS };

enum {
    PP_PERF_PROCESSES = 64, /* of more, so many are attached to, spread evenly */
    PP_PERF_FILES = 1536,   /* descriptors at most; never more than half of those that are left to this process */
    PP_PERF_THREADS = 256   /* of one process; those above do not count, unless they are started later */
};

/* An event as struct perf_event_attr names it. */
struct pp_perf_event {
    uint32_t type;
    uint64_t config;
};

/* One for a whole run, {0} to begin with: it remembers what cannot be, so that trying again costs nothing. */
struct pp_perf {
    bool probed;
    bool missing[PP_PERF_EVENTS]; /* this machine does not count it */
    char reason[96];              /* why nothing can be counted; "": something can, or it was not tried yet */
    unsigned count;               /* of `files`: descriptors, PP_PERF_EVENTS for each thread, -1 where one is missing */
    int files[PP_PERF_FILES];
    double scale; /* processes that were named for each that was attached to */
};

/* Begins to count in the threads of `count` processes, and in threads and processes that those start later. What was
 * attached to before must have been closed. Processes that have ended count nothing. Returns 0, -ESRCH when all have
 * ended, -EMFILE when there are no descriptors to spare, or -EOPNOTSUPP with perf->reason; then nothing is attached. */
int pp_perf_attach(struct pp_perf *perf, const pid_t *pids, size_t count);

/* The same with other events in place of the three: for tests, which cannot rely on a processor that counts. */
int pp_perf_attach_events(struct pp_perf *perf, const struct pp_perf_event events[PP_PERF_EVENTS], const pid_t *pids,
                          size_t count);

/* Sums since attaching, also of what has ended meanwhile; NaN: not counted. Where several events had to take turns on
 * the processor they are scaled to the whole time (perf_event_open(2), PERF_FORMAT_TOTAL_TIME_RUNNING); so are they
 * to all processes where only some were attached to (perf->scale above 1). */
void pp_perf_read(const struct pp_perf *perf, double sums[PP_PERF_EVENTS]);

void pp_perf_close(struct pp_perf *perf);

/* Words for an error code (> 0) of perf_event_open: why counting cannot be. `root`: see counters.h. */
void pp_perf_explain(const char *root, int code, char *text, size_t size);

#endif
