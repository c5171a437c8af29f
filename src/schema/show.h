/* A JSON value in an error message. */
#ifndef PP_SCHEMA_SHOW_H
#define PP_SCHEMA_SHOW_H

#include <jansson.h>

/* Held by value; as compact JSON, cut with "..." after about 40 bytes. */
struct pp_shown {
    char text[48];
};

/* When there is no memory, as much as could be written, and "...". */
struct pp_shown pp_json_show(const json_t *value);

#endif
