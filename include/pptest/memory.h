/* Memory for tasks. */
#ifndef PPTEST_MEMORY_H
#define PPTEST_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A block that grows and is reused from task to task; {0} is empty. Its contents do not survive growing. */
struct pp_buffer {
    void *data;   /* aligned to 64 bytes */
    size_t bytes; /* room at data */
};

/* Makes room for at least `bytes`; does nothing when there is room already. Returns 0 or -ENOMEM (buffer unchanged). */
int pp_buffer_reserve(struct pp_buffer *buffer, size_t bytes);
void pp_buffer_release(struct pp_buffer *buffer);

/* For inputs that `prepare` loads: memory mapped shared, whose page tables fork does not copy, so that starting workers
 * costs the same however large the input is. Zeroed. NULL when there is no memory. Free with the same size. */
void *pp_shared_alloc(size_t bytes);
void pp_shared_free(void *memory, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
