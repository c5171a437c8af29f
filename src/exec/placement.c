#include "exec/placement.h"

#include "base/textbuf.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

enum { WORD_BITS = 8 * sizeof(unsigned long), WORDS = PP_CPU_MASK_CPUS / WORD_BITS };

struct pp_cpu_mask pp_placement_mask(const struct pp_placement *placement, unsigned worker) {
    struct pp_cpu_mask mask = {{0}};
    if (!placement)
        return mask;
    unsigned width = placement->width < placement->count ? placement->width : placement->count;
    uint64_t first = (uint64_t)worker * placement->width;
    for (unsigned i = 0; i < width; i++) {
        unsigned cpu = placement->cpus[(first + i) % placement->count];
        mask.words[cpu / WORD_BITS] |= 1UL << cpu % WORD_BITS;
    }
    return mask;
}

struct pp_cpu_mask pp_cpu_mask_own(void) {
    struct pp_cpu_mask mask = {{0}};
    sched_getaffinity(0, sizeof mask, (cpu_set_t *)mask.words);
    return mask;
}

bool pp_cpu_mask_has(const struct pp_cpu_mask *mask, unsigned cpu) {
    return (mask->words[cpu / WORD_BITS] >> cpu % WORD_BITS & 1) != 0;
}

static int apply_failed(const struct pp_cpu_mask *mask, int code, struct pp_error *error) {
    char list[64];
    struct pp_textbuf cpus = pp_textbuf_in(list, sizeof list);
    for (unsigned cpu = 0; cpu < PP_CPU_MASK_CPUS; cpu++)
        if (pp_cpu_mask_has(mask, cpu))
            pp_textbuf_add(&cpus, " %u", cpu);
    return pp_error_set(error, -code, "it cannot be made to run on CPU%s: %s%s", list, strerror(code),
                        code == EINVAL ? "; has it been switched off, or taken away from this process?" : "");
}

static bool is_empty(const struct pp_cpu_mask *mask) {
    for (unsigned i = 0; i < WORDS; i++)
        if (mask->words[i] != 0)
            return false;
    return true;
}

int pp_cpu_mask_apply(const struct pp_cpu_mask *mask, struct pp_error *error) {
    if (is_empty(mask) || sched_setaffinity(0, sizeof *mask, (const cpu_set_t *)mask->words) == 0)
        return 0;
    return apply_failed(mask, errno, error);
}

int pp_placement_apply(const struct pp_placement *placement, unsigned worker, struct pp_error *error) {
    const struct pp_cpu_mask mask = pp_placement_mask(placement, worker);
    return pp_cpu_mask_apply(&mask, error);
}
