#include "schema/json_build.h"

void pp_json_put(json_t *object, const char *key, json_t *value, int *bad) {
    *bad |= json_object_set_new(object, key, value);
}

void pp_json_push(json_t *array, json_t *value, int *bad) { *bad |= json_array_append_new(array, value); }

json_t *pp_json_unless(int bad, json_t *made) {
    if (!bad)
        return made;
    json_decref(made);
    return NULL;
}
