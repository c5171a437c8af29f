/* The answer of enhance.h once more, slowly: double precision, straight from the definitions, sharing no code with what
 * it checks. */
#ifndef PPTEST_LIB_ENHANCE_REFERENCE_H
#define PPTEST_LIB_ENHANCE_REFERENCE_H

#include "lib/picture.h"

/* Writes 3 * side * side bytes. Takes about 60 ms for the largest. Returns 0 or -ENOMEM. */
int pp_enhance_reference(const struct pp_picture *picture, uint8_t *answer);

#endif
