#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A config of usual size fits into one block, next to the C library's own header in a 4 KiB page. */
enum { BLOCK_BYTES = 4000 };

struct pp_arena_block {
    struct pp_arena_block *next;
    size_t used, bytes;
    alignas(max_align_t) unsigned char data[];
};

static struct pp_arena_block *add_block(struct pp_arena *arena, size_t least) {
    size_t bytes = least > BLOCK_BYTES ? least : BLOCK_BYTES;
    if (bytes > SIZE_MAX - sizeof(struct pp_arena_block))
        return NULL;
    struct pp_arena_block *block = calloc(1, sizeof *block + bytes);
    if (!block)
        return NULL;
    *block = (struct pp_arena_block){.next = arena->blocks, .bytes = bytes};
    arena->blocks = block;
    return block;
}

void *pp_arena_alloc(struct pp_arena *arena, size_t bytes) {
    const size_t unit = alignof(max_align_t);
    if (bytes > SIZE_MAX - unit)
        return NULL;
    bytes = bytes ? (bytes + unit - 1) / unit * unit : unit;
    struct pp_arena_block *block = arena->blocks;
    if (!block || block->bytes - block->used < bytes)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    void *memory = block->data + block->used;
    block->used += bytes;
    return memory;
}

void *pp_arena_array(struct pp_arena *arena, size_t count, size_t item_bytes) {
    if (item_bytes && count > SIZE_MAX / item_bytes)
        return NULL;
    return pp_arena_alloc(arena, count * item_bytes);
}

char *pp_arena_copy(struct pp_arena *arena, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? pp_arena_alloc(arena, length + 1) : NULL;
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void pp_arena_release(struct pp_arena *arena) {
    while (arena->blocks) {
        struct pp_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
