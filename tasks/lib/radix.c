#include "lib/radix.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 2048 places to write to at once are about as many as first and second level caches serve well; six such digits cover
 * 64 bits, the top one with nine. */
enum {
    DIGIT_BITS = 11,
    DIGIT_COUNT = 6,
    DIGIT_VALUES = 1 << DIGIT_BITS,
    USUAL_LOWEST = 3, /* the digit to start from when the upper 33 bits (sign, exponent, 21 bits of mantissa) will do */
    INSERTION_COUNT = 64 /* below this many items insertion is faster than counting */
};

/* How many items have each value of each digit; later, where the next item of that value goes. */
struct histograms {
    size_t of[DIGIT_COUNT][DIGIT_VALUES];
};

/* An integer that orders as the double does: negative numbers count backwards, and positive ones come after them. */
static inline uint64_t key_of(double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    uint64_t negative = 0 - (bits >> 63);
    return bits ^ (negative | UINT64_C(1) << 63);
}

static inline size_t digit_of(uint64_t key, unsigned digit) { return (key >> (digit * DIGIT_BITS)) % DIGIT_VALUES; }

static inline void count_from(struct histograms *histograms, unsigned lowest, const double *reals, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t key = key_of(reals[i]);
        for (unsigned digit = lowest; digit < DIGIT_COUNT; digit++)
            histograms->of[digit][digit_of(key, digit)]++;
    }
}

static void count_digits(struct histograms *histograms, unsigned lowest, const double *reals, size_t count) {
    memset(histograms->of[lowest], 0, (DIGIT_COUNT - lowest) * sizeof histograms->of[lowest]);
    if (lowest == USUAL_LOWEST) /* a constant, so that the inner loop is unrolled: it would take longer than the rest */
        count_from(histograms, USUAL_LOWEST, reals, count);
    else
        count_from(histograms, lowest, reals, count);
}

/* Turns counts into places. Returns false when all items share one value, so that moving them is not needed. */
static bool counts_to_places(size_t *counts, size_t count) {
    size_t place = 0;
    bool several = true;
    for (size_t value = 0; value < DIGIT_VALUES; value++) {
        size_t here = counts[value];
        several = several && here != count;
        counts[value] = place;
        place += here;
    }
    return several;
}

/* Sorts by the digits from `lowest` up, the least significant first: each pass keeps the order of the one before among
 * equal digits. */
static double *sort_by_digits(double *from, double *to, size_t count, unsigned lowest) {
    struct histograms histograms;
    count_digits(&histograms, lowest, from, count);
    for (unsigned digit = lowest; digit < DIGIT_COUNT; digit++) {
        size_t *places = histograms.of[digit];
        if (!counts_to_places(places, count))
            continue;
        for (size_t i = 0; i < count; i++) {
            double real = from[i];
            to[places[digit_of(key_of(real), digit)]++] = real;
        }
        double *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Sorts with at most about `moves` moves. Returns false when they do not suffice; all items are still there then. */
static bool sort_by_insertion(double *reals, size_t count, size_t moves) {
    for (size_t i = 1; i < count; i++) {
        double real = reals[i];
        uint64_t key = key_of(real);
        size_t place = i;
        for (; place > 0 && key_of(reals[place - 1]) > key; place--)
            reals[place] = reals[place - 1];
        reals[place] = real;
        if (i - place > moves)
            return false;
        moves -= i - place;
    }
    return true;
}

double *pp_radix_sort(double *reals, double *scratch, size_t count) {
    if (count <= INSERTION_COUNT) {
        sort_by_insertion(reals, count, SIZE_MAX);
        return reals;
    }
    /* Spread evenly, 2^24 items have hardly any neighbours that agree in their upper 33 bits, so sorting by these
     * leaves little to do. Items that crowd together are sorted by all bits. */
    unsigned lowest = count <= (size_t)1 << 24 ? USUAL_LOWEST : USUAL_LOWEST - 1;
    double *sorted = sort_by_digits(reals, scratch, count, lowest);
    if (sort_by_insertion(sorted, count, 4 * count))
        return sorted;
    return sort_by_digits(sorted, sorted == reals ? scratch : reals, count, 0);
}
