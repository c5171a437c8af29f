/* Rows of shapes (schema/shape.h), in short. */
#ifndef PP_RESULT_SHAPE_ROWS_H
#define PP_RESULT_SHAPE_ROWS_H

#include "schema/shape.h"

#include <stddef.h>

/* A row: its type, and where the member is. */
#define AT(kind, owner, member)      .type = PP_SHAPE_##kind, .offset = offsetof(struct owner, member)
#define CHARS(owner, member)         AT(CHARS, owner, member), .size = sizeof(((struct owner *)0)->member)
#define WORD(owner, member, list)    AT(WORD, owner, member), .words = (list)
#define WORDS(owner, member, list)   AT(WORDS, owner, member), .words = (list)
#define OBJECT(owner, member, shape) AT(OBJECT, owner, member), .of = (shape)
#define LIST(owner, member, count, shape)                                                                              \
    AT(LIST, owner, member), .count_offset = offsetof(struct owner, count),                                            \
                             .size = sizeof(*((struct owner *)0)->member), .of = (shape)
#define ARRAY(owner, member, count, shape)                                                                             \
    AT(ARRAY, owner, member),                                                                                          \
        .count_offset = offsetof(struct owner, count), .size = sizeof(((struct owner *)0)->member[0]),                 \
        .max = sizeof(((struct owner *)0)->member) / sizeof(((struct owner *)0)->member[0]), .of = (shape)
#define END                                                                                                            \
    { .name = NULL }

/* struct pp_machine's. */
extern const struct pp_shape pp_machine_shape[];

#endif
