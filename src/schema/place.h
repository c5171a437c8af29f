/* Places in a JSON document, as errors name them: JSON pointers (RFC 6901), "--set KEY" in front when a value came from
 * the command line. */
#ifndef PP_SCHEMA_PLACE_H
#define PP_SCHEMA_PLACE_H

#include <stddef.h>

/* Held by value; a key that is too long to be shown is cut. */
struct pp_place {
    char text[256];
};

/* A key below `parent` ("" is the whole config): /workers, escaped. */
struct pp_place pp_place_key(const char *parent, const char *key);

/* An item of the array at `parent`: /workers/0. */
struct pp_place pp_place_item(const char *parent, size_t index);

/* A whole value given as --set KEY=JSON. */
struct pp_place pp_place_set(const char *key);

#endif
