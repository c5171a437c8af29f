/* gzip files, a block at a time with zlib. */
#ifndef PPTEST_LIB_GZIP_H
#define PPTEST_LIB_GZIP_H

#include "lib/tmpfile.h"

/* Two blocks for what goes in and what comes out; the caller's. */
struct pp_gzip_blocks {
    unsigned char *in, *out;
    unsigned bytes; /* of each */
};

/* Reads `from` to its end and writes it to `to` as one gzip member; level: 0 to 9. */
int pp_gzip_compress(struct pp_tmpfile *from, struct pp_tmpfile *to, int level, const struct pp_gzip_blocks *blocks,
                     struct pp_error *error);

/* The way back. Returns -EBADMSG when `from` is not one whole gzip member with the right check sum. */
int pp_gzip_decompress(struct pp_tmpfile *from, struct pp_tmpfile *to, const struct pp_gzip_blocks *blocks,
                       struct pp_error *error);

#endif
