#include "machine/cpuset.h"

#include <stdlib.h>

enum { WORD_BITS = 64, WORDS = PP_CPUSET_CPUS / WORD_BITS };

void pp_cpuset_add(struct pp_cpuset *set, unsigned cpu) {
    if (cpu < PP_CPUSET_CPUS)
        set->words[cpu / WORD_BITS] |= UINT64_C(1) << cpu % WORD_BITS;
}

bool pp_cpuset_has(const struct pp_cpuset *set, unsigned cpu) {
    return cpu < PP_CPUSET_CPUS && (set->words[cpu / WORD_BITS] >> cpu % WORD_BITS & 1) != 0;
}

unsigned pp_cpuset_count(const struct pp_cpuset *set) {
    unsigned count = 0;
    for (unsigned i = 0; i < WORDS; i++)
        count += (unsigned)__builtin_popcountll(set->words[i]);
    return count;
}

void pp_cpuset_keep(struct pp_cpuset *set, const struct pp_cpuset *other) {
    for (unsigned i = 0; i < WORDS; i++)
        set->words[i] &= other->words[i];
}

unsigned pp_cpuset_next(const struct pp_cpuset *set, unsigned from) {
    while (from < PP_CPUSET_CPUS && !pp_cpuset_has(set, from))
        from++;
    return from;
}

/* One number of a list. Those past the end of the set count as its end. */
static bool parse_cpu(const char **at, unsigned *cpu) {
    if (**at < '0' || **at > '9')
        return false;
    char *end;
    unsigned long number = strtoul(*at, &end, 10);
    *cpu = number < PP_CPUSET_CPUS ? (unsigned)number : PP_CPUSET_CPUS;
    *at = end;
    return true;
}

bool pp_cpuset_parse(struct pp_cpuset *set, const char *list) {
    *set = (struct pp_cpuset){0};
    while (*list && *list != '\n') {
        unsigned first, last;
        if (!parse_cpu(&list, &first))
            return false;
        last = first;
        if (*list == '-' && (list++, !parse_cpu(&list, &last)))
            return false;
        for (unsigned cpu = first; cpu <= last && cpu < PP_CPUSET_CPUS; cpu++)
            pp_cpuset_add(set, cpu);
        if (*list == ',')
            list++;
        else if (*list && *list != '\n')
            return false;
    }
    return true;
}
