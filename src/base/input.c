#include "pptest/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pptest/file.h"
#include "pptest/task.h"

/* No input is larger; a file that is, was named by mistake. */
#define FILE_BYTES_MAX ((off_t)1 << 30)

static const char *article(const char *kind) { return strchr("AEIOaeio", kind[0]) ? "an" : "a"; }

static int find(const char *name, const char *kind, const char *dir, char *path, size_t size, struct pp_error *error) {
    int status = pp_path_find(name, dir, path, size);
    if (status == -ENOENT)
        return pp_error_set(error, status,
                            "%s: no such file, neither from the current folder nor from the config's, %s; expected the "
                            "path of %s %s file",
                            name, dir, article(kind), kind);
    if (status != 0)
        return pp_error_set(error, status, "%s: cannot be looked for: %s", name, strerror(-status));
    return 0;
}

static int read_open(int fd, const char *path, const char *kind, struct pp_input *input, struct pp_error *error) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return pp_error_set(error, -errno, "%s: cannot be examined: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode) || info.st_size == 0 || info.st_size > FILE_BYTES_MAX)
        return pp_error_set(error, -EINVAL, "%s: %s; expected %s %s file", path,
                            !S_ISREG(info.st_mode) ? "not a regular file"
                            : info.st_size == 0    ? "an empty file"
                                                   : "more than 1 GiB",
                            article(kind), kind);
    void *bytes = malloc((size_t)info.st_size);
    if (!bytes)
        return pp_error_set(error, -ENOMEM, "%s: no memory to read its %lld bytes", path, (long long)info.st_size);
    long count = pp_read_full(fd, bytes, (size_t)info.st_size);
    if (count <= 0) {
        free(bytes);
        int code = count < 0 ? (int)count : -EIO;
        return pp_error_set(error, code, "%s: cannot be read: %s", path, strerror(-code));
    }
    input->bytes = bytes;
    input->count = (size_t)count;
    return 0;
}

int pp_input_read_file(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                       struct pp_error *error) {
    char path[PATH_MAX];
    int status = find(name, kind, env->config_dir, path, sizeof path, error);
    if (status != 0)
        return status;
    /* Not blocking: opening a named pipe would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return pp_error_set(error, -errno, "%s: cannot be opened: %s", path, strerror(errno));
    struct pp_input read = {.path = strdup(path)};
    status = read.path ? read_open(fd, path, kind, &read, error)
                       : pp_error_set(error, -ENOMEM, "%s: no memory for its path", name);
    close(fd);
    if (status == 0)
        *input = read;
    else
        free(read.path);
    return status;
}

int pp_input_read(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                  struct pp_error *error) {
    return env->read_input ? env->read_input(env, name, kind, input, error)
                           : pp_input_read_file(env, name, kind, input, error);
}

void pp_input_release(struct pp_input *input) {
    free(input->path);
    free(input->bytes);
    *input = (struct pp_input){0};
}
