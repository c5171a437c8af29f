#include "stats/quantile.h"

#include <math.h>
#include <stdint.h>

enum { FEW = 12 }; /* up to here insertion is faster than partition */

static void swap(double *a, double *b) {
    double kept = *a;
    *a = *b;
    *b = kept;
}

static void insert_each(double *values, size_t count) {
    for (size_t i = 1; i < count; i++) {
        double value = values[i];
        size_t place = i;
        for (; place > 0 && values[place - 1] > value; place--)
            values[place] = values[place - 1];
        values[place] = value;
    }
}

/* The median of the first, middle and last value: orders that are met in practice, sorted ones above all, must not
 * split off one value at a time. */
static double pivot_of(double *values, size_t count) {
    double *first = values, *middle = values + count / 2, *last = values + count - 1;
    if (*middle < *first)
        swap(middle, first);
    if (*last < *middle)
        swap(last, middle);
    if (*middle < *first)
        swap(middle, first);
    return *middle;
}

/* Puts values into two groups, none of the first greater than any of the second, and returns the size of the first,
 * 1 to count - 1. Values equal to the pivot are spread over both, so that equal values split evenly. */
static size_t partition(double *values, size_t count) {
    double pivot = pivot_of(values, count);
    size_t low = 0, high = count - 1;
    for (;;) {
        while (values[low] < pivot)
            low++;
        while (values[high] > pivot)
            high--;
        if (low >= high)
            return low;
        swap(&values[low++], &values[high--]);
    }
}

void pp_sort_values(double *values, size_t count) {
    while (count > FEW) {
        size_t lower = partition(values, count), upper = count - lower;
        /* The smaller group by recursion, so that its depth stays below log2(count). */
        if (lower < upper) {
            pp_sort_values(values, lower);
            values += lower;
            count = upper;
        } else {
            pp_sort_values(values + lower, upper);
            count = lower;
        }
    }
    insert_each(values, count);
}

double pp_quantile_sorted(const double *sorted, size_t count, double share) {
    if (count == 0)
        return NAN;
    double place = share * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    double part = place - (double)below;
    return (1 - part) * sorted[below] + part * sorted[below + 1];
}

/* Puts the value that sorting would put at `rank` there, none greater before it and none smaller behind it. */
static void select_rank(double *values, size_t count, size_t rank) {
    while (count > FEW) {
        size_t lower = partition(values, count);
        if (rank < lower) {
            count = lower;
        } else {
            values += lower;
            count -= lower;
            rank -= lower;
        }
    }
    insert_each(values, count);
}

double pp_median_select(double *values, size_t count) {
    if (count == 0)
        return NAN;
    size_t middle = count / 2;
    select_rank(values, count, middle);
    if (count % 2 == 1)
        return values[middle];
    double below = values[0];
    for (size_t i = 1; i < middle; i++)
        below = fmax(below, values[i]);
    return below + (values[middle] - below) / 2;
}
