#include "base/unforked.h"

#include <sys/mman.h>

void *pp_unforked_alloc(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    madvise(memory, bytes, MADV_DONTFORK); /* refused, it only costs time */
    return memory;
}

void pp_unforked_free(void *memory, size_t bytes) {
    if (memory)
        munmap(memory, bytes);
}
