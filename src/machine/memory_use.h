/* How much memory processes use. Sizes in bytes, rounded to pages by the kernel. */
#ifndef PP_MACHINE_MEMORY_USE_H
#define PP_MACHINE_MEMORY_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of many processes so many are asked, spread evenly: asking takes time in proportion to their memory (10 ms or so for
 * each GB of small pages), and a process that is being asked cannot map memory meanwhile. So ask once the work is done,
 * while the workers are still there. */
enum { PP_MEMORY_USE_SAMPLES = 64 };

/* A sum over processes. A page that n processes share counts n times in RSS (resident set size) and a n-th for each in
 * PSS (proportional set size), so only PSS adds up to what is really used (proc(5), smaps_rollup and status). */
struct pp_memory_use {
    uint64_t rss_bytes, peak_rss_bytes;
    uint64_t pss_bytes;      /* RSS with `rss_only` */
    uint64_t swap_pss_bytes; /* the proportional share of pages in swap space */
    /* An estimate: PSS now + what RSS has fallen by since its peak. Right when what was given back was private, as
     * memory of malloc is; too high when it was shared. The kernel keeps no peak of PSS. With several processes, as if
     * all had been at their peak at the same time. */
    uint64_t peak_pss_bytes;
    unsigned processes; /* that were asked and answered; those that have ended use nothing */
    bool rss_only;      /* PSS of at least one is not known (kernels before 4.14, or not permitted): RSS instead */
    bool scaled;        /* asked were PP_MEMORY_USE_SAMPLES, and their sum multiplied */
};

/* Asks `count` processes, this one included if it is named, below `root` ("" for the running system). Mappings whose
 * name in smaps holds `without` (NULL: none) count in no PSS; the estimate of its peak is right as long as less of them
 * is never resident. Returns 0 or -ESRCH: none of them answered, and `use` is all zero. */
int pp_memory_use_of(const char *root, const pid_t *pids, size_t count, const char *without, struct pp_memory_use *use);

/* Lets the peak of this process start again from what it uses now, for peak_rss_bytes and peak_pss_bytes (proc(5),
 * clear_refs). Returns 0 or -errno: -ENOENT on kernels that cannot. ru_maxrss of getrusage(2) is not affected. */
int pp_memory_use_reset_peak(void);

#endif
