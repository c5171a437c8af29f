/* A field's value as JSON. */
#ifndef PP_SCHEMA_JSON_VALUE_H
#define PP_SCHEMA_JSON_VALUE_H

#include <jansson.h>

#include "pptest/field.h"

/* A new reference to what a person would write for `value`: null or "auto" where the value stands for that
 * (pp_value_is_special), [] for PP_JSON. NULL when there is no memory or a string is not UTF-8. */
json_t *pp_value_to_json(const struct pp_field *field, union pp_value value);

/* A new reference to the first `given` arguments of the struct at `base` as an array, as a person would write them
 * (PP_FIELD_REST: the list itself). NULL when there is no memory. */
json_t *pp_args_to_json(const struct pp_field *fields, const void *base, size_t given);

/* A bound: an integer when it is whole and exact in JSON, a real otherwise. NULL when there is no memory. */
json_t *pp_number_to_json(double number);

#endif
