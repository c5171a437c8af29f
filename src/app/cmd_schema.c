#include "app/app.h"

#include "schema/json_schema.h"

#include <stdlib.h>

int pp_command_schema(const struct pp_options *options) {
    (void)options;
    char *text = pp_json_schema_text(pp_config_fields, pp_tasks());
    if (!text) {
        fputs("error: there is not enough memory for the schema\n", stderr);
        return PP_EXIT_FAILED;
    }
    fputs(text, stdout);
    free(text);
    return PP_EXIT_DONE;
}
