#include "exec/stream.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

/* Hashed and written at a time: a piece that the second level cache holds, and few system calls. */
static const size_t piece_bytes = 256 * 1024;

void pp_stream_begin(struct pp_stream *stream, void *bytes, size_t count) {
    stream->bytes = bytes;
    stream->count = count;
    stream->moved = stream->hashed = 0;
    pp_hash_begin(&stream->hash);
}

static void hash_up_to(struct pp_stream *stream, size_t end) {
    pp_hash_add(&stream->hash, stream->bytes + stream->hashed, end - stream->hashed);
    stream->hashed = end;
}

static size_t whole(const struct pp_stream *stream) { return stream->count + sizeof stream->seal; }

/* ---- writing ---- */

static void prepare_piece(struct pp_stream *stream) {
    size_t left = stream->count - stream->hashed;
    hash_up_to(stream, stream->hashed + (left < piece_bytes ? left : piece_bytes));
    if (stream->hashed == stream->count)
        stream->seal = pp_hash_end(&stream->hash);
}

static ssize_t write_some(struct pp_stream *stream, int fd) {
    if (stream->moved < stream->count)
        return write(fd, stream->bytes + stream->moved, stream->hashed - stream->moved);
    size_t sealed = stream->moved - stream->count;
    return write(fd, (const char *)&stream->seal + sealed, sizeof stream->seal - sealed);
}

int pp_stream_write(struct pp_stream *stream, int fd) {
    while (stream->moved < whole(stream)) {
        if (stream->moved == stream->hashed && stream->hashed < stream->count)
            prepare_piece(stream);
        ssize_t written = write_some(stream, fd);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) /* nothing written and no reason given would loop for ever */
            return written < 0 ? -errno : -EIO;
        stream->moved += (size_t)written;
    }
    return 0;
}

/* ---- reading ---- */

static ssize_t read_some(struct pp_stream *stream, int fd) {
    size_t data = stream->moved < stream->count ? stream->count - stream->moved : 0;
    size_t sealed = data ? 0 : stream->moved - stream->count;
    const struct iovec parts[] = {{stream->bytes + stream->moved, data},
                                  {(char *)&stream->seal + sealed, sizeof stream->seal - sealed}};
    return data ? readv(fd, parts, 2) : read(fd, parts[1].iov_base, parts[1].iov_len);
}

int pp_stream_read(struct pp_stream *stream, int fd) {
    ssize_t got;
    do
        got = read_some(stream, fd);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
        return got < 0 ? -errno : -EPIPE;
    stream->moved += (size_t)got;
    size_t there = stream->moved < stream->count ? stream->moved / PP_HASH_BLOCK * PP_HASH_BLOCK : stream->count;
    hash_up_to(stream, there);
    return stream->moved < whole(stream);
}

bool pp_stream_sound(struct pp_stream *stream) {
    return stream->moved == whole(stream) && pp_hash_end(&stream->hash) == stream->seal;
}
