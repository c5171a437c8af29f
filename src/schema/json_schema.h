/* The JSON Schema of a config file, for editors that complete and check while one types. It is one of draft-07: what
 * stands at which place of a list, editors complete from that draft's "items" and not from the "prefixItems" that came
 * later. Editors show "enumDescriptions" beside the words; to validators it is nothing. */
#ifndef PP_SCHEMA_JSON_SCHEMA_H
#define PP_SCHEMA_JSON_SCHEMA_H

#include <jansson.h>

#include "pptest/task.h"

/* A new reference to the schema of a config with `keys` (pp_config_fields) whose task is one of `tasks` (pp_tasks()),
 * those that this build lacks among them, or the path of a plugin, of whose arguments it knows nothing. It accepts
 * every config that loads; what fields alone cannot say (low <= high, worker counts that differ, a task's own checks)
 * it leaves to the program. NULL when there is no memory. */
json_t *pp_json_schema(const struct pp_field *keys, const struct pp_task *const *tasks);

#endif
