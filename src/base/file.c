#include "pptest/file.h"

#include "base/data_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int pp_write_all(int fd, const void *bytes, size_t count) {
    const char *place = bytes;
    while (count > 0) {
        ssize_t written = write(fd, place, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) /* nothing written and no reason given would loop for ever */
            return written < 0 ? -errno : -EIO;
        place += written;
        count -= (size_t)written;
    }
    return 0;
}

long pp_read_full(int fd, void *bytes, size_t count) {
    char *place = bytes;
    size_t left = count;
    while (left > 0) {
        ssize_t got = read(fd, place, left);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        place += got;
        left -= (size_t)got;
    }
    return (long)(count - left);
}

/* Returns 0, -ENOENT, or -ENAMETOOLONG. */
static int path_try(const char *dir, const char *name, char *path, size_t size) {
    int length = dir ? snprintf(path, size, "%s/%s", dir, name) : snprintf(path, size, "%s", name);
    if (length < 0 || (size_t)length >= size)
        return -ENAMETOOLONG;
    return access(path, F_OK) == 0 ? 0 : -ENOENT;
}

int pp_path_find(const char *name, const char *dir, char *path, size_t size) {
    /* The examples beside the program are for one that has not been installed. */
    char own[PATH_MAX], shared[PATH_MAX], examples[PATH_MAX + sizeof "/example_configs"];
    pp_beside_program("example_configs", own, sizeof own);
    pp_data_dir(shared, sizeof shared);
    snprintf(examples, sizeof examples, "%s/example_configs", shared);
    const char *const dirs[] = {NULL, dir, own[0] ? own : dir, examples};
    size_t places = name[0] == '/' ? 1 : sizeof dirs / sizeof *dirs;
    int result = -ENOENT;
    for (size_t i = 0; i < places; i++) {
        int status = path_try(dirs[i], name, path, size);
        if (status == 0)
            return 0;
        if (status == -ENAMETOOLONG)
            result = status;
    }
    return result;
}
