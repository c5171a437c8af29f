#include "lib/names.h"

#include <stdio.h>

int pp_names_join(const struct pp_strings *names, const char *between, char *text, size_t size) {
    size_t length = 0;
    if (size > 0)
        text[0] = '\0';
    for (size_t i = 0; i < names->count; i++) {
        size_t at = length < size ? length : size;
        length += (size_t)snprintf(text + at, size - at, "%s%s", i > 0 ? between : "", names->items[i]);
    }
    return (int)length;
}
