#include "base/plugin.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/elf.h"
#include "pptest/file.h"
#include "pptest/plugin.h"

bool pp_plugin_is_path(const char *task_name) { return strchr(task_name, '/') != NULL; }

static int find(const char *name, const char *dir, char path[PATH_MAX], struct pp_error *error) {
    char found[PATH_MAX];
    struct stat info = {0};
    int status = pp_path_find(name, dir, found, sizeof found);
    if (status == 0 && (!realpath(found, path) || stat(path, &info) != 0))
        status = -errno;
    if (status == -ENOENT)
        return pp_error_set(error, status,
                            "found \"%s\", and there is no such file, neither from the current folder nor from the "
                            "config's, %s; expected a plugin: a shared object that holds a task",
                            name, dir);
    if (status != 0)
        return pp_error_set(error, status, "found \"%s\", which cannot be looked for: %s", name, strerror(-status));
    /* Opening a named pipe would wait for a writer. */
    if (!S_ISREG(info.st_mode))
        return pp_error_set(error, -EINVAL,
                            "found \"%s\", which is no regular file; expected a plugin: a shared object that holds a "
                            "task",
                            name);
    return 0;
}

/* Before the loader maps what may not be there. */
static int check_file(const char *path, const char *name, struct pp_error *error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        int status = -errno;
        return pp_error_set(error, status, "found \"%s\", which cannot be opened: %s", name, strerror(-status));
    }
    struct pp_error why = {0};
    int status = pp_elf_check(fd, &why);
    close(fd);
    return status != 0 ? pp_error_set(error, status, "found \"%s\", %s", name, why.text) : 0;
}

/* Why loading failed, without the path that is named already. */
static const char *reason(const char *path) {
    const char *text = dlerror();
    size_t length = strlen(path);
    if (!text)
        return "no reason given";
    return strncmp(text, path, length) == 0 && strncmp(text + length, ": ", 2) == 0 ? text + length + 2 : text;
}

static int check(void *library, const char *name, const struct pp_task **task, struct pp_error *error) {
    const struct pp_plugin *plugin = dlsym(library, "pptest_plugin");
    struct pp_error why = {0};
    if (!plugin)
        return pp_error_set(error, -ELIBBAD,
                            "found \"%s\", a shared object without the symbol pptest_plugin; expected a plugin, whose "
                            "source ends with PP_PLUGIN(the_task)",
                            name);
    int status = pp_plugin_check(plugin, &why);
    if (status != 0)
        return pp_error_set(error, status, "found \"%s\", %s", name, why.text);
    *task = plugin->task;
    return 0;
}

int pp_plugin_load(const char *name, const char *dir, char path[PATH_MAX], const struct pp_task **task,
                   struct pp_error *error) {
    int status = find(name, dir, path, error);
    if (status == 0)
        status = check_file(path, name, error);
    if (status != 0)
        return status;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return pp_error_set(error, -ELIBBAD,
                            "found \"%s\", which cannot be loaded (%.200s); expected a shared object, made with `gcc "
                            "-shared -fPIC`, and all that it needs",
                            name, reason(path));
    status = check(library, name, task, error);
    if (status != 0)
        dlclose(library);
    return status;
}
