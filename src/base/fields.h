/* What field rows say about a struct's members: finding rows, and moving values in and out. */
#ifndef PP_BASE_FIELDS_H
#define PP_BASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "pptest/field.h"

/* The row of that name, NULL when there is none. `fields` may be NULL: no rows. */
const struct pp_field *pp_field_find(const struct pp_field *fields, const char *name);

/* Number of rows before the one that ends the table. `fields` may be NULL. */
size_t pp_field_count(const struct pp_field *fields);

/* Is an array of these arguments the list that is the only one of them (PP_FIELD_REST)? */
bool pp_fields_are_rest(const struct pp_field *fields);

/* The member of the struct at `base` that `field` describes; all zero for PP_JSON. Lists and strings are shared. */
union pp_value pp_value_load(const struct pp_field *field, const void *base);

/* Writes it; a NULL string becomes "". Nothing is written for PP_JSON. */
void pp_value_store(const struct pp_field *field, void *base, union pp_value value);

/* True when `value` could not be written as itself, being out of bounds or an empty list that must not be empty: it is
 * the default behind "auto" (PP_FIELD_AUTO) or null (PP_FIELD_NULL). Numbers and lists only. */
bool pp_value_is_special(const struct pp_field *field, union pp_value value);

#endif
