#include "config/load.h"

#include "base/fields.h"
#include "schema/config.h"
#include "schema/json_build.h"
#include "schema/json_text.h"
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

char *pp_config_dump(const struct pp_config *config) {
    json_t *object = config_to_json(config);
    char *text = pp_json_text(object, 0);
    json_decref(object);
    return text;
}
