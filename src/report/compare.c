#include "report/compare.h"

#include "base/number.h"
#include "report/console.h"
#include "report/table.h"
#include "result/comparison.h"
#include "schema/json_text.h"
#include "schema/shape.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const pp_change_words[] = {
    [PP_CHANGE_NONE] = "no regression",
    [PP_CHANGE_REGRESSED] = "regressed",
    [PP_CHANGE_UNKNOWN] = "cannot tell",
    NULL,
};

/* ---- for people ---- */

static const char *word_for(const struct pp_change *change) {
    return change->improved ? "improved" : pp_change_words[change->verdict];
}

static const struct pp_case_change *row_of(const struct pp_cell *cell) { return cell->row; }

static const char *name_of(const void *row) { return ((const struct pp_case_change *)row)->name; }

static void say_total(const struct pp_cell *cell, struct pp_textbuf *text) {
    char words[24];
    pp_duration_text(cell->part == 0 ? row_of(cell)->base_s : row_of(cell)->new_s, words, sizeof words);
    pp_textbuf_add(text, "%s", words);
}

static void say_change(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%+.1f %%", 100.0 * row_of(cell)->change.change);
}

static void say_interval(const struct pp_cell *cell, struct pp_textbuf *text) {
    struct pp_interval interval = row_of(cell)->change.interval;
    if (pp_interval_known(interval))
        pp_textbuf_add(text, "%+.1f to %+.1f %%", 100.0 * interval.low, 100.0 * interval.high);
    else
        pp_textbuf_add(text, "-");
}

static void say_answer(const struct pp_cell *cell, struct pp_textbuf *text) {
    pp_textbuf_add(text, "%s", word_for(&row_of(cell)->change));
}

/* In a narrow window the base goes first: it follows from the new time and the change. */
static void write_cases(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out) {
    static const struct pp_column columns[] = {
        {.title = "base", .least = 9, .rank = 3, .say = say_total, .part = 0},
        {.title = "new", .least = 9, .rank = 1, .say = say_total, .part = 1},
        {.title = "change", .least = 9, .say = say_change},
        {.title = "95 %", .least = 18, .rank = 2, .say = say_interval},
        {.title = "answer", .left = true, .say = say_answer},
    };
    const struct pp_table table = {.title = "", .columns = columns, .count = sizeof columns / sizeof columns[0]};
    const struct pp_rows rows = {.first = comparison->cases,
                                 .count = comparison->case_count,
                                 .size = sizeof *comparison->cases,
                                 .name = name_of};
    pp_table_write(&table, &rows, terminal, out);
}

static bool lacks_passes(const struct pp_comparison *comparison) {
    for (size_t i = 0; i < comparison->case_count; i++)
        if (comparison->cases[i].change.too_few)
            return true;
    return false;
}

static const char *movement(const struct pp_comparison *comparison) {
    if (comparison->base_workers == comparison->new_workers)
        return "";
    if (!comparison->workers_sure)
        return ": too few passes to tell whether that is chance";
    return comparison->workers_moved ? ": moved" : ": within what chance explains";
}

static void write_workers(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out) {
    if (comparison->workers_known && comparison->same_kind)
        pp_console_say(out, terminal, "recommended workers: %u, then %u%s", comparison->base_workers,
                       comparison->new_workers, movement(comparison));
    else if (comparison->workers_known)
        pp_console_say(out, terminal, "recommended: %s, then %s", comparison->base_name, comparison->new_name);
}

static void write_answer(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out) {
    char line[256];
    struct pp_textbuf text = pp_textbuf_in(line, sizeof line);
    pp_textbuf_add(&text, "%s", pp_change_words[comparison->answer]);
    if (comparison->answer == PP_CHANGE_UNKNOWN && lacks_passes(comparison))
        pp_textbuf_add(&text, ": too few passes; %zu on each side are the least for %zu cases",
                       comparison->passes_needed, comparison->case_count);
    else if (comparison->answer == PP_CHANGE_UNKNOWN && comparison->only_base > 0)
        pp_textbuf_add(&text, ": not all cases of base could be compared");
    else if (comparison->answer == PP_CHANGE_UNKNOWN)
        pp_textbuf_add(&text, ": the passes differ too much for so small an effect; more of them, or a larger "
                              "--min-effect, would tell");
    pp_text_wrap(out, line, 2, PP_STYLE_BOLD, terminal);
}

