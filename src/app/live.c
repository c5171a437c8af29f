#include "app/live.h"

#include "base/textbuf.h"
#include "exec/sample.h"
#include "machine/disturbance.h"
#include "plan/plan.h"
#include "report/report.h"

#include <stdio.h>

static void print_pass(const struct pp_case *plan, const struct pp_pass *pass, size_t done, size_t all) {
    char total[24], words[128];
    pp_console_duration(pass->total_s, total, sizeof total);
    pp_words_join(pass->disturbed, pp_disturbance_words, words, sizeof words);
    fprintf(stderr, "[%zu", done + pass->repeated);
    if (all > 0)
        fprintf(stderr, "/%zu", all);
    fprintf(stderr, "] %s: %s%s%s%s\n", plan->name, total, words[0] ? ", disturbed: " : "", words,
            pass->repeated ? "; once more" : "");
}

static void print_failures(const struct pp_case *plan, const struct pp_sample *sample) {
    char first[4 * sizeof sample->why.text]; /* what programs have said may be anything */
    struct pp_textbuf out = pp_textbuf_in(first, sizeof first);
    pp_textbuf_plain(&out, sample->why.text);
    fprintf(stderr, "warning: %s: %llu tasks failed, %llu workers lost; the first: %s\n", plan->name,
            (unsigned long long)sample->failed, (unsigned long long)sample->workers_lost, first);
}

void pp_live_pass(struct pp_live *live, const struct pp_case *plan, const struct pp_pass *pass,
                  const struct pp_sample *sample, size_t done, size_t all) {
    if (!live->quiet)
        print_pass(plan, pass, done, all);
    if (sample->failed > 0 || sample->workers_lost > 0) /* neither progress nor a remark: the run fails by it */
        print_failures(plan, sample);
    if (sample->too_short && !live->too_short_said && !live->quiet)
        fputs("warning: tasks are too short for the clock to time one by one: they are timed many together\n", stderr);
    live->too_short_said |= sample->too_short;
}
