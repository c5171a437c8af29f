#include "base/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pptest/file.h"

/* Most files are smaller. */
enum { FIRST_BYTES = 16 * 1024 };

static const struct {
    int code;
    const char *advice;
} advices[] = {{ENOENT, "there is no such file; check its name, which is relative to the current folder"},
               {ENOTDIR, "there is no such file; a part of its path is not a folder"},
               {EISDIR, "this is a folder; name a JSON file in it"},
               {EACCES, "not allowed to read this file; change its permissions, or those of its folders"},
               {ENAMETOOLONG, "the name is too long; name a JSON file"},
               {ELOOP, "its symbolic links lead in a circle; name the file itself"}};

static int refuse(const char *path, struct pp_problems *problems, int code) {
    if (code == -ENOMEM)
        return code;
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++)
        if (advices[i].code == -code)
            return pp_problems_add(problems, path, "", "%s", advices[i].advice);
    return pp_problems_add(problems, path, "", "cannot be read: %s", strerror(-code));
}

/* One byte more than allowed is read, to tell a file that is too large. */
static int read_all(int fd, size_t max_bytes, char **text, size_t *length) {
    size_t size = 0;
    for (size_t room = FIRST_BYTES; size <= max_bytes; room *= 2) {
        char *grown = realloc(*text, room + 1);
        if (!grown)
            return -ENOMEM;
        *text = grown;
        long count = pp_read_full(fd, *text + size, room + 1 - size);
        if (count < 0)
            return (int)count;
        size += (size_t)count;
        if (size <= room)
            break;
    }
    *length = size;
    return size > max_bytes ? -EFBIG : 0;
}

int pp_file_read(const char *path, const struct pp_file_kind *kind, struct pp_problems *problems, char **text,
                 size_t *length) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse(path, problems, -errno);
    char *read = NULL;
    int code = read_all(fd, kind->max_mib * 1024 * 1024, &read, length);
    close(fd);
    if (code == 0) {
        *text = read;
        return 0;
    }
    free(read);
    if (code == -EFBIG)
        return pp_problems_add(problems, path, "", "larger than %zu MiB, which no %s is; name a %s file", kind->max_mib,
                               kind->name, kind->name);
    return refuse(path, problems, code);
}
