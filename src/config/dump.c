#include "config/load.h"

#include "base/fields.h"
#include "schema/config.h"
#include "schema/json_build.h"
#include "schema/json_text.h"
#include "schema/json_value.h"

#include <string.h>

static void put_fields(json_t *object, const struct pp_field *fields, const void *base, int *bad);

static json_t *field_to_json(const struct pp_field *field, const void *base) {
    if (field->type != PP_OBJECT)
        return pp_value_to_json(field, pp_value_load(field, base));
    json_t *object = json_object();
    int bad = !object;
    put_fields(object, field->of, base, &bad);
    return pp_json_unless(bad, object);
}

static void put_fields(json_t *object, const struct pp_field *fields, const void *base, int *bad) {
    for (const struct pp_field *field = fields; field->name; field++)
        pp_json_put(object, field->name, field_to_json(field, base), bad);
}

static json_t *runner_to_json(const struct pp_config *config, const struct pp_sweep *runner) {
    struct pp_config copy = *config;
    copy.sweep = *runner;
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_field *field = pp_config_fields; field->name; field++)
        if (pp_config_is_swept(field))
            pp_json_put(object, field->name, field_to_json(field, &copy), &bad);
    return pp_json_unless(bad, object);
}

static json_t *runners_to_json(const struct pp_config *config) {
    json_t *list = json_array();
    int bad = !list;
    for (size_t i = 0; i < config->runner_count; i++)
        pp_json_push(list, runner_to_json(config, &config->runners[i]), &bad);
    return pp_json_unless(bad, list);
}

/* Of iterations and precision one is given; max_time belongs to the latter. With runners, what is swept stands there.
 */
static bool has_meaning(const struct pp_config *config, const struct pp_field *field) {
    size_t without =
        config->precision > 0.0 ? offsetof(struct pp_config, iterations) : offsetof(struct pp_config, max_time_s);
    if (pp_config_is_swept(field))
        return config->runner_count == 0;
    return field->type == PP_JSON || field->offset != without;
}

static json_t *config_to_json(const struct pp_config *config) {
    json_t *object = json_object();
    int bad = !object;
    for (const struct pp_field *field = pp_config_fields; field->name; field++) {
        if (!has_meaning(config, field))
            continue;
        if (strcmp(field->name, "task_args") == 0)
            pp_json_put(object, field->name, pp_args_to_json(config->task->args, config->args, config->args_given),
                        &bad);
        else if (field->type != PP_JSON)
            pp_json_put(object, field->name, field_to_json(field, config), &bad);
        else if (config->runner_count > 0)
            pp_json_put(object, field->name, runners_to_json(config), &bad);
    }
    return pp_json_unless(bad, object);
}

char *pp_config_dump(const struct pp_config *config) {
    json_t *object = config_to_json(config);
    char *text = pp_json_text(object, 0);
    json_decref(object);
    return text;
}
