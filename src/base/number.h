/* Numbers as text: one that reads back as the same number, and one for people. */
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

struct pp_figure {
    char text[PP_NUMBER_BYTES];
};

/* For people: `digits` significant ones, from 1 to 9, without zeros at the end, and without an exponent from 0.0001 up
 * to a thousand million: what has more digits before its point is a whole number with all of them (three digits:
 * 0.0123, 1.5, 999, 16590). Below and beyond as printf's %g does. The text lives as long as what is returned: write
 * printf("%s", pp_figure_of(value, 3).text). */
struct pp_figure pp_figure_of(double value, int digits);

/* A duration with three significant digits and a fitting unit, such as "1.25 ms"; at least 16 bytes of room. */
void pp_duration_text(double seconds, char *text, size_t size);

/* The ending of a word for `count` things: `ending`, "" for one. */
const char *pp_plural(uint64_t count, const char *ending);

#endif
