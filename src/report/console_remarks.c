#include "report/console.h"

#include "base/number.h"
#include "machine/disturbance.h"
#include "report/report.h"

#include <math.h>
#include <string.h>

/* ---- of one case ---- */

static unsigned kinds_of_disturbance(const struct pp_case_result *row) {
    unsigned kinds = 0;
    for (size_t i = 0; i < row->pass_count; i++)
        kinds |= row->passes[i].disturbed;
    return kinds;
}

static void write_disturbed(FILE *out, const struct pp_terminal *terminal, const struct pp_case_result *row) {
    char words[128], line[512];
    struct pp_textbuf text = pp_textbuf_in(line, sizeof line);
    pp_words_join(kinds_of_disturbance(row), pp_disturbance_words, words, sizeof words);
    if (row->disturbed > 0)
        pp_textbuf_add(&text, "* %s: %zu of %zu pass%s %s disturbed", row->name, row->disturbed, row->counted,
                       pp_plural(row->counted, "es"), row->disturbed == 1 ? "was" : "were");
    else if (row->repeats > 0)
        pp_textbuf_add(&text, "  %s: none of %zu pass%s was disturbed", row->name, row->counted,
                       pp_plural(row->counted, "es"));
    if (row->repeats > 0)
        pp_textbuf_add(&text, ", after %zu that were run again", row->repeats);
    if (row->disturbed > 0 || row->repeats > 0)
        pp_console_say(out, terminal, "%s (%s)", line, words);
}

static void write_spread(FILE *out, const struct pp_terminal *terminal, const struct pp_case_result *row) {
    char least[24], most[24];
    if (!row->total.unstable || row->counted < 2)
        return;
    pp_duration_text(row->total.min, least, sizeof least);
    pp_duration_text(row->total.max, most, sizeof most);
    pp_console_say(out, terminal, "  %s: the passes differ widely, %s to %s", row->name, least, most);
}

static void write_trouble(FILE *out, const struct pp_terminal *terminal, const struct pp_case_result *row) {
    if (row->failed == 0 && row->workers_lost == 0)
        return;
    pp_console_say(out, terminal,
                   "%s: %llu task%s failed (%llu of them with a wrong answer), %llu worker%s lost, %llu task%s with "
                   "them",
                   row->name, (unsigned long long)row->failed, pp_plural(row->failed, "s"),
                   (unsigned long long)row->wrong, (unsigned long long)row->workers_lost,
                   row->workers_lost == 1 ? " was" : "s were", (unsigned long long)row->lost,
                   pp_plural(row->lost, "s"));
}

/* ---- of all ---- */

static void write_precision(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    char words[160];
    for (size_t i = 0; result->complete && i < result->case_count; i++) {
        const struct pp_case_result *row = &result->cases[i];
        if (pp_words_precision(&row->total, result->precision, words, sizeof words) > 0 && row->counted > 0)
            pp_console_say(out, terminal, "  %s: %s", row->name, words);
    }
}

static void write_loops(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    char words[160];
    for (size_t i = 0; i < result->case_count; i++) {
        const struct pp_case_result *row = &result->cases[i];
        if (pp_words_loop(row->loop_blocked, row->workers, words, sizeof words) > 0 && row->counted > 0)
            pp_console_say(out, terminal, "  %s: %s", row->name, words);
    }
}

/* Of the case that ran on most: those of the others are among them. */
static void write_hosts(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const struct pp_case_result *most = &result->cases[0];
    for (size_t i = 1; i < result->case_count; i++)
        if (result->cases[i].host_count > most->host_count)
            most = &result->cases[i];
    if (most->host_count < 2)
        return;
    char line[4096];
    struct pp_textbuf text = pp_textbuf_in(line, sizeof line);
    pp_textbuf_add(&text, "  ranks of %s on %zu hosts: ", most->name, most->host_count);
    for (size_t i = 0; i < most->host_count; i++)
        pp_textbuf_add(&text, "%s%s", most->hosts[i], i + 1 < most->host_count ? ", " : "");
    pp_console_say(out, terminal, "%s", line);
}

static bool was_sequential(const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].workers == 0 && result->cases[i].counted > 0)
            return true;
    return false;
}

/* Where it is not the sequential case. */
static void write_base(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    const char *first = NULL;
    bool many = false;
    for (size_t i = 0; i < result->case_count; i++) {
        const char *base = result->cases[i].speedup.base;
        many |= base && first && base != first;
        first = first ? first : base;
    }
    if (first && !was_sequential(result))
        pp_console_say(out, terminal, "  speed-ups are against %s",
                       many ? "the fewest workers of the same kind" : first);
}

static void write_check(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    uint64_t failed = 0;
    for (size_t i = 0; i < result->case_count; i++)
        failed += result->cases[i].failed;
    if (result->check[0] && failed == 0)
        pp_console_say(out, terminal, "every answer verified; check value of the work %s", result->check);
}

void pp_console_remarks(const struct pp_result *result, const struct pp_terminal *terminal, FILE *out) {
    for (size_t i = 0; i < result->case_count; i++)
        write_disturbed(out, terminal, &result->cases[i]);
    for (size_t i = 0; i < result->case_count; i++)
        write_spread(out, terminal, &result->cases[i]);
    write_precision(result, terminal, out);
    write_loops(result, terminal, out);
    write_hosts(result, terminal, out);
    write_base(result, terminal, out);
    write_check(result, terminal, out);
    for (size_t i = 0; i < result->case_count; i++)
        write_trouble(out, terminal, &result->cases[i]);
}
