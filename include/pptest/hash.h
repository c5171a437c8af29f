/* A quick look at many bytes: a number that changes, as good as certainly, when any of them does. Not for cryptography.
 */
#ifndef PPTEST_HASH_H
#define PPTEST_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes are taken in by blocks of this many. */
enum { PP_HASH_BLOCK = 128 };

uint64_t pp_hash_bytes(const void *bytes, size_t count);

/* The same bytes part by part: begin, add any number of times, end. */
struct pp_hash {
    uint32_t lanes[PP_HASH_BLOCK / sizeof(uint32_t)];
    unsigned char rest[PP_HASH_BLOCK];
    uint64_t count; /* bytes so far */
};

void pp_hash_begin(struct pp_hash *hash);
/* `count`: a multiple of PP_HASH_BLOCK, but for the last part. */
void pp_hash_add(struct pp_hash *hash, const void *bytes, size_t count);
uint64_t pp_hash_end(struct pp_hash *hash);

#ifdef __cplusplus
}
#endif

#endif
