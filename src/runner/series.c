#include "runner/series.h"

#include "base/unforked.h"

#include <errno.h>
#include <stdlib.h>

int pp_series_open(struct pp_series *series, bool lean) {
    *series = (struct pp_series){0};
    if (lean)
        return 0;
    series->times = pp_unforked_alloc(sizeof *series->times);
    series->before = pp_unforked_alloc(sizeof *series->before);
    if (!series->times || !series->before)
        return -ENOMEM;
    pp_histogram_clear(series->times);
    pp_histogram_clear(series->before);
    return 0;
}

void pp_series_close(struct pp_series *series) {
    free(series->passes);
    pp_unforked_free(series->times, sizeof *series->times);
    pp_unforked_free(series->before, sizeof *series->before);
    *series = (struct pp_series){0};
}

static bool reserve(struct pp_series *series) {
    if (series->count < series->room)
        return true;
    size_t room = series->room ? 2 * series->room : 8;
    struct pp_pass *larger = realloc(series->passes, room * sizeof *larger);
    if (!larger)
        return false;
    series->passes = larger;
    series->room = room;
    return true;
}

/* The last pass either stays, and belongs to what was before, or it is taken out again. */
static void add_times(struct pp_series *series, const struct pp_histogram *times, bool again) {
    if (again)
        *series->times = *series->before;
    else
        *series->before = *series->times;
    pp_histogram_merge(series->times, times);
}

int pp_series_add(struct pp_series *series, const struct pp_pass *pass, const struct pp_histogram *times, bool again) {
    if (!reserve(series))
        return -ENOMEM;
    if (again)
        series->passes[series->count - 1].repeated = true;
    if (series->times)
        add_times(series, times, again);
    series->passes[series->count++] = *pass;
    return 0;
}
