#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes that a first byte announces, 0 for one that cannot stand first. */
static size_t announced(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first < 0xc2) /* a continuation, or an overlong form of ASCII */
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

/* The second byte's range is narrower after four of the first bytes: RFC 3629 section 4. */
static bool second_fits(unsigned char first, unsigned char second) {
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
}

size_t pp_utf8_length(const char *text, size_t left) {
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = left ? announced(bytes[0]) : 0;
    if (length > left || (length > 1 && !second_fits(bytes[0], bytes[1])))
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

size_t pp_utf8_prefix(const char *text, size_t length) {
    size_t good = 0;
    while (good < length) {
        size_t one = pp_utf8_length(text + good, length - good);
        if (!one)
            break;
        good += one;
    }
    return good;
}
