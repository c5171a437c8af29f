/* Numbers as text that reads back as the same number. */
#ifndef PP_BASE_NUMBER_H
#define PP_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Room for every double: sign, 17 digits, point, "e-308", NUL. */
enum { PP_NUMBER_BYTES = 32 };

/* Writes the finite `value` with the fewest significant digits of 15, 16 and 17 from which strtod makes the same double
 * (17 always do, 15 for every decimal that has no more: C17 5.2.4.2.2, DBL_DECIMAL_DIG and DBL_DIG), without
 * zeros at the end: 0.8, 2, 1e+21. The "C" locale is taken for granted. Returns the length as snprintf does. */
size_t pp_number_text(double value, char *text, size_t size);

/* The ending of a word for `count` things: `ending`, "" for one. */
const char *pp_plural(uint64_t count, const char *ending);

#endif
