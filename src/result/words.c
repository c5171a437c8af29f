#include "result/words.h"

#include "base/number.h"
#include "base/textbuf.h"
#include "result/result.h"

const char *const pp_limiter_words[] = {
    [PP_LIMITER_NONE] = "nothing",
    [PP_LIMITER_CPUS] = "CPUs",
    [PP_LIMITER_QUOTA] = "CPU quota",
    [PP_LIMITER_MEMORY] = "memory bandwidth or caches",
    [PP_LIMITER_IO] = "I/O",
    [PP_LIMITER_HANDOUT] = "handing out",
    [PP_LIMITER_TRANSFER] = "transfer",
    [PP_LIMITER_TAIL] = "unbalanced end",
    [PP_LIMITER_LIBRARY] = "library threads",
    [PP_LIMITER_LOOP] = "event loop",
    [PP_LIMITER_STARTUP] = "start-up",
    [PP_LIMITER_UNKNOWN] = "unknown",
    NULL,
};

/* The share that counts as a loss elsewhere, too (analysis/limiter.c). */
const double pp_loop_blocked_min = 0.10;

size_t pp_words_loop(double blocked, unsigned workers, char *text, size_t size) {
    static const double all_the_time = 0.9;
    struct pp_textbuf out = pp_textbuf_in(text, size);
    if (workers < 2 || !(blocked >= pp_loop_blocked_min))
        return 0;
    pp_textbuf_add(&out,
                   "the event loop was blocked %.0f %% of the time by tasks that do not give way: ", 100.0 * blocked);
    if (blocked >= all_the_time)
        pp_textbuf_add(&out, "%u in flight do as one", workers);
    else
        pp_textbuf_add(&out, "others that were due had to wait");
    return out.length;
}

size_t pp_words_precision(const struct pp_stats *total, double precision, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    if (precision == 0.0 || pp_stats_precise(total, precision))
        return 0;
    pp_textbuf_add(&out, "the 95 %% interval does not lie within %s %% to either side, as asked: ",
                   pp_figure_of(100.0 * precision, 3).text);
    if (pp_interval_known(total->ci95))
        pp_textbuf_add(&out, "it reaches %s %%",
                       pp_figure_of(50.0 * (total->ci95.high - total->ci95.low) / total->median, 3).text);
    else
        pp_textbuf_add(&out, "six passes are needed to know how far");
    pp_textbuf_add(&out, "; a longer max_time would help");
    return out.length;
}

void pp_limiter_say(const struct pp_case_result *each, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    pp_textbuf_add(&out, "%s", pp_limiter_words[each->limiter]);
    double moving_s = each->breakdown.transfer, workers = each->workers ? each->workers : 1;
    double piped = (double)each->piped_bytes * (double)each->task_count;
    if (each->limiter == PP_LIMITER_TRANSFER && piped > 0.0 && moving_s > 0.0)
        pp_textbuf_add(&out, " (%.0f MB/s, %.0f %% of the time)", 1e-6 * piped / moving_s,
                       100.0 * moving_s / (workers * each->work.mean));
}

size_t pp_words_join(unsigned set, const char *const *words, char *text, size_t size) {
    struct pp_textbuf out = pp_textbuf_in(text, size);
    for (size_t bit = 0; words[bit]; bit++)
        if (set & (1U << bit))
            pp_textbuf_add(&out, "%s%s", out.length ? ", " : "", words[bit]);
    return out.length;
}
