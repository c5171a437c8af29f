#include "plan/order.h"

#include "pptest/rng.h"

/* What `index` becomes in a seeded shuffle of 0 … count - 1 (Fisher and Yates, "Statistical tables", 1938, in
 * Durstenfeld's form), followed alone: no list is needed. */
static size_t shuffled(uint64_t seed, size_t count, size_t index) {
    struct pp_rng rng = {seed};
    for (size_t last = count - 1; last > 0; last--) {
        size_t other = (size_t)pp_rng_range(&rng, 0, (int64_t)last);
        if (index == other)
            index = last;
        else if (index == last)
            index = other;
    }
    return index;
}

/* The first row of the design: 0, 1, n - 1, 2, n - 2, … */
static size_t zigzag(size_t position, size_t count) {
    size_t step = (position + 1) / 2;
    return position % 2 ? step : (count - step) % count;
}

void pp_plan_order(uint64_t seed, uint64_t round, size_t cases, size_t *order) {
    uint64_t square = round / cases;
    size_t row = shuffled(pp_mix2(seed, square + 1), cases, (size_t)(round % cases));
    for (size_t position = 0; position < cases; position++) {
        /* Only a pair of squares, one the mirror of the other, balances an odd number of cases. */
        size_t place = square % 2 ? cases - 1 - position : position;
        size_t letter = (zigzag(place, cases) + row) % cases;
        order[position] = shuffled(seed, cases, letter);
    }
}
