/* What tasks write into files: random bytes, or text; and a checksum that is faster than the files are. */
#ifndef PPTEST_LIB_PAYLOAD_H
#define PPTEST_LIB_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

enum pp_payload {
    PP_PAYLOAD_RANDOM, /* nothing compresses it */
    PP_PAYLOAD_TEXT    /* words, spaces and lines; compresses about three to one */
};

/* The words of a config for them, in the order above, ended by NULL. */
extern const char *const pp_payload_names[];

/* Bytes that depend on kind, seed and count alone. */
void pp_payload_fill(enum pp_payload kind, uint64_t seed, void *bytes, size_t count);

/* A running checksum of a stream: Fletcher's sums, modulo 2^64, in eight lanes. It notices any one changed word, and
 * words that changed places. Starts as {0}. */
struct pp_checksum {
    uint64_t sums[8], sums_of_sums[8], bytes;
};

/* Adds a block. Streams compare equal only when they were cut into the same blocks. */
void pp_checksum_add(struct pp_checksum *checksum, const void *bytes, size_t count);
uint64_t pp_checksum_value(const struct pp_checksum *checksum);

#endif
