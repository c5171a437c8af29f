#include "stats/holm.h"

#include <math.h>

static void sort_by_value(size_t *order, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t place = i;
        for (; place > 0 && values[order[place - 1]] > values[i]; place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
}

void pp_holm(double *p, size_t count, size_t *order) {
    sort_by_value(order, p, count);
    double least = 0.0; /* an adjusted value is never below that of a smaller p */
    for (size_t rank = 0; rank < count; rank++) {
        least = fmax(least, fmin(1.0, (double)(count - rank) * p[order[rank]]));
        p[order[rank]] = least;
    }
}
