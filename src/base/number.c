#include "base/number.h"

#include <float.h>
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

const char *pp_plural(uint64_t count, const char *ending) { return count == 1 ? "" : ending; }
