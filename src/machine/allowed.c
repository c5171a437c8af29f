#include "machine/allowed.h"

#include <stdlib.h>
#include <string.h>

#include "machine/reading.h"

enum { WORD_BITS = 64, WORDS = PP_ALLOWED_CPUS / WORD_BITS };

bool pp_allowed_has(const struct pp_allowed *allowed, unsigned long cpu) {
    return cpu < PP_ALLOWED_CPUS && (allowed->words[cpu / WORD_BITS] >> cpu % WORD_BITS & 1) != 0;
}

unsigned pp_allowed_count(const struct pp_allowed *allowed) {
    unsigned count = 0;
    for (unsigned i = 0; i < WORDS; i++)
        count += (unsigned)__builtin_popcountll(allowed->words[i]);
    return count;
}

/* A list as the kernel writes it: "0-3,8". */
static void parse_list(const char *list, struct pp_allowed *allowed) {
    while (*list >= '0' && *list <= '9') {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (unsigned long cpu = first; cpu <= last && cpu < PP_ALLOWED_CPUS; cpu++)
            allowed->words[cpu / WORD_BITS] |= UINT64_C(1) << cpu % WORD_BITS;
        list = *end == ',' ? end + 1 : end;
    }
}

void pp_allowed_read(const char *root, struct pp_allowed *allowed) {
    static const char key[] = "\nCpus_allowed_list:\t";
    char text[PP_READING_BYTES];
    pp_reading_text(root, "/proc/self/status", text, sizeof text);
    const char *list = strstr(text, key);
    *allowed = (struct pp_allowed){0};
    if (list)
        parse_list(list + sizeof key - 1, allowed);
    if (pp_allowed_count(allowed) == 0)
        memset(allowed, 0xff, sizeof *allowed);
}
