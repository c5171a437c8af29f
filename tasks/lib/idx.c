#include "lib/idx.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/gzip.h"
#include "pptest/memory.h"

enum { HEAD_BYTES = 4, SIZE_BYTES = 4, TYPE_BYTE = 8 };

static size_t big32(const unsigned char *bytes) {
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

static int check_head(const struct pp_input *file, size_t dimensions, struct pp_error *error) {
    const unsigned char *bytes = file->bytes;
    size_t before = HEAD_BYTES + SIZE_BYTES * dimensions;
    if (file->count < before)
        return pp_error_set(error, -EINVAL,
                            "%s: found %zu bytes, expected at least the %zu at the beginning of an IDX file of %zu "
                            "dimensions",
                            file->path, file->count, before, dimensions);
    if (bytes[0] == 0 && bytes[1] == 0 && bytes[2] == TYPE_BYTE && bytes[3] == dimensions)
        return 0;
    return pp_error_set(error, -EINVAL,
                        "%s: begins with %02x %02x %02x %02x, expected 00 00 %02x %02zx: an IDX file of bytes with "
                        "%zu dimension%s (idx%zu-ubyte)",
                        file->path, bytes[0], bytes[1], bytes[2], bytes[3], TYPE_BYTE, dimensions, dimensions,
                        dimensions == 1 ? "" : "s", dimensions);
}

int pp_idx_parse(struct pp_idx *idx, const struct pp_input *file, size_t dimensions, struct pp_error *error) {
    struct pp_idx found = {.dimensions = dimensions, .count = 1};
    unsigned char *bytes = file->bytes;
    int status = check_head(file, dimensions, error);
    if (status)
        return status;
    size_t before = HEAD_BYTES + SIZE_BYTES * dimensions;
    for (size_t i = 0; i < dimensions; i++) {
        found.sizes[i] = big32(bytes + HEAD_BYTES + SIZE_BYTES * i);
        if (found.sizes[i] == 0)
            return pp_error_set(error, -EINVAL, "%s: size %zu of its %zu is 0, expected at least 1", file->path, i + 1,
                                dimensions);
        if (__builtin_mul_overflow(found.count, found.sizes[i], &found.count))
            return pp_error_set(error, -EINVAL, "%s: its sizes are of more values than any file has", file->path);
    }
    if (found.count != file->count - before)
        return pp_error_set(error, -EINVAL, "%s: found %zu bytes of values, expected %zu for its sizes%s", file->path,
                            file->count - before, found.count,
                            found.count > file->count - before ? ": is it cut off?" : "");
    found.values = bytes + before;
    *idx = found;
    return 0;
}

#ifdef PP_HAVE_ZLIB
static int unpack(struct pp_input *file, struct pp_error *error) {
    struct pp_zlib zlib;
    int status = pp_zlib_load(&zlib, error);
    return status ? status : pp_gzip_unpack(&zlib, file, error);
}
#else
static int unpack(struct pp_input *file, struct pp_error *error) {
    return pp_error_set(error, -ENOTSUP,
                        "%s: is packed with gzip, and this program was built without zlib; unpack it (gunzip) and name "
                        "the file that comes out",
                        file->path);
}
#endif

static int share(struct pp_idx *idx, const char *path, struct pp_error *error) {
    unsigned char *values = pp_shared_alloc(idx->count);
    if (!values)
        return pp_error_set(error, -ENOMEM, "%s: no memory for its %zu values", path, idx->count);
    idx->values = memcpy(values, idx->values, idx->count);
    return 0;
}

int pp_idx_load(struct pp_idx *idx, const struct pp_env *env, const char *name, size_t dimensions,
                struct pp_error *error) {
    struct pp_input file;
    struct pp_idx found = {0};
    int status = pp_input_read(env, name, "IDX", &file, error);
    if (status)
        return status;
    if (pp_gzip_begins(file.bytes, file.count))
        status = unpack(&file, error);
    if (!status)
        status = pp_idx_parse(&found, &file, dimensions, error);
    if (found.values) /* it could be taken apart */
        status = share(&found, file.path, error);
    if (!status)
        *idx = found;
    pp_input_release(&file);
    return status;
}

void pp_idx_release(struct pp_idx *idx) {
    if (idx->values)
        pp_shared_free(idx->values, idx->count);
    *idx = (struct pp_idx){0};
}
