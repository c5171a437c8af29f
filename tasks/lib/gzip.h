/* gzip files, a block at a time with zlib. */
#ifndef PPTEST_LIB_GZIP_H
#define PPTEST_LIB_GZIP_H

#include <stdbool.h>
#include <stddef.h>

/* Do these bytes begin as a gzip member does? */
static inline bool pp_gzip_begins(const unsigned char *bytes, size_t count) {
    return count >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

#ifdef PP_HAVE_ZLIB

#include <zlib.h>

#include "lib/tmpfile.h"
#include "pptest/input.h"

enum { PP_GZIP_UNPACKED_BYTES = 1 << 30 }; /* as much as pp_input_read reads */

/* What is called of zlib. Plain values, so it may be copied. */
struct pp_zlib {
    __typeof__(deflateInit2_) *deflate_init;
    __typeof__(deflate) *deflate;
    __typeof__(deflateEnd) *deflate_end;
    __typeof__(inflateInit2_) *inflate_init;
    __typeof__(inflate) *inflate;
    __typeof__(inflateReset) *inflate_reset;
    __typeof__(inflateEnd) *inflate_end;
    __typeof__(zlibVersion) *version;
};

/* Two blocks for what goes in and what comes out; the caller's. */
struct pp_gzip_blocks {
    unsigned char *in, *out;
    unsigned bytes; /* of each */
};

/* For a task's `prepare`; see pp_library_load. */
int pp_zlib_load(struct pp_zlib *zlib, struct pp_error *error);

/* A task's `library_version`. */
int pp_zlib_version(char *text, size_t size);

/* Reads `from` to its end and writes it to `to` as one gzip member; level: 0 to 9. */
int pp_gzip_compress(const struct pp_zlib *zlib, struct pp_tmpfile *from, struct pp_tmpfile *to, int level,
                     const struct pp_gzip_blocks *blocks, struct pp_error *error);

/* The way back. Returns -EBADMSG when `from` is not one whole gzip member with the right check sum. */
int pp_gzip_decompress(const struct pp_zlib *zlib, struct pp_tmpfile *from, struct pp_tmpfile *to,
                       const struct pp_gzip_blocks *blocks, struct pp_error *error);

/* Puts what a gzip file in memory has in it in its place: `file->bytes` and `file->count` change, on success only. It
 * may be of several members, one after another (RFC 1952, section 2.2), as pigz and `cat a.gz b.gz` make them. Returns
 * 0, -ENOMEM, -EBADMSG when it is not whole gzip members with the right check sums, and something in them, and nothing
 * else, or -EFBIG when all of them have more in them than any input may have (PP_GZIP_UNPACKED_BYTES). */
int pp_gzip_unpack(const struct pp_zlib *zlib, struct pp_input *file, struct pp_error *error);

#endif
#endif
