/* Radix sort for doubles. */
#ifndef PP_TASKS_RADIX_H
#define PP_TASKS_RADIX_H

#include <stddef.h>

/* Sorts `count` doubles ascending in time proportional to `count`, whatever they are. Negative zero comes before
 * positive zero and, as in IEEE 754's totalOrder, NaNs with the sign bit set come first and the others last. `scratch`
 * has room for `count` doubles as well. Returns where the sorted doubles are: `reals` or `scratch`; the other one's
 * contents are undefined. */
double *pp_radix_sort(double *reals, double *scratch, size_t count);

#endif
