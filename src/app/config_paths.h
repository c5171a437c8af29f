/* The configs that a command line names: files, and folders of them. */
#ifndef PP_APP_CONFIG_PATHS_H
#define PP_APP_CONFIG_PATHS_H

#include "base/problems.h"

#include <stddef.h>

struct pp_config_paths {
    char **items; /* owned, each of them, too */
    size_t count;
};

/* A folder stands for every *.json in it, in the order of their names (by bytes), but for folders and names that begin
 * with a dot; what is no folder, or is not there, stands for itself. Returns 0; -EINVAL with a problem listed: a folder
 * that cannot be read or has no such file; or -ENOMEM. Release the paths in all cases. */
int pp_config_paths_find(const char *const *named, size_t count, struct pp_config_paths *paths,
                         struct pp_problems *problems);
void pp_config_paths_release(struct pp_config_paths *paths);

#endif
