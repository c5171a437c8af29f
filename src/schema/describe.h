/* Field rows in words: for help, and for what an error message expects. */
#ifndef PP_SCHEMA_DESCRIBE_H
#define PP_SCHEMA_DESCRIBE_H

#include <stddef.h>

#include "pptest/field.h"

/* Writes "integer >= 1, default 10, in MB" into the `size` bytes at `text`: kind and bounds, then the default or
 * "required", then the unit. Returns the length as snprintf does. */
size_t pp_field_describe(const struct pp_field *field, char *text, size_t size);

/* The same in parts: "integer >= 1"; and "10", the default as JSON, nothing where there is none. */
size_t pp_field_kind(const struct pp_field *field, char *text, size_t size);
size_t pp_field_default(const struct pp_field *field, char *text, size_t size);

/* Writes "an integer >= 1" or `"fork", "spawn", "forkserver" or null`, to follow "expected ". Returns the length as
 * snprintf does. */
size_t pp_field_expect(const struct pp_field *field, char *text, size_t size);

/* The same for one item of a list or one end of a pair: "an integer from 6 to 20". */
size_t pp_field_expect_item(const struct pp_field *field, char *text, size_t size);

#endif
