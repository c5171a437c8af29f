/* How often each prefix of some words was met: the first letter, the first two, … up to a longest.
 *
 * Up to three letters each prefix has a counter of its own, found by its letters; longer ones are in a hash table. All
 * lies in one block of memory, so that it can be handed to another process as it is. */
#ifndef PP_TASKS_PREFIXES_H
#define PP_TASKS_PREFIXES_H

#include <stddef.h>
#include <stdint.h>

#include "pptest/task.h"

enum { PP_PREFIX_LONGEST = 8 };

/* A prefix of n letters as a number: 26^n and its letters as the digits of a number, "a" being 0. Without its last
 * letter it is the 26th part of that. */
static inline uint64_t pp_prefix_key(const char *letters, unsigned count) {
    uint64_t key = 1;
    for (unsigned i = 0; i < count; i++)
        key = key * 26 + (uint64_t)(letters[i] - 'a');
    return key;
}

struct pp_prefix_entry {
    uint64_t key, count; /* key 0: none */
};

struct pp_prefixes {
    unsigned longest;
    struct pp_prefix_head *head; /* the block; NULL: closed */
    uint64_t *direct;            /* counters of up to three letters, by length and then by letters */
    struct pp_prefix_entry *entries;
    size_t room; /* entries: a power of two, or 0 */
};

/* Begins with nothing met, for prefixes of up to `longest` letters (1 … PP_PREFIX_LONGEST). Returns 0 or -ENOMEM. */
int pp_prefixes_open(struct pp_prefixes *prefixes, unsigned longest);
void pp_prefixes_close(struct pp_prefixes *prefixes); /* {0} is accepted */

/* Makes room for the prefixes of so many more words. Returns 0, or -ENOMEM with nothing changed. */
int pp_prefixes_reserve(struct pp_prefixes *prefixes, size_t words);

/* Words of `word_bytes` (>= longest) letters a … z, one after the other, without anything between them. */
struct pp_words {
    const char *text;
    size_t count, word_bytes;
};

/* Counts the prefixes of words, for which there is room. Returns the sum of the keys of their longest prefixes. */
uint64_t pp_prefixes_count(struct pp_prefixes *prefixes, const struct pp_words *words);

/* Words met so far. */
uint64_t pp_prefixes_words(const struct pp_prefixes *prefixes);

/* How often a prefix was met, by its key. */
uint64_t pp_prefixes_of(const struct pp_prefixes *prefixes, uint64_t key);

/* All that was counted, as bytes in the block. Nothing but closing and asking for them once more is allowed
 * afterwards. */
struct pp_part pp_prefixes_part(struct pp_prefixes *prefixes);

/* Adds what such bytes say. Returns 0, -ENOMEM, or -EBADMSG with words, when they cannot be such bytes, and nothing
 * changed. */
int pp_prefixes_merge(struct pp_prefixes *prefixes, const struct pp_part *part, struct pp_error *error);

/* Do the counts agree with each other? For each length they add up to the words, and those of all prefixes that differ
 * in their last letter alone to that of the one without it. Returns 0, or -EBADMSG with words. */
int pp_prefixes_check(const struct pp_prefixes *prefixes, struct pp_error *error);

/* A digest of all prefixes that were met more than `often` times, with their counts. */
uint64_t pp_prefixes_digest(const struct pp_prefixes *prefixes, uint64_t often);

#endif
