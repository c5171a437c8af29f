#include "lib/gzip.h"

#ifdef PP_HAVE_ZLIB

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "pptest/library.h"

enum {
    GZIP_WINDOW_BITS = 15 + 16, /* zlib's largest window; 16 more: gzip's header and trailer */
    MEMORY_LEVEL = 8,           /* zlib's default, which the gzip program uses too */
    USUAL_RATIO = 4             /* of what is unpacked to what was packed, to begin with */
};

/* The second name comes with the development package. */
static const char *const names[] = {"libz.so.1", "libz.so", NULL};

static const struct pp_library_symbol symbols[] = {{"deflateInit2_", offsetof(struct pp_zlib, deflate_init)},
                                                   {"deflate", offsetof(struct pp_zlib, deflate)},
                                                   {"deflateEnd", offsetof(struct pp_zlib, deflate_end)},
                                                   {"inflateInit2_", offsetof(struct pp_zlib, inflate_init)},
                                                   {"inflate", offsetof(struct pp_zlib, inflate)},
                                                   {"inflateReset", offsetof(struct pp_zlib, inflate_reset)},
                                                   {"inflateEnd", offsetof(struct pp_zlib, inflate_end)},
                                                   {"zlibVersion", offsetof(struct pp_zlib, version)},
                                                   {0}};

static const struct pp_library library = {
    .title = "zlib",
    .names = names,
    .symbols = symbols,
    .suspicion = "is it too old?",
    .install = "install the package zlib1g (Debian, Ubuntu) or zlib (Fedora, Arch, Alpine), or choose another task"};

int pp_zlib_load(struct pp_zlib *zlib, struct pp_error *error) { return pp_library_load(&library, zlib, error); }

int pp_zlib_version(char *text, size_t size) {
    struct pp_zlib zlib;
    int status = pp_zlib_load(&zlib, NULL);
    return status ? status : snprintf(text, size, "%s", zlib.version());
}

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

static int start_failed(const struct pp_zlib *zlib, int code, struct pp_error *error) {
    if (code == Z_MEM_ERROR)
        return pp_error_set(error, -ENOMEM, "no memory for zlib's window; use fewer workers");
    return pp_error_set(error, -EINVAL, "zlib %s cannot be started (its error %d)", zlib->version(), code);
}

int pp_gzip_compress(const struct pp_zlib *zlib, struct pp_tmpfile *from, struct pp_tmpfile *to, int level,
                     const struct pp_gzip_blocks *blocks, struct pp_error *error) {
    z_stream stream = {0};
    int code = zlib->deflate_init(&stream, level, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY,
                                  ZLIB_VERSION, (int)sizeof stream);
    if (code != Z_OK)
        return start_failed(zlib, code, error);
    set_out(&stream, blocks);
    bool ended = false;
    int status = 0;
    while (!status && code != Z_STREAM_END) {
        status = feed(&stream, from, blocks, &ended, error);
        if (status)
            break;
        code = zlib->deflate(&stream, ended ? Z_FINISH : Z_NO_FLUSH);
        if (stream.avail_out == 0 || code == Z_STREAM_END)
            status = drain(&stream, to, blocks, error);
        if (!status && code == Z_STREAM_ERROR)
            status = pp_error_set(error, -EINVAL, "zlib cannot compress %s", from->path);
    }
    zlib->deflate_end(&stream);
    return status;
}

/* Why inflate stopped before the end of its stream; 0: it only wants more input or room. */
static int inflate_problem(const z_stream *stream, int code, bool ended, const struct pp_tmpfile *from,
                           struct pp_error *error) {
    if (code == Z_MEM_ERROR)
        return pp_error_set(error, -ENOMEM, "no memory for zlib's window; use fewer workers");
    if (code != Z_OK && code != Z_BUF_ERROR)
        return pp_error_set(error, -EBADMSG, "%s cannot be decompressed: %s", from->path,
                            stream->msg ? stream->msg : "not what zlib expects");
    if (ended && stream->avail_in == 0 && stream->avail_out > 0)
        return pp_error_set(error, -EBADMSG, "%s cannot be decompressed: it ends too early", from->path);
    return 0;
}

static int inflate_all(const struct pp_zlib *zlib, z_stream *stream, struct pp_tmpfile *from, struct pp_tmpfile *to,
                       const struct pp_gzip_blocks *blocks, struct pp_error *error) {
    bool ended = false;
    int code = Z_OK;
    while (code != Z_STREAM_END) {
        int status = feed(stream, from, blocks, &ended, error);
        if (status)
            return status;
        code = zlib->inflate(stream, Z_NO_FLUSH);
        if (code != Z_STREAM_END)
            status = inflate_problem(stream, code, ended, from, error);
        if (!status && (stream->avail_out == 0 || code == Z_STREAM_END))
            status = drain(stream, to, blocks, error);
        if (status)
            return status;
    }
    if (stream->avail_in == 0)
        return 0;
    return pp_error_set(error, -EBADMSG, "%s has something after the end of its gzip data", from->path);
}