static int write_table(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out) {
    pp_console_say(out, terminal, "%s: total times, base and new; what matters is a change of %g %%", comparison->task,
                   100.0 * comparison->min_effect);
    fputc('\n', out);
    write_cases(comparison, terminal, out);
    if (comparison->only_base + comparison->only_new > 0)
        pp_console_say(out, terminal,
                       "not compared, lacking a counterpart that did all its work: %zu of base, %zu of new",
                       comparison->only_base, comparison->only_new);
    fputc('\n', out);
    write_workers(comparison, terminal, out);
    write_answer(comparison, terminal, out);
    return 0;
}

/* ---- for programs ---- */

#define AT(kind, owner, member) .type = PP_SHAPE_##kind, .offset = offsetof(struct owner, member)
#define END                                                                                                            \
    { .name = NULL }

static const struct pp_shape case_shape[] = {
    {.name = "name", .help = "of the case", AT(TEXT, pp_case_change, name)},
    {.name = "base_passes", .help = "passes of the base", AT(SIZE, pp_case_change, base_passes)},
    {.name = "new_passes", .help = "passes of the new", AT(SIZE, pp_case_change, new_passes)},
    {.name = "base", .unit = "s", .help = "median total of the base", AT(NUMBER, pp_case_change, base_s)},
    {.name = "new", .unit = "s", .help = "median total of the new", AT(NUMBER, pp_case_change, new_s)},
    {.name = "change", .help = "new / base - 1, estimated", AT(NUMBER, pp_case_change, change.change)},
    {.name = "ci95", .help = "its 95 % interval", AT(INTERVAL, pp_case_change, change.interval)},
    {.name = "p_slower",
     .help = "p value of being slower by more than min_effect, adjusted for the number of cases",
     AT(NUMBER, pp_case_change, change.p_above)},
    {.name = "improved", .help = "faster by more than min_effect", AT(BOOL, pp_case_change, change.improved)},
    {.name = "answer", .help = "did it change", AT(WORD, pp_case_change, change.verdict), .words = pp_change_words},
    END};

static const struct pp_shape comparison_shape[] = {
    {.name = "task", .help = "kind of work", AT(TEXT, pp_comparison, task)},
    {.name = "base_label", .help = "of the base", AT(TEXT, pp_comparison, base_label)},
    {.name = "new_label", .help = "of the new", AT(TEXT, pp_comparison, new_label)},
    {.name = "min_effect", .help = "smallest change that matters", AT(NUMBER, pp_comparison, min_effect)},
    {.name = "answer", .help = "of all cases", AT(WORD, pp_comparison, answer), .words = pp_change_words},
    {.name = "passes_needed", .help = "on each side, for any answer", AT(SIZE, pp_comparison, passes_needed)},
    {.name = "only_base", .help = "cases that the new one lacks", AT(SIZE, pp_comparison, only_base)},
    {.name = "only_new", .help = "cases that the base lacks", AT(SIZE, pp_comparison, only_new)},
    {.name = "workers_known", .help = "both have a verdict", AT(BOOL, pp_comparison, workers_known)},
    {.name = "base_name", .help = "case that the base recommends", AT(TEXT, pp_comparison, base_name)},
    {.name = "new_name", .help = "case that the new recommends", AT(TEXT, pp_comparison, new_name)},
    {.name = "same_kind",
     .help = "these differ in nothing but their number of workers",
     AT(BOOL, pp_comparison, same_kind)},
    {.name = "base_workers", .help = "recommended by the base", AT(UNSIGNED, pp_comparison, base_workers)},
    {.name = "new_workers", .help = "recommended by the new", AT(UNSIGNED, pp_comparison, new_workers)},
    {.name = "workers_sure", .help = "both verdicts have an interval", AT(BOOL, pp_comparison, workers_sure)},
    {.name = "workers_moved", .help = "by more than chance explains", AT(BOOL, pp_comparison, workers_moved)},
    {.name = "cases",
     .help = "those that both have",
     AT(LIST, pp_comparison, cases),
     .count_offset = offsetof(struct pp_comparison, case_count),
     .size = sizeof(struct pp_case_change),
     .of = case_shape},
    END};

json_t *pp_comparison_json(const struct pp_comparison *comparison) {
    return pp_shape_write(comparison_shape, comparison);
}

static int write_json(const struct pp_comparison *comparison, const struct pp_terminal *terminal, FILE *out) {
    (void)terminal;
    json_t *document = pp_comparison_json(comparison);
    char *text = pp_json_text(document, PP_JSON_WIDTH);
    json_decref(document);
    if (!text)
        return -ENOMEM;
    fprintf(out, "%s\n", text);
    free(text);
    return 0;
}

const struct pp_compare_format pp_compare_formats[] = {
    {.name = "table", .write = write_table}, {.name = "json", .write = write_json}, {.name = NULL}};
