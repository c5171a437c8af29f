/* The known word that a mistyped one was most likely meant to be. */
#ifndef PP_BASE_NEAREST_H
#define PP_BASE_NEAREST_H

#include <stddef.h>

/* A search under way; start it with {.word = WORD}. */
struct pp_nearest {
    const char *word; /* what was typed */
    const char *best; /* the nearest word offered so far, NULL while none is near */
    size_t distance;  /* of `best` */
};

/* Offers one known word, which must outlive the search. Near are words that about a third of the letters separates:
 * one letter inserted, left out or exchanged, or two neighbours swapped, count 1 each (the restricted form of the
 * distance of Damerau, 1964); upper and lower case are the same. Among equally near words the first one stays. */
void pp_nearest_offer(struct pp_nearest *search, const char *known);

#endif
