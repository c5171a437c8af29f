/* Shapes: structs that are written as JSON, described once. From one table follow what is written, its JSON Schema, and
 * reading it back with errors that name their place. Fields (pptest/field.h) describe what people write; shapes
 * describe what programs do. */
#ifndef PP_SCHEMA_SHAPE_H
#define PP_SCHEMA_SHAPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/problems.h"

/* What a member is in C, and in JSON. */
enum pp_shape_type {
    PP_SHAPE_NUMBER,   /* double: a number; null when it is not finite */
    PP_SHAPE_COUNT,    /* uint64_t: an integer >= 0 */
    PP_SHAPE_SIZE,     /* size_t: an integer >= 0 */
    PP_SHAPE_UNSIGNED, /* unsigned: an integer >= 0 */
    PP_SHAPE_BOOL,     /* bool */
    PP_SHAPE_TEXT,     /* const char *: a string; null for NULL */
    PP_SHAPE_CHARS,    /* char[size]: a string */
    PP_SHAPE_WORD,  /* an enum, as int: the one of `words` that it is the index of; null, and -1 when read, for none */
    PP_SHAPE_WORDS, /* unsigned, a set of bits: those of `words` whose bit is set */
    PP_SHAPE_INTERVAL, /* struct pp_interval: [low, high]; null when it is not known or has no end */
    PP_SHAPE_OBJECT,   /* a struct in this one, described by `of` */
    PP_SHAPE_ARRAY,    /* an array in this struct, of `max` structs of `size` bytes; an unsigned at count_offset */
    PP_SHAPE_LIST,     /* a pointer to structs of `size` bytes; a size_t at count_offset */
    PP_SHAPE_TEXTS,    /* a pointer to const char *; a size_t at count_offset */
    PP_SHAPE_PAIRS,    /* a pointer to pairs of uint64_t; a size_t at count_offset: [[a, b], …] */
    PP_SHAPE_SHORTS,   /* a pointer to uint16_t; a size_t at count_offset: [a, b, …] */
    PP_SHAPE_JSON      /* json_t *, borrowed: any object; what is read belongs to the document that it was read from */
};

struct pp_shape {
    const char *name; /* of the member in JSON; a row without ends the table */
    const char *unit; /* "s", "bytes"; NULL for none */
    const char *help; /* one line, no full stop */
    enum pp_shape_type type;
    size_t offset, count_offset, size, max;
    const char *const *words;  /* ended by NULL */
    const struct pp_shape *of; /* members of an object, or of each item */
    bool later;                /* joined later: what is read may lack it, and it stays as it is */
};

/* A new reference to the struct at `base` as a JSON object; NULL when there is no memory. Bytes that are not UTF-8
 * appear as \xNN. */
json_t *pp_shape_write(const struct pp_shape *shape, const void *base);

/* A new reference to the JSON Schema of what is written; NULL when there is no memory. Members that it does not name
 * are allowed: a newer program may write them. */
json_t *pp_shape_schema(const struct pp_shape *shape);

struct pp_shape_reader {
    const char *file; /* for problems */
    struct pp_arena *arena;
    struct pp_problems *problems;
};

/* Fills the struct at `base`, which is zeroed, from `value`, found at `place` ("" for the document). Every member of
 * the table that did not join later must be there; others are ignored. Texts and lists live in the arena. Returns 0;
 * -EINVAL with everything that is wrong listed (as far as that goes, `base` is filled all the same); -ENOMEM. */
int pp_shape_read(const struct pp_shape_reader *reader, const struct pp_shape *shape, const char *place,
                  const json_t *value, void *base);

#endif
