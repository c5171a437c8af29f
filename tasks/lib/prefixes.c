#include "lib/prefixes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pptest/rng.h"

#define INLINE static inline __attribute__((always_inline))

enum {
    DIRECT_LONGEST = 3, /* 18,278 counters fit into a core's own caches; one letter more, 26 times as many, do not */
    OF_ONE = 26,
    UP_TO_TWO = OF_ONE + 26 * 26,
    UP_TO_THREE = UP_TO_TWO + 26 * 26 * 26
};

/* Four words so that the counters are aligned. */
struct pp_prefix_head {
    uint64_t magic, longest, words;
    uint64_t hashed; /* entries in use */
};

#define MAGIC UINT64_C(0x7070707265666978)

static const uint64_t power[PP_PREFIX_LONGEST + 1] = {
    1, 26, 676, 17576, 456976, 11881376, 308915776, UINT64_C(8031810176), UINT64_C(208827064576)};

static size_t direct_count(unsigned longest) {
    static const size_t counts[] = {0, OF_ONE, UP_TO_TWO, UP_TO_THREE};
    return counts[longest < DIRECT_LONGEST ? longest : DIRECT_LONGEST];
}

static size_t bytes_before_entries(unsigned longest) {
    return sizeof(struct pp_prefix_head) + direct_count(longest) * sizeof(uint64_t);
}

/* Letters of a key, 0 for a number that is none. */
static unsigned length_of(uint64_t key) {
    for (unsigned n = 1; n <= PP_PREFIX_LONGEST; n++)
        if (key >= power[n] && key < 2 * power[n])
            return n;
    return 0;
}

static size_t direct_start(unsigned length) { return direct_count(length - 1); }

/* ---- memory ---- */

/* For `room` entries, all of it touched: not while words are counted. NULL: there is no memory. */
static char *block_new(unsigned longest, size_t room) {
    size_t before = bytes_before_entries(longest);
    if (room > (SIZE_MAX - before) / sizeof(struct pp_prefix_entry))
        return NULL;
    size_t bytes = before + room * sizeof(struct pp_prefix_entry);
    char *block = malloc(bytes);
    return block ? memset(block, 0, bytes) : NULL;
}

static struct pp_prefixes in_block(char *block, unsigned longest, size_t room) {
    return (struct pp_prefixes){.longest = longest,
                                .head = (struct pp_prefix_head *)block,
                                .direct = (uint64_t *)(block + sizeof(struct pp_prefix_head)),
                                .entries = (struct pp_prefix_entry *)(block + bytes_before_entries(longest)),
                                .room = room};
}

int pp_prefixes_open(struct pp_prefixes *prefixes, unsigned longest) {
    enum { FIRST_ROOM = 4096 };
    size_t room = longest > DIRECT_LONGEST ? FIRST_ROOM : 0;
    char *block = block_new(longest, room);
    if (!block)
        return -ENOMEM;
    *prefixes = in_block(block, longest, room);
    prefixes->head->magic = MAGIC;
    prefixes->head->longest = longest;
    return 0;
}

void pp_prefixes_close(struct pp_prefixes *prefixes) {
    free(prefixes->head);
    *prefixes = (struct pp_prefixes){0};
}

/* There is room, so the search ends. */
INLINE void add_entry(struct pp_prefixes *prefixes, uint64_t key, uint64_t count) {
    size_t mask = prefixes->room - 1, at = pp_mix64(key) & mask;
    struct pp_prefix_entry *entries = prefixes->entries;
    while (entries[at].key != key && entries[at].key != 0)
        at = (at + 1) & mask;
    prefixes->head->hashed += entries[at].key == 0;
    entries[at].key = key;
    entries[at].count += count;
}

static size_t usable(size_t room) { return room / 4 * 3; /* then searches stay short */ }

static int reserve_entries(struct pp_prefixes *prefixes, uint64_t more) {
    uint64_t wanted = prefixes->head->hashed + more;
    size_t room = prefixes->room;
    if (wanted <= usable(room))
        return 0;
    while (usable(room) < wanted && room <= SIZE_MAX / 2)
        room *= 2;
    char *block = usable(room) >= wanted ? block_new(prefixes->longest, room) : NULL;
    if (!block)
        return -ENOMEM;
    const struct pp_prefixes smaller = *prefixes;
    *prefixes = in_block(block, smaller.longest, room);
    memcpy(prefixes->head, smaller.head, bytes_before_entries(smaller.longest));
    prefixes->head->hashed = 0;
    for (size_t i = 0; i < smaller.room; i++)
        if (smaller.entries[i].key != 0)
            add_entry(prefixes, smaller.entries[i].key, smaller.entries[i].count);
    free(smaller.head);
    return 0;
}

