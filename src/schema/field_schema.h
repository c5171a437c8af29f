/* The JSON Schema of one field. */
#ifndef PP_SCHEMA_FIELD_SCHEMA_H
#define PP_SCHEMA_FIELD_SCHEMA_H

#include <jansson.h>

#include "pptest/field.h"

/* A new reference to {"description", "type" …, "default"}, in the words of draft-07; NULL when there is no memory. */
json_t *pp_field_schema(const struct pp_field *field);

/* The field's default, as one would write it in a config. */
json_t *pp_field_schema_default(const struct pp_field *field);

#endif
