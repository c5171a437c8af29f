#include "machine/cpu_order.h"

#include <stdbool.h>
#include <stdlib.h>

static int compare_from(size_t level, const void *one, const void *other) {
    const struct pp_cpu_place *a = one, *b = other;
    while (level < PP_PLACE_LEVELS - 1 && a->at[level] == b->at[level])
        level++;
    return a->at[level] - b->at[level];
}

static int by_all(const void *one, const void *other) { return compare_from(0, one, other); }
static int by_core(const void *one, const void *other) { return compare_from(PP_PLACE_CORE, one, other); }

static void sort(struct pp_cpu_place *places, size_t count, int (*compare)(const void *, const void *)) {
    if (count > 0)
        qsort(places, count, sizeof *places, compare);
}

static void number_threads(struct pp_cpu_place *places, size_t count) {
    sort(places, count, by_core);
    for (size_t i = 0; i < count; i++) {
        bool same_core = i > 0 && places[i].at[PP_PLACE_CORE] == places[i - 1].at[PP_PLACE_CORE];
        places[i].at[PP_PLACE_THREAD] = same_core ? (uint16_t)(places[i - 1].at[PP_PLACE_THREAD] + 1) : 0;
    }
}

static bool are_together(const struct pp_cpu_place *a, const struct pp_cpu_place *b, size_t level) {
    for (size_t i = 0; i <= level; i++)
        if (a->at[i] != b->at[i])
            return false;
    return true;
}

/* Deals out what belongs together at a level: CPUs are numbered within it, and from then on that number counts before
 * the level's own: the first CPUs of all come first, then the second ones. Places must be sorted. */
static void take_turns(struct pp_cpu_place *places, size_t count, size_t level) {
    for (size_t i = count; i-- > 0;) {
        size_t first = i;
        while (first > 0 && are_together(&places[first - 1], &places[i], level))
            first--;
        for (size_t k = first; k <= i; k++) {
            places[k].at[level + 1] = places[k].at[level];
            places[k].at[level] = (uint16_t)(k - first);
        }
        i = first;
    }
    sort(places, count, by_all);
}

static void write_order(const struct pp_cpu_place *places, size_t count, uint16_t *order) {
    for (size_t i = 0; i < count; i++)
        order[i] = places[i].at[PP_PLACE_CPU];
}

void pp_cpu_orders(struct pp_cpu_place *places, size_t count, uint16_t *compact, uint16_t *scatter) {
    number_threads(places, count);
    sort(places, count, by_all);
    write_order(places, count, compact);
    for (size_t level = PP_PLACE_CACHE; level >= PP_PLACE_PACKAGE; level--)
        take_turns(places, count, level);
    write_order(places, count, scatter);
}
