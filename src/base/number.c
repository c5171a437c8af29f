#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t pp_number_text(double value, char *text, size_t size) {
    char digits[PP_NUMBER_BYTES];
    for (int precision = DBL_DIG; precision <= DBL_DECIMAL_DIG; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    return (size_t)snprintf(text, size, "%s", digits);
}

/* %g would round what has more digits, and give it an exponent; what rounds up to that has them too. */
struct pp_figure pp_figure_of(double value, int digits) {
    struct pp_figure figure;
    double size = fabs(value), whole = pow(10.0, digits);
    bool is_whole = size >= whole - 0.5 && size < 1e9 - 0.5;
    if (is_whole)
        snprintf(figure.text, sizeof figure.text, "%.0f", value);
    else
        snprintf(figure.text, sizeof figure.text, "%.*g", digits, value);
    return figure;
}

/* Bounds lie where rounding would need another digit: 999.6 ms is written 1.00 s. */
void pp_duration_text(double seconds, char *text, size_t size) {
    static const struct {
        double least;
        double per_unit;
        const char *unit;
    } units[] = {{0.9995, 1.0, "s"}, {0.9995e-3, 1e3, "ms"}, {0.9995e-6, 1e6, "us"}, {0.0, 1e9, "ns"}};
    size_t i = 0;
    while (i + 1 < sizeof units / sizeof units[0] && seconds < units[i].least)
        i++;
    double value = seconds * units[i].per_unit;
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, size, "%.*f %s", decimals, value, units[i].unit);
}

const char *pp_plural(uint64_t count, const char *ending) { return count == 1 ? "" : ending; }
