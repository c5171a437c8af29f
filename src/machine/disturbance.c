#include "machine/disturbance.h"

#include <math.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/textbuf.h"

const char *const pp_disturbance_words[] = {"steal",    "other load", "throttled", "frequency", "major faults",
                                            "swapping", "pressure",   "suspended", NULL};

static double rise(double before, double after) { return after >= before ? after - before : NAN; }

static double share(double part, double whole) { return whole > 0.0 ? part / whole : NAN; }

static unsigned flag_if(bool condition, unsigned flag) { return condition ? flag : 0; }

static unsigned judge_cpu(const struct pp_cpu_times *before, const struct pp_cpu_times *after,
                          const struct pp_own_use *own, double elapsed_s, struct pp_disturbance *found) {
    if (before->cpus != after->cpus)
        return 0;
    double cpus = (double)after->cpus, tick_s = after->tick_s;
    double steal_s = rise(before->steal_s, after->steal_s), busy_s = rise(before->busy_s, after->busy_s);
    double other_s = busy_s < own->cpu_s ? 0.0 : busy_s - own->cpu_s;
    found->steal_share = share(steal_s, elapsed_s * cpus);
    found->other_share = share(other_s, elapsed_s * cpus);
    return flag_if(found->steal_share > PP_STEAL_SHARE && steal_s > cpus * tick_s, PP_DISTURBED_STEAL) |
           flag_if(found->other_share > PP_OTHER_SHARE && other_s > (PP_OTHER_TICKS + cpus) * tick_s,
                   PP_DISTURBED_OTHER_LOAD);
}

static void find_pressure(const struct pp_counters *before, const struct pp_counters *after,
                          const struct pp_own_use *own, double elapsed_s, struct pp_disturbance *found) {
    const bool counts[PP_PRESSURES] = {
        [PP_PRESSURE_CPU] = own->threads <= own->usable_cpus && !(found->flags & PP_DISTURBED_THROTTLED),
        [PP_PRESSURE_IO] = !own->does_io,
        [PP_PRESSURE_MEMORY] = true,
    };
    for (int i = 0; i < PP_PRESSURES; i++) {
        double waited_s = counts[i] ? rise(before->pressure_s[i], after->pressure_s[i]) : NAN;
        found->pressure_share[i] = share(waited_s, elapsed_s);
        found->flags |= flag_if(found->pressure_share[i] > PP_PRESSURE_SHARE, PP_DISTURBED_PRESSURE);
    }
}

struct pp_disturbance pp_disturbance_between(const struct pp_counters *before, const struct pp_counters *after,
                                             const struct pp_own_use *own) {
    double elapsed_s = after->time_ns > before->time_ns ? pp_seconds(after->time_ns - before->time_ns) : 0.0;
    struct pp_disturbance found = {
        .steal_share = NAN,
        .other_share = NAN,
        .throttled_count = rise(before->throttle.count, after->throttle.count),
        .throttled_s = rise(before->throttle.time_s, after->throttle.time_s),
        .frequency_fall = 1.0 - share(after->frequency_hz, before->frequency_hz),
        .major_faults = rise(before->major_faults, after->major_faults),
        .swapped_pages = rise(before->swapped_pages, after->swapped_pages),
    };
    found.flags = judge_cpu(&before->cpu, &after->cpu, own, elapsed_s, &found) |
                  flag_if(found.throttled_count > 0.0 || found.throttled_s > 0.0, PP_DISTURBED_THROTTLED) |
                  flag_if(found.frequency_fall > PP_FREQUENCY_FALL, PP_DISTURBED_FREQUENCY) |
                  flag_if(found.major_faults > 0.0, PP_DISTURBED_MAJOR_FAULTS) |
                  flag_if(found.swapped_pages > 0.0, PP_DISTURBED_SWAPPING);
    find_pressure(before, after, own, elapsed_s, &found);
    return found;
}

/* ---- words ---- */

static void begin(struct pp_textbuf *text, size_t start) {
    if (text->length > start)
        pp_textbuf_add(text, ", ");
}

/* Two digits are enough to judge by. */
static void add_share(struct pp_textbuf *text, size_t start, const char *word, double part) {
    begin(text, start);
    pp_textbuf_add(text, "%s %.*f %%", word, part < 0.0995 ? 1 : 0, part * 100.0);
}

static void add_count(struct pp_textbuf *text, size_t start, const char *one, const char *many, double count) {
    begin(text, start);
    pp_textbuf_add(text, "%.0f %s", count, count > 1.0 ? many : one);
}

static void add_pressure(const struct pp_disturbance *disturbance, struct pp_textbuf *text, size_t start) {
    static const char *const words[PP_PRESSURES] = {
        [PP_PRESSURE_CPU] = "CPU pressure",
        [PP_PRESSURE_IO] = "I/O pressure",
        [PP_PRESSURE_MEMORY] = "memory pressure",
    };
    for (int i = 0; i < PP_PRESSURES; i++)
        if (disturbance->pressure_share[i] > PP_PRESSURE_SHARE)
            add_share(text, start, words[i], disturbance->pressure_share[i]);
}

void pp_disturbance_describe(const struct pp_disturbance *disturbance, struct pp_textbuf *text) {
    size_t start = text->length;
    unsigned flags = disturbance->flags;
    if (flags & PP_DISTURBED_STEAL)
        add_share(text, start, "steal", disturbance->steal_share);
    if (flags & PP_DISTURBED_OTHER_LOAD)
        add_share(text, start, "other load", disturbance->other_share);
    if (flags & PP_DISTURBED_THROTTLED) {
        begin(text, start);
        pp_textbuf_add(text, "throttled %.3f s", disturbance->throttled_s);
    }
    if (flags & PP_DISTURBED_FREQUENCY)
        add_share(text, start, "frequency fell by", disturbance->frequency_fall);
    if (flags & PP_DISTURBED_MAJOR_FAULTS)
        add_count(text, start, "major fault", "major faults", disturbance->major_faults);
    if (flags & PP_DISTURBED_SWAPPING)
        add_count(text, start, "page swapped", "pages swapped", disturbance->swapped_pages);
    if (flags & PP_DISTURBED_PRESSURE)
        add_pressure(disturbance, text, start);
}
