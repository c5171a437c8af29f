#include "config/load.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "schema/config.h"
#include "schema/json_build.h"
#include "schema/json_value.h"

static json_t *args_to_json(const struct pp_config *config) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < config->args_given; i++) {
        const struct pp_field *field = &config->task->args[i];
        pp_json_push(list, pp_value_to_json(field, pp_value_load(field, config->args)), &bad);
    }
    return pp_json_unless(bad, list);
}

/* Of iterations and precision one is given; max_time belongs to the latter. */
static bool has_meaning(const struct pp_config *config, const struct pp_field *field) {
    size_t without =
        config->precision > 0.0 ? offsetof(struct pp_config, iterations) : offsetof(struct pp_config, max_time_s);
    return field->type == PP_JSON || field->offset != without;
}

static json_t *config_to_json(const struct pp_config *config) {
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        if (has_meaning(config, field))
            pp_json_put(object, field->name,
                        field->type == PP_JSON ? args_to_json(config)
                                               : pp_value_to_json(field, pp_value_load(field, config)),
                        &bad);
    return pp_json_unless(bad, object);
}

static json_t *parsed_again(const char *text) { return text ? json_loads(text, 0, NULL) : NULL; }

/* 0.8 shall read 0.8 and not 0.80000000000000004: the fewest digits from which the same numbers are read back.
 * Seventeen always do. */
static char *shortest(const json_t *object) {
    for (size_t digits = 15; digits < 17; digits++) {
        char *text = json_dumps(object, JSON_REAL_PRECISION(digits));
        json_t *again = parsed_again(text);
        int equal = json_equal(again, object);
        json_decref(again);
        if (equal)
            return text;
        free(text);
    }
    return json_dumps(object, JSON_REAL_PRECISION(17));
}

char *pp_config_dump(const struct pp_config *config) {
    json_t *object = config_to_json(config);
    char *text = object ? shortest(object) : NULL;
    json_decref(object);
    return text;
}