int pp_prefixes_reserve(struct pp_prefixes *prefixes, size_t words) {
    if (prefixes->longest <= DIRECT_LONGEST)
        return 0;
    return reserve_entries(prefixes, (uint64_t)words * (prefixes->longest - DIRECT_LONGEST));
}

/* ---- counting ---- */

/* `direct`: how many of the lengths have counters of their own, known when this is compiled. */
INLINE uint64_t count_words(struct pp_prefixes *prefixes, const struct pp_words *words, unsigned direct) {
    uint64_t *one = prefixes->direct, *two = one + OF_ONE, *three = one + UP_TO_TWO, sum = 0;
    const char *word = words->text;
    for (size_t i = 0; i < words->count; i++, word += words->word_bytes) {
        uint64_t key = (uint64_t)(word[0] - 'a');
        one[key]++;
        if (direct > 1) {
            key = key * 26 + (uint64_t)(word[1] - 'a');
            two[key]++;
        }
        if (direct > 2) {
            key = key * 26 + (uint64_t)(word[2] - 'a');
            three[key]++;
        }
        key += power[direct];
        for (unsigned n = direct; direct == DIRECT_LONGEST && n < prefixes->longest; n++) {
            key = key * 26 + (uint64_t)(word[n] - 'a');
            add_entry(prefixes, key, 1);
        }
        sum += key;
    }
    prefixes->head->words += words->count;
    return sum;
}

uint64_t pp_prefixes_count(struct pp_prefixes *prefixes, const struct pp_words *words) {
    switch (prefixes->longest) {
    case 1:
        return count_words(prefixes, words, 1);
    case 2:
        return count_words(prefixes, words, 2);
    default:
        return count_words(prefixes, words, 3);
    }
}

uint64_t pp_prefixes_words(const struct pp_prefixes *prefixes) { return prefixes->head->words; }

static const struct pp_prefix_entry *find_entry(const struct pp_prefixes *prefixes, uint64_t key) {
    size_t mask = prefixes->room - 1, at = pp_mix64(key) & mask;
    while (prefixes->entries[at].key != key && prefixes->entries[at].key != 0)
        at = (at + 1) & mask;
    return &prefixes->entries[at];
}

uint64_t pp_prefixes_of(const struct pp_prefixes *prefixes, uint64_t key) {
    unsigned length = length_of(key);
    if (length == 0 || length > prefixes->longest)
        return 0;
    if (length <= DIRECT_LONGEST)
        return prefixes->direct[direct_start(length) + key - power[length]];
    return find_entry(prefixes, key)->count;
}

/* ---- parts ---- */

struct pp_part pp_prefixes_part(struct pp_prefixes *prefixes) {
    size_t used = 0;
    for (size_t i = 0; i < prefixes->room; i++)
        if (prefixes->entries[i].key != 0)
            prefixes->entries[used++] = prefixes->entries[i];
    prefixes->room = used; /* no hash table any more */
    return (struct pp_part){.bytes = prefixes->head,
                            .count = bytes_before_entries(prefixes->longest) + used * sizeof(struct pp_prefix_entry)};
}

/* What a part says, where that makes sense. */
struct content {
    const struct pp_prefix_head *head;
    const uint64_t *direct;
    const struct pp_prefix_entry *entries;
};

static bool read_head(const struct pp_part *part, unsigned longest, struct content *content) {
    size_t before = bytes_before_entries(longest), entry = sizeof(struct pp_prefix_entry);
    const struct pp_prefix_head *head = part->bytes;
    *content = (struct content){.head = head};
    if (part->count < before || head->magic != MAGIC || head->longest != longest)
        return false;
    content->direct = (const uint64_t *)(head + 1);
    content->entries = (const struct pp_prefix_entry *)((const char *)head + before);
    return (part->count - before) % entry == 0 && head->hashed == (part->count - before) / entry;
}

