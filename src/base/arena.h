/* Memory that is given back all at once: for the many small pieces that live and die together. */
#ifndef PP_BASE_ARENA_H
#define PP_BASE_ARENA_H

#include <stddef.h>

struct pp_arena_block;

/* {0} is empty. Not to be copied while in use. */
struct pp_arena {
    struct pp_arena_block *blocks; /* the newest first */
};

/* `bytes` of zeroed memory, aligned for any type; a pointer of its own even for 0. NULL when there is no memory. */
void *pp_arena_alloc(struct pp_arena *arena, size_t bytes);

/* The same for an array of `count` items, NULL too when the product is too large for a size_t. */
void *pp_arena_array(struct pp_arena *arena, size_t count, size_t item_bytes);

/* A copy of the first `length` bytes of `text`, ended by NUL. NULL when there is no memory. */
char *pp_arena_copy(struct pp_arena *arena, const char *text, size_t length);

/* Frees everything; the arena is empty again and may be reused. */
void pp_arena_release(struct pp_arena *arena);

#endif
