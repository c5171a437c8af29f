/* Quick looks at many bytes. */
#ifndef PPTEST_LIB_PIXELS_H
#define PPTEST_LIB_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* A number that changes, as good as certainly, when any byte does. Not for cryptography. */
uint64_t pp_pixels_hash(const uint8_t *bytes, size_t count);

struct pp_pixels_difference {
    unsigned max; /* largest absolute difference */
    uint64_t sum; /* of all absolute differences */
    size_t first; /* where the largest is met first; `count` when nothing differs */
};

struct pp_pixels_difference pp_pixels_compare(const uint8_t *a, const uint8_t *b, size_t count);

#endif
