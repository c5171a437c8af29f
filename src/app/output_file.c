#include "app/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(struct pp_error *error, int code, const char *verb, const char *path) {
    return pp_error_set(error, -code, "cannot %s %s: %s", verb, path, strerror(code));
}

/* ---- before ---- */

static bool is_input(const struct stat *there, const char *const *inputs, size_t count) {
    struct stat input;
    for (size_t i = 0; i < count; i++)
        if (stat(inputs[i], &input) == 0 && input.st_dev == there->st_dev && input.st_ino == there->st_ino)
            return true;
    return false;
}

/* Returns 1 when it does, 0 when not, -errno. */
static int begins_with(const char *path, const char *beginning) {
    char there[256];
    size_t length = strlen(beginning);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t got = read(fd, there, length < sizeof there ? length : sizeof there);
    int code = got < 0 ? errno : 0;
    close(fd);
    if (code != 0)
        return -code;
    return got == 0 || ((size_t)got == length && memcmp(there, beginning, length) == 0);
}

static int check_replaceable(const struct pp_output_file *file, const char *beginning, struct pp_error *error) {
    if (access(file->path, W_OK) != 0)
        return failed(error, errno, "write", file->path);
    int status = begins_with(file->path, beginning);
    if (status < 0)
        return failed(error, -status, "look into", file->path);
    return status ? 0
                  : pp_error_set(error, -EEXIST,
                                 "%s is there already and is no report: give another name, or remove it first",
                                 file->path);
}

/* Opens the file beside it in which it will be written; `name` has 32 bytes more than a path. */
static int open_beside(const struct pp_output_file *file, char *name, size_t size) {
    snprintf(name, size, "%s.%ld.new", file->path, (long)getpid());
    unlink(name); /* of a process of this number that was killed */
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* Permissions, read-only file systems, full ones and whatever else: only trying tells. */
static int try_beside(const struct pp_output_file *file, struct pp_error *error) {
    char name[PATH_MAX + 32];
    int fd = open_beside(file, name, sizeof name);
    if (fd < 0 && errno == ENOENT)
        return pp_error_set(error, -ENOENT, "cannot write %s: its folder does not exist; make it first", file->path);
    if (fd < 0)
        return failed(error, errno, "write", file->path);
    close(fd);
    unlink(name);
    return 0;
}

int pp_output_file_open(struct pp_output_file *file, const char *name, const char *beginning, const char *const *inputs,
                        size_t input_count, struct pp_error *error) {
    struct stat there;
    *file = (struct pp_output_file){.replaced = true};
    if (!name[0])
        return pp_error_set(error, -EINVAL, "found \"\", expected the name of a file, or - for standard output");
    if (snprintf(file->path, sizeof file->path, "%s", name) >= (int)sizeof file->path)
        return failed(error, ENAMETOOLONG, "write", name);
    if (stat(name, &there) != 0)
        return errno == ENOENT ? try_beside(file, error) : failed(error, errno, "write", name);
    if (S_ISDIR(there.st_mode))
        return failed(error, EISDIR, "write", name);
    if (is_input(&there, inputs, input_count))
        return pp_error_set(error, -EEXIST, "%s is one of the results: the report needs another name", name);
    file->replaced = S_ISREG(there.st_mode);
    if (!file->replaced)
        return access(name, W_OK) == 0 ? 0 : failed(error, errno, "write", name);
    char *resolved = realpath(name, NULL); /* so that a link stays one */
    if (resolved)
        snprintf(file->path, sizeof file->path, "%s", resolved);
    free(resolved);
    int status = check_replaceable(file, beginning, error);
    return status == 0 ? try_beside(file, error) : status;
}

/* ---- after ---- */

static int write_all(int fd, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t wrote = write(fd, bytes, size);
        if (wrote < 0 && errno != EINTR)
            return errno;
        if (wrote > 0) {
            bytes += wrote;
            size -= (size_t)wrote;
        }
    }
    return 0;
}

static int write_into(const struct pp_output_file *file, const char *bytes, size_t size) {
    int fd = open(file->path, O_WRONLY | O_CLOEXEC);
    int code = fd < 0 ? errno : write_all(fd, bytes, size);
    if (fd >= 0 && close(fd) != 0 && code == 0)
        code = errno;
    return code;
}

static int write_beside(const struct pp_output_file *file, const char *bytes, size_t size) {
    char name[PATH_MAX + 32];
    struct stat there;
    int fd = open_beside(file, name, sizeof name);
    if (fd < 0)
        return errno;
    if (stat(file->path, &there) == 0 && fchmod(fd, there.st_mode & 07777) != 0)
        there.st_mode = 0; /* a file system without permissions */
    int code = write_all(fd, bytes, size);
    if (code == 0 && fsync(fd) != 0)
        code = errno;
    if (close(fd) != 0 && code == 0)
        code = errno;
    if (code == 0 && rename(name, file->path) != 0)
        code = errno;
    if (code != 0)
        unlink(name);
    return code;
}

int pp_output_file_write(const struct pp_output_file *file, const char *bytes, size_t size, struct pp_error *error) {
    int code = file->replaced ? write_beside(file, bytes, size) : write_into(file, bytes, size);
    return code == 0 ? 0 : failed(error, code, "write", file->path);
}
