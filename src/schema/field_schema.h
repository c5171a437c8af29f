/* The JSON Schema of one field. */
#ifndef PP_SCHEMA_FIELD_SCHEMA_H
#define PP_SCHEMA_FIELD_SCHEMA_H

#include <jansson.h>

#include "pptest/field.h"

/* A new reference to {"description", "type" …, "default"}; NULL when there is no memory. */
json_t *pp_field_schema(const struct pp_field *field);

#endif
