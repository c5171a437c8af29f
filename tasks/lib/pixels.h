/* How far two pictures lie apart. */
#ifndef PPTEST_LIB_PIXELS_H
#define PPTEST_LIB_PIXELS_H

#include <stddef.h>
#include <stdint.h>

struct pp_pixels_difference {
    unsigned max; /* largest absolute difference */
    uint64_t sum; /* of all absolute differences */
    size_t first; /* where the largest is met first; `count` when nothing differs */
};

struct pp_pixels_difference pp_pixels_compare(const uint8_t *a, const uint8_t *b, size_t count);

#endif