int pp_gzip_decompress(const struct pp_zlib *zlib, struct pp_tmpfile *from, struct pp_tmpfile *to,
                       const struct pp_gzip_blocks *blocks, struct pp_error *error) {
    z_stream stream = {0};
    int code = zlib->inflate_init(&stream, GZIP_WINDOW_BITS, ZLIB_VERSION, (int)sizeof stream);
    if (code != Z_OK)
        return start_failed(zlib, code, error);
    set_out(&stream, blocks);
    int status = inflate_all(zlib, &stream, from, to, blocks, error);
    zlib->inflate_end(&stream);
    return status;
}

/* Memory that grows while what comes out of a stream is written to it. */
struct growing {
    unsigned char *bytes;
    size_t count, room;
};

static int grow(struct growing *to, size_t room, const char *path, struct pp_error *error) {
    if (room > PP_GZIP_UNPACKED_BYTES)
        room = PP_GZIP_UNPACKED_BYTES;
    if (room == to->room)
        return pp_error_set(error, -EFBIG, "%s: unpacks to more than %d bytes, the most that an input may have", path,
                            PP_GZIP_UNPACKED_BYTES);
    unsigned char *bytes = realloc(to->bytes, room);
    if (!bytes)
        return pp_error_set(error, -ENOMEM, "%s: no memory to unpack it (%zu bytes)", path, room);
    to->bytes = bytes;
    to->room = room;
    return 0;
}

static int unpack_member(const struct pp_zlib *zlib, z_stream *stream, struct growing *to, const char *path,
                         struct pp_error *error) {
    int code = Z_OK, status = 0;
    while (!status && code != Z_STREAM_END) {
        stream->next_out = to->bytes + to->count;
        stream->avail_out = (uInt)(to->room - to->count);
        code = zlib->inflate(stream, Z_NO_FLUSH);
        to->count = to->room - stream->avail_out;
        if (code == Z_MEM_ERROR)
            status = pp_error_set(error, -ENOMEM, "%s: no memory for zlib's window", path);
        else if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END)
            status = pp_error_set(error, -EBADMSG, "%s: cannot be unpacked: %s", path,
                                  stream->msg ? stream->msg : "not what zlib expects");
        else if (code != Z_STREAM_END && stream->avail_out == 0)
            status = grow(to, 2 * to->room, path, error);
        else if (code != Z_STREAM_END)
            status = pp_error_set(
                error, -EBADMSG,
                "%s: cannot be unpacked: it ends too early; expected a whole file: copy or pack it again", path);
    }
    return status;
}

static int unpack_all(const struct pp_zlib *zlib, z_stream *stream, struct growing *to, const char *path,
                      struct pp_error *error) {
    int status = unpack_member(zlib, stream, to, path, error);
    while (!status && pp_gzip_begins(stream->next_in, stream->avail_in)) {
        zlib->inflate_reset(stream);
        status = unpack_member(zlib, stream, to, path, error);
    }
    if (!status && stream->avail_in > 0)
        status = pp_error_set(error, -EBADMSG,
                              "%s: has %u bytes after the end of its gzip data, expected none, or another gzip member; "
                              "pack it again",
                              path, stream->avail_in);
    if (!status && to->count == 0)
        status = pp_error_set(error, -EBADMSG, "%s: has nothing in it", path);
    return status;
}

int pp_gzip_unpack(const struct pp_zlib *zlib, struct pp_input *file, struct pp_error *error) {
    z_stream stream = {.next_in = file->bytes, .avail_in = (uInt)file->count};
    struct growing to = {0};
    int code = zlib->inflate_init(&stream, GZIP_WINDOW_BITS, ZLIB_VERSION, (int)sizeof stream);
    if (code != Z_OK)
        return start_failed(zlib, code, error);
    int status = grow(&to, USUAL_RATIO * file->count, file->path, error);
    if (!status)
        status = unpack_all(zlib, &stream, &to, file->path, error);
    zlib->inflate_end(&stream);
    if (status) {
        free(to.bytes);
        return status;
    }
    free(file->bytes);
    file->bytes = to.bytes;
    file->count = to.count;
    return 0;
}

#else
typedef int pp_zlib_is_missing; /* ISO C wants something in every file */
#endif
