#include "app/app.h"
#include "app/say.h"

#include "result/shapes.h"
#include "schema/json_schema.h"

#include <stdlib.h>
#include <string.h>

static json_t *config_schema(void) { return pp_json_schema(pp_config_fields, pp_tasks()); }

static const struct {
    const char *name;
    json_t *(*make)(void);
} schemas[] = {{"config", config_schema}, {"result", pp_result_json_schema}};

enum { SCHEMAS = sizeof schemas / sizeof schemas[0] };

const char *pp_schema_name(size_t index) { return index < SCHEMAS ? schemas[index].name : NULL; }

static int print(json_t *schema) {
    char *text = schema ? json_dumps(schema, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(schema);
    if (!text) {
        pp_say(stderr, "error: there is not enough memory for the schema");
        return PP_EXIT_FAILED;
    }
    puts(text);
    free(text);
    return PP_EXIT_DONE;
}

int pp_command_schema(const struct pp_options *options) {
    const char *name = options->word_count > 0 ? options->words[0] : schemas[0].name;
    for (size_t i = 0; i < SCHEMAS; i++)
        if (strcmp(schemas[i].name, name) == 0)
            return print(schemas[i].make());
    pp_say(stderr, "error: pptest: there is no schema of \"%s\"; there is one of a config and one of a result", name);
    return PP_EXIT_WRONG;
}
