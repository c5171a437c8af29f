#include "analysis/warnings.h"

#include "base/arena.h"
#include "base/number.h"
#include "result/result.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* More than this the parts of a pass must not miss of the whole. */
static const double unaccounted_max = 0.01;

struct list {
    struct pp_arena *arena;
    const char **items;
    size_t count, room;
    int status;
};

static void add(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct list *list, const char *format, ...) {
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *copy = pp_arena_copy(list->arena, text, strlen(text));
    if (copy && list->count < list->room)
        list->items[list->count++] = copy;
    if (!copy)
        list->status = -ENOMEM;
}

/* `precision`: 0 where none was asked for, or the run is not over. */
static void about_case(struct list *list, const struct pp_case_result *each, double precision) {
    if (each->counted == 0)
        return;
    char words[160];
    if (each->total.unstable && each->counted > 1) {
        char least[24], most[24];
        pp_duration_text(each->total.min, least, sizeof least);
        pp_duration_text(each->total.max, most, sizeof most);
        add(list, "%s: the passes differ widely (%s to %s); more of them, or a quieter machine, would help", each->name,
            least, most);
    }
    if (pp_words_precision(&each->total, precision, words, sizeof words) > 0)
        add(list, "%s: %s", each->name, words);
    if (pp_pass_too_short(each->total.min))
        add(list, "%s: a pass takes less than 1 ms; a larger task_count would tell more", each->name);
    if (each->disturbed > 0)
        add(list, "%s: %zu of %zu pass%s %s disturbed", each->name, each->disturbed, each->counted,
            pp_plural(each->counted, "es"), each->disturbed == 1 ? "was" : "were");
    if (each->failed > 0)
        add(list, "%s: %llu task%s failed; its times are not compared with others", each->name,
            (unsigned long long)each->failed, pp_plural(each->failed, "s"));
    if (pp_words_loop(each->loop_blocked, each->workers, words, sizeof words) > 0)
        add(list, "%s: %s", each->name, words);
    if (each->unaccounted > unaccounted_max)
        add(list, "%s: %.1f %% of the workers' time is not accounted for", each->name, 100.0 * each->unaccounted);
}

static void about_all(struct list *list, const struct pp_result *result) {
    for (size_t i = 0; i < result->case_count; i++)
        if (result->cases[i].counted > 0 && result->cases[i].timed_together) {
            add(list, "tasks are too short for the clock to time one by one: they are timed many together");
            return;
        }
}

enum { WARNINGS_OF_ALL = 1, WARNINGS_PER_CASE = 7 };

int pp_analysis_warnings(struct pp_result *result, struct pp_arena *arena) {
    struct list list = {.arena = arena,
                        .room = result->warning_count + WARNINGS_OF_ALL + WARNINGS_PER_CASE * result->case_count};
    list.items = pp_arena_array(arena, list.room, sizeof *list.items);
    if (!list.items)
        return -ENOMEM;
    for (; list.count < result->warning_count; list.count++)
        list.items[list.count] = result->warnings[list.count];
    double precision = result->complete ? result->precision : 0.0;
    about_all(&list, result);
    for (size_t i = 0; i < result->case_count; i++)
        about_case(&list, &result->cases[i], precision);
    result->warnings = list.items;
    result->warning_count = list.count;
    return list.status;
}
