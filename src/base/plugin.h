/* Loading tasks from shared objects (pptest/plugin.h). */
#ifndef PP_BASE_PLUGIN_H
#define PP_BASE_PLUGIN_H

#include <limits.h>
#include <stdbool.h>

#include "pptest/error.h"
#include "pptest/field.h"

struct pp_plugin;
struct pp_task;

/* Is this the path of a plugin, and not the name of a task of this program? */
bool pp_plugin_is_path(const char *task_name);

/* Loads the plugin that a config of the folder `dir` names, found as pp_path_find says (pptest/file.h). It stays until
 * the process ends; loading it again gives the same task. Its code runs here already: its constructors, and those of
 * the libraries that it needs. Returns 0 with its task in *task and where it is, an absolute path, in `path`; or -errno
 * with what was found, what was expected and the way out. */
int pp_plugin_load(const char *name, const char *dir, char path[PATH_MAX], const struct pp_task **task,
                   struct pp_error *error);

/* What can be seen of a plugin's usability before anything of it is called. Returns 0 or -EINVAL, with words that go on
 * after "found NAME, ". */
int pp_plugin_check(const struct pp_plugin *plugin, struct pp_error *error);

/* The same for the table of arguments of a struct of `size` bytes; NULL is one without rows. */
int pp_plugin_check_fields(const struct pp_field *fields, size_t size, struct pp_error *error);

#endif
