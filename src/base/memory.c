#include "pptest/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { ALIGNMENT_BYTES = 64 }; /* a cache line, and the widest vector */

int pp_buffer_reserve(struct pp_buffer *buffer, size_t bytes) {
    if (bytes <= buffer->bytes)
        return 0;
    if (bytes > SIZE_MAX - (ALIGNMENT_BYTES - 1))
        return -ENOMEM;
    size_t rounded = (bytes + ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    void *data = aligned_alloc(ALIGNMENT_BYTES, rounded);
    if (!data)
        return -ENOMEM;
    free(buffer->data);
    *buffer = (struct pp_buffer){.data = data, .bytes = rounded};
    return 0;
}

void pp_buffer_release(struct pp_buffer *buffer) {
    free(buffer->data);
    *buffer = (struct pp_buffer){0};
}

/* mmap refuses a length of zero; a caller with nothing to load should not have to care. */
static size_t mapped_bytes(size_t bytes) { return bytes > 0 ? bytes : 1; }

void *pp_shared_alloc(size_t bytes) {
    void *memory = mmap(NULL, mapped_bytes(bytes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void pp_shared_free(void *memory, size_t bytes) {
    if (memory)
        munmap(memory, mapped_bytes(bytes));
}
