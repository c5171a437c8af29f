/* What a result file holds, described once: writing it, its JSON Schema and reading it back follow from this table. */
#ifndef PP_RESULT_SHAPES_H
#define PP_RESULT_SHAPES_H

#include "schema/shape.h"

/* The name and version of the format. A reader may ignore members that it does not know: they can be added without
 * another version. */
#define PP_RESULT_SCHEMA "pptest-result/1"

/* Of struct pp_result. */
extern const struct pp_shape pp_result_shape[];

/* The JSON Schema of a result file, as a new reference; NULL when there is no memory. */
json_t *pp_result_json_schema(void);

#endif
