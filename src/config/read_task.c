#include "config/read_task.h"

#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "base/plugin.h"
#include "pptest/task.h"
#include "schema/show.h"

static bool ends_as_object(const char *name) {
    size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".so") == 0;
}

static int refuse(const struct pp_reader *reader, const char *place, const json_t *value) {
    struct pp_nearest near = {.word = json_string_value(value)};
    struct pp_shown shown = pp_json_show(value);
    if (ends_as_object(near.word))
        return pp_problems_add(reader->problems, reader->file, place,
                               "found %s, expected one of the tasks that `pptest tasks` lists, or the path of a "
                               "plugin; write \"./%.200s\"",
                               shown.text, near.word);
    for (const struct pp_task *const *task = pp_tasks(); *task; task++)
        pp_nearest_offer(&near, (*task)->name);
    return pp_problems_add(reader->problems, reader->file, place,
                           "found %s, expected one of the tasks that `pptest tasks` lists%s%s%s", shown.text,
                           near.best ? "; did you mean \"" : "", near.best ? near.best : "", near.best ? "\"?" : "");
}

static int load(const struct pp_reader *reader, const char *place, const char *path, const struct pp_task **task,
                const char **name) {
    char found[PATH_MAX];
    struct pp_error error = {0};
    if (pp_plugin_load(path, reader->dir, found, task, &error) != 0)
        return pp_problems_add(reader->problems, reader->file, place, "%s", error.text);
    *name = pp_arena_copy(reader->arena, found, strlen(found));
    return *name ? 0 : -ENOMEM;
}

int pp_task_read(const struct pp_reader *reader, const char *place, const json_t *value, const struct pp_task **task,
                 const char **name) {
    const char *given = json_string_value(value);
    int code = 0;
    *task = pp_plugin_is_path(given) ? NULL : pp_task_find(given);
    if (*task)
        *name = (*task)->name;
    else
        code = pp_plugin_is_path(given) ? load(reader, place, given, task, name) : refuse(reader, place, value);
    if (code != 0 || !*task || !(*task)->unavailable)
        return code;
    return pp_problems_add(reader->problems, reader->file, place, "\"%s\" cannot run in this build: %s", given,
                           (*task)->unavailable);
}
