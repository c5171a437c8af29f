/* Putting JSON values together when any allocation may fail: every step passes its failure on in `bad`, so that a
 * whole value may be built first and `bad` looked at once. All of them take over the references they are given. */
#ifndef PP_SCHEMA_JSON_BUILD_H
#define PP_SCHEMA_JSON_BUILD_H

#include <jansson.h>

/* Sets object[key]; `object` and `value` may be NULL, which sets *bad. */
void pp_json_put(json_t *object, const char *key, json_t *value, int *bad);

/* Appends to an array in the same manner. */
void pp_json_push(json_t *array, json_t *value, int *bad);

/* `made`, or NULL, `made` being freed, when something went wrong on the way or `made` is NULL itself. */
json_t *pp_json_unless(int bad, json_t *made);

#endif
