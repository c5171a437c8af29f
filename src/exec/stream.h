/* A task's data on their way through a pipe: bytes whose number both ends know, and after them their hash, by which the
 * reader tells that they are those that were sent. Hashed piece by piece, while each is in the cache. */
#ifndef PP_EXEC_STREAM_H
#define PP_EXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pptest/hash.h"

struct pp_stream {
    unsigned char *bytes; /* the caller's: what is sent, or room for it */
    size_t count;         /* of them, at least 1 */
    size_t moved;         /* bytes written or read so far, those of the seal after `count` */
    size_t hashed;
    struct pp_hash hash;
    uint64_t seal; /* the hash, as sent */
};

/* Begins to move `count` bytes. */
void pp_stream_begin(struct pp_stream *stream, void *bytes, size_t count);

/* Writes until all is written. Returns 0, -EAGAIN where the descriptor does not block and the pipe is full, or another
 * -errno. */
int pp_stream_write(struct pp_stream *stream, int fd);

/* Reads once. Returns 0 when all is there, 1 when more is to come, -EAGAIN when nothing is there yet, -EPIPE at the
 * pipe's end, or another -errno. */
int pp_stream_read(struct pp_stream *stream, int fd);

/* Are the bytes that were read, all of them, those that were sent? */
bool pp_stream_sound(struct pp_stream *stream);

#endif
