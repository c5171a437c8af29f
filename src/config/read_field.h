/* JSON values into struct members, row by row, with every check that a row describes. */
#ifndef PP_CONFIG_READ_FIELD_H
#define PP_CONFIG_READ_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/problems.h"
#include "pptest/field.h"

/* What reading a config needs everywhere. */
struct pp_reader {
    const char *file;             /* for problems, as it was named */
    const char *dir;              /* its folder, second place where files are looked for */
    struct pp_arena *arena;       /* strings and lists live here */
    struct pp_problems *problems; /* gets everything that is wrong */
};

/* Reads `value`, found at `place`, into the member of the struct at `base` that `field` describes. null and "auto"
 * store the default where the row allows them; nothing is stored for PP_JSON.
 * Returns 0; -EINVAL with every problem of the value listed; -ENOMEM. The member is unchanged unless it returns 0. */
int pp_field_read(const struct pp_reader *reader, const struct pp_field *field, const char *place, const json_t *value,
                  void *base);

/* Lists that the key at `place` is none of those `fields` that `may_be` there (NULL: all may), with the one that may
 * have been meant. Returns -EINVAL or -ENOMEM. */
int pp_field_refuse_key(const struct pp_reader *reader, const struct pp_field *fields,
                        bool (*may_be)(const struct pp_field *field), const char *place, const char *key);

/* Is that an integer, however JSON writes it (10, 10.0 and 1e1 are one, as for JSON Schema), and no further from 0 than
 * PP_INT_MAX? Then it is in *whole. */
bool pp_json_whole(const json_t *value, int64_t *whole);

/* Of two results that both count, the one to return: no memory before wrong before right. */
int pp_worse(int one, int other);

#endif
