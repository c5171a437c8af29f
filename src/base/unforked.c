#include "base/unforked.h"

#include <sys/mman.h>

static void *alloc(size_t bytes, int sharing) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, bytes, MADV_DONTFORK); /* refused, it only costs time */
    return memory;
}

void *pp_unforked_alloc(size_t bytes) { return alloc(bytes, MAP_PRIVATE); }

void *pp_unforked_alloc_aside(size_t bytes) { return alloc(bytes, MAP_SHARED); }

/* Of shared memory only the page tables forget; of private memory the contents would be gone. */
void pp_unforked_aside(void *memory, size_t bytes) { madvise(memory, bytes, MADV_DONTNEED); }

void pp_unforked_free(void *memory, size_t bytes) {
    if (memory)
        munmap(memory, bytes);
}