/* Counts by length: each length has all words. */
static int check_sums(const struct content *content, struct pp_error *error) {
    uint64_t sums[PP_PREFIX_LONGEST + 1] = {0};
    unsigned longest = (unsigned)content->head->longest;
    for (unsigned n = 1; n <= longest && n <= DIRECT_LONGEST; n++)
        for (size_t i = 0; i < power[n]; i++)
            sums[n] += content->direct[direct_start(n) + i];
    for (uint64_t i = 0; i < content->head->hashed; i++) {
        unsigned length = length_of(content->entries[i].key);
        if (length <= DIRECT_LONGEST || length > longest)
            return pp_error_set(error, -EBADMSG, "%" PRIu64 " is no prefix of %d to %u letters",
                                content->entries[i].key, DIRECT_LONGEST + 1, longest);
        sums[length] += content->entries[i].count;
    }
    for (unsigned n = 1; n <= longest; n++)
        if (sums[n] != content->head->words)
            return pp_error_set(error, -EBADMSG,
                                "%" PRIu64 " prefixes of length %u were counted, but %" PRIu64 " words", sums[n], n,
                                content->head->words);
    return 0;
}

int pp_prefixes_merge(struct pp_prefixes *prefixes, const struct pp_part *part, struct pp_error *error) {
    struct content content;
    if (!read_head(part, prefixes->longest, &content))
        return pp_error_set(error, -EBADMSG, "its %zu bytes are no counts of prefixes of up to %u letters", part->count,
                            prefixes->longest);
    int status = check_sums(&content, error);
    if (status != 0)
        return status;
    status = reserve_entries(prefixes, content.head->hashed);
    if (status != 0)
        return pp_error_set(error, status, "no memory for %" PRIu64 " more prefixes", content.head->hashed);
    for (size_t i = 0; i < direct_count(prefixes->longest); i++)
        prefixes->direct[i] += content.direct[i];
    for (uint64_t i = 0; i < content.head->hashed; i++)
        add_entry(prefixes, content.entries[i].key, content.entries[i].count);
    prefixes->head->words += content.head->words;
    return 0;
}

/* ---- the whole ---- */

/* Calls `take` for each prefix that was met. */
INLINE void for_each(const struct pp_prefixes *prefixes, void (*take)(void *to, uint64_t key, uint64_t count),
                     void *to) {
    for (unsigned n = 1; n <= prefixes->longest && n <= DIRECT_LONGEST; n++)
        for (size_t i = 0; i < power[n]; i++)
            if (prefixes->direct[direct_start(n) + i] > 0)
                take(to, power[n] + i, prefixes->direct[direct_start(n) + i]);
    for (size_t i = 0; i < prefixes->room; i++)
        if (prefixes->entries[i].key != 0)
            take(to, prefixes->entries[i].key, prefixes->entries[i].count);
}

/* Sums over all prefixes of a length of a random number for each prefix times its count, and the same with the number
 * of the prefix that is one letter shorter: equal for two lengths, but for a chance of 2^-64, only where the counts of
 * each prefix are. */
struct sums {
    uint64_t words[PP_PREFIX_LONGEST + 1], own[PP_PREFIX_LONGEST + 1], shorter[PP_PREFIX_LONGEST + 1];
};

static void add_to_sums(void *to, uint64_t key, uint64_t count) {
    struct sums *sums = to;
    unsigned length = length_of(key);
    sums->words[length] += count;
    sums->own[length] += count * pp_mix64(key);
    sums->shorter[length] += count * pp_mix64(key / 26);
}

int pp_prefixes_check(const struct pp_prefixes *prefixes, struct pp_error *error) {
    struct sums sums = {{0}, {0}, {0}};
    uint64_t words = prefixes->head->words;
    for_each(prefixes, add_to_sums, &sums);
    for (unsigned n = 1; n <= prefixes->longest; n++) {
        if (sums.words[n] != words)
            return pp_error_set(error, -EBADMSG,
                                "%" PRIu64 " prefixes of length %u were counted, but %" PRIu64 " words", sums.words[n],
                                n, words);
        if (n > 1 && sums.shorter[n] != sums.own[n - 1])
            return pp_error_set(error, -EBADMSG,
                                "the counts of prefixes of length %u do not add up to those of length %u", n, n - 1);
    }
    return 0;
}

struct digest {
    uint64_t value, often;
};

static void add_to_digest(void *to, uint64_t key, uint64_t count) {
    struct digest *digest = to;
    if (count > digest->often)
        digest->value += pp_mix2(key, count);
}

uint64_t pp_prefixes_digest(const struct pp_prefixes *prefixes, uint64_t often) {
    struct digest digest = {.often = often};
    for_each(prefixes, add_to_digest, &digest);
    return digest.value;
}
