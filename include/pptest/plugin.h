/* Plugins: a task in a shared object of its own, which a config names by its path: "task": "./mytask.so". Its source
 * includes the headers of this folder only and ends with PP_PLUGIN(the_task). docs/PLUGINS.md shows how to build it. */
#ifndef PPTEST_PLUGIN_H
#define PPTEST_PLUGIN_H

#include <stdint.h>

#include "pptest/task.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when what these headers promise a task changes in a way that their structs do not show. */
#define PP_PLUGIN_ABI 1

/* What a plugin exports as `pptest_plugin`. The sizes tell a plugin that was compiled with the headers of another
 * program version before it can do harm. */
struct pp_plugin {
    uint32_t abi; /* PP_PLUGIN_ABI: first in every version */
    uint32_t task_size, field_size, env_size, item_size, output_size, error_size; /* of struct pp_task, … */
    const struct pp_task *task;
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct pp_plugin pptest_plugin;

/* Makes the plugin of a constant struct pp_task; once in a shared object, a semicolon behind it. */
#define PP_PLUGIN(the_task)                                                                                            \
    const struct pp_plugin pptest_plugin = {                                                                           \
        PP_PLUGIN_ABI,          sizeof(struct pp_task),   sizeof(struct pp_field), sizeof(struct pp_env),              \
        sizeof(struct pp_item), sizeof(struct pp_output), sizeof(struct pp_error), &(the_task)}

#ifdef __cplusplus
}
#endif

#endif
