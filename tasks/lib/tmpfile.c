#include "lib/tmpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pptest/file.h"

static const char *way_out(int code) {
    switch (-code) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space, or set \"tmp_dir\" to a folder with more";
    case EFBIG:
        return "; choose a smaller file size, or raise the limit (ulimit -f)";
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EROFS:
    case EPERM:
        return "; set \"tmp_dir\" to an existing folder that can be written";
    case EMFILE:
    case ENFILE:
        return "; use fewer workers, or raise the limit (ulimit -n)";
    default:
        return "";
    }
}

static int failed(const struct pp_tmpfile *file, const char *verb, int code, struct pp_error *error) {
    return pp_error_set(error, code, "cannot %s %s: %s%s", verb, file->path, strerror(-code), way_out(code));
}

int pp_tmpfile_name(struct pp_tmpfile *file, const struct pp_env *env, const char *name, struct pp_error *error) {
    file->fd = -1;
    int length = snprintf(file->path, sizeof file->path, "%s/w%u-%s", env->tmp_dir, env->worker, name);
    if (length >= 0 && (size_t)length < sizeof file->path)
        return 0;
    return pp_error_set(error, -ENAMETOOLONG,
                        "the path of tmp_dir has %zu bytes, more than any file in it can have; "
                        "choose a shorter one",
                        strlen(env->tmp_dir));
}

int pp_tmpfile_create(struct pp_tmpfile *file, struct pp_error *error) {
    do
        file->fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (file->fd < 0 && errno == EINTR);
    return file->fd < 0 ? failed(file, "create", -errno, error) : 0;
}

int pp_tmpfile_write(struct pp_tmpfile *file, const void *bytes, size_t count, struct pp_error *error) {
    int status = pp_write_all(file->fd, bytes, count);
    return status ? failed(file, "write", status, error) : 0;
}

long pp_tmpfile_read(struct pp_tmpfile *file, void *bytes, size_t count, struct pp_error *error) {
    long got = pp_read_full(file->fd, bytes, count);
    return got < 0 ? failed(file, "read", (int)got, error) : got;
}

int pp_tmpfile_rewind(struct pp_tmpfile *file, struct pp_error *error) {
    return lseek(file->fd, 0, SEEK_SET) < 0 ? failed(file, "rewind", -errno, error) : 0;
}

int pp_tmpfile_sync(struct pp_tmpfile *file, struct pp_error *error) {
    int status;
    do
        status = fsync(file->fd);
    while (status < 0 && errno == EINTR);
    return status < 0 ? failed(file, "sync", -errno, error) : 0;
}

int pp_tmpfile_expect(struct pp_tmpfile *file, int64_t bytes, struct pp_error *error) {
    struct stat info;
    if (fstat(file->fd, &info))
        return failed(file, "examine", -errno, error);
    if (info.st_size == bytes)
        return 0;
    return pp_error_set(error, -EBADMSG, "%s has %" PRId64 " bytes instead of the %" PRId64 " written to it",
                        file->path, (int64_t)info.st_size, bytes);
}

int pp_tmpfile_remove(struct pp_tmpfile *file, struct pp_error *error) {
    if (file->fd < 0)
        return 0;
    int status = close(file->fd) < 0 && errno != EINTR ? -errno : 0; /* on Linux it is closed either way */
    file->fd = -1;
    if (unlink(file->path))
        return failed(file, "delete", -errno, error);
    return status ? failed(file, "close", status, error) : 0;
}
