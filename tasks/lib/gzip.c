#include "lib/gzip.h"

#ifdef PP_HAVE_ZLIB

#include <errno.h>
#include <stdbool.h>
#include <zlib.h>

enum {
    GZIP_WINDOW_BITS = 15 + 16, /* zlib's largest window; 16 more: gzip's header and trailer */
    MEMORY_LEVEL = 8            /* zlib's default, which the gzip program uses too */
};

/* The next block of input, when the one before is used up. Sets `ended` at the end of the file. */
static int feed(z_stream *stream, struct pp_tmpfile *from, const struct pp_gzip_blocks *blocks, bool *ended,
                struct pp_error *error) {
    if (stream->avail_in > 0 || *ended)
        return 0;
    long got = pp_tmpfile_read(from, blocks->in, blocks->bytes, error);
    if (got < 0)
        return (int)got;
    *ended = (unsigned long)got < blocks->bytes;
    stream->next_in = blocks->in;
    stream->avail_in = (uInt)got;
    return 0;
}

static void set_out(z_stream *stream, const struct pp_gzip_blocks *blocks) {
    stream->next_out = blocks->out;
    stream->avail_out = blocks->bytes;
}

/* Makes room for output; what is there goes to the file. */
static int drain(z_stream *stream, struct pp_tmpfile *to, const struct pp_gzip_blocks *blocks, struct pp_error *error) {
    size_t bytes = blocks->bytes - stream->avail_out;
    set_out(stream, blocks);
    return bytes > 0 ? pp_tmpfile_write(to, blocks->out, bytes, error) : 0;
}

static int start_failed(int status, struct pp_error *error) {
    if (status == Z_MEM_ERROR)
        return pp_error_set(error, -ENOMEM, "no memory for zlib's window; use fewer workers");
    return pp_error_set(error, -EINVAL, "zlib %s cannot be started (its error %d)", zlibVersion(), status);
}

int pp_gzip_compress(struct pp_tmpfile *from, struct pp_tmpfile *to, int level, const struct pp_gzip_blocks *blocks,
                     struct pp_error *error) {
    z_stream stream = {0};
    int zlib = deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);
    if (zlib != Z_OK)
        return start_failed(zlib, error);
    set_out(&stream, blocks);
    bool ended = false;
    int status = 0;
    while (!status && zlib != Z_STREAM_END) {
        status = feed(&stream, from, blocks, &ended, error);
        if (status)
            break;
        zlib = deflate(&stream, ended ? Z_FINISH : Z_NO_FLUSH);
        if (stream.avail_out == 0 || zlib == Z_STREAM_END)
            status = drain(&stream, to, blocks, error);
        if (!status && zlib == Z_STREAM_ERROR)
            status = pp_error_set(error, -EINVAL, "zlib cannot compress %s", from->path);
    }
    deflateEnd(&stream);
    return status;
}

/* Why inflate stopped before the end of its stream; 0: it only wants more input or room. */
static int inflate_problem(const z_stream *stream, int zlib, bool ended, const struct pp_tmpfile *from,
                           struct pp_error *error) {
    if (zlib == Z_MEM_ERROR)
        return pp_error_set(error, -ENOMEM, "no memory for zlib's window; use fewer workers");
    if (zlib != Z_OK && zlib != Z_BUF_ERROR)
        return pp_error_set(error, -EBADMSG, "%s cannot be decompressed: %s", from->path,
                            stream->msg ? stream->msg : "not what zlib expects");
    if (ended && stream->avail_in == 0 && stream->avail_out > 0)
        return pp_error_set(error, -EBADMSG, "%s cannot be decompressed: it ends too early", from->path);
    return 0;
}

static int inflate_all(z_stream *stream, struct pp_tmpfile *from, struct pp_tmpfile *to,
                       const struct pp_gzip_blocks *blocks, struct pp_error *error) {
    bool ended = false;
    int zlib = Z_OK;
    while (zlib != Z_STREAM_END) {
        int status = feed(stream, from, blocks, &ended, error);
        if (status)
            return status;
        zlib = inflate(stream, Z_NO_FLUSH);
        if (zlib != Z_STREAM_END)
            status = inflate_problem(stream, zlib, ended, from, error);
        if (!status && (stream->avail_out == 0 || zlib == Z_STREAM_END))
            status = drain(stream, to, blocks, error);
        if (status)
            return status;
    }
    if (stream->avail_in == 0)
        return 0;
    return pp_error_set(error, -EBADMSG, "%s has something after the end of its gzip data", from->path);
}

int pp_gzip_decompress(struct pp_tmpfile *from, struct pp_tmpfile *to, const struct pp_gzip_blocks *blocks,
                       struct pp_error *error) {
    z_stream stream = {0};
    int zlib = inflateInit2(&stream, GZIP_WINDOW_BITS);
    if (zlib != Z_OK)
        return start_failed(zlib, error);
    set_out(&stream, blocks);
    int status = inflate_all(&stream, from, to, blocks, error);
    inflateEnd(&stream);
    return status;
}

#else
typedef int pp_zlib_is_missing; /* ISO C wants something in every file */
#endif
