#include "base/aligned.h"

#include <stdlib.h>
#include <string.h>

static const size_t line_bytes = 64;

void *pp_aligned_zeroed(size_t bytes) {
    size_t whole = (bytes / line_bytes + 1) * line_bytes;
    void *memory = aligned_alloc(line_bytes, whole);
    return memory ? memset(memory, 0, whole) : NULL;
}
