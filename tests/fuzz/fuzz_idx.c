/* libFuzzer target: whatever an IDX file holds, packed with gzip or not. It is refused with a reason, or all its values
 * are in it. Seeds: corpus_idx/. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/gzip.h"
#include "lib/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds)
        abort();
}

static void parse(const struct pp_input *file, size_t dimensions) {
    struct pp_idx idx;
    struct pp_error error = {0};
    int status = pp_idx_parse(&idx, file, dimensions, &error);
    require(status == 0 || status == -EINVAL);
    require((status == 0) == (error.text[0] == '\0'));
    if (status)
        return;
    const unsigned char *end = (const unsigned char *)file->bytes + file->count;
    require(idx.count > 0 && idx.values + idx.count == end && idx.dimensions == dimensions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct pp_input file = {.path = (char *)(uintptr_t) "fuzz", .bytes = malloc(size), .count = size};
    require(file.bytes != NULL);
    memcpy(file.bytes, data, size);
#ifdef PP_HAVE_ZLIB
    struct pp_zlib zlib;
    struct pp_error error = {0};
    if (pp_zlib_load(&zlib, NULL) == 0 && data[0] == 0x1f) {
        int status = pp_gzip_unpack(&zlib, &file, &error);
        require(status == 0 || status == -EBADMSG || status == -EFBIG || status == -ENOMEM);
        require((status == 0) == (error.text[0] == '\0'));
    }
#endif
    parse(&file, 1);
    parse(&file, 3);
    free(file.bytes);
    return 0;
}
