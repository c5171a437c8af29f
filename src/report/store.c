#include "report/store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Runs that start in the same second of the same folder get numbers; more than this is a runaway script. */
enum { SAME_SECOND_MAX = 10000 };

void pp_store_path(const struct pp_store *store, size_t format, bool complete, char *path, size_t size) {
    if (snprintf(path, size, "%s%s.%s", store->base, complete ? "" : ".partial", store->reporters[format]->name) >=
        (int)size)
        path[0] = '\0';
}

static int failed(struct pp_error *error, int code, const char *verb, const char *path) {
    return pp_error_at(error, -code, "/output_dir", "cannot %s %s: %s", verb, path, strerror(code));
}

/* Removes the folders of `path` that are at least `made` long, 0 for none, the deepest first. */
static void unmake_folders(char *path, size_t made) {
    while (made > 0 && strlen(path) >= made) {
        rmdir(path); /* the deepest may never have been made */
        char *slash = strrchr(path, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

/* Makes `path` and the folders above it; *made is the length of the first that was missing, 0 for none. `path` is
 * changed on failure alone, to the folder that could not be made. */
static int make_folders(char *path, size_t *made) {
    *made = 0;
    for (char *at = path; at;) {
        at = strchr(at + 1, '/');
        if (at)
            *at = '\0';
        int code = mkdir(path, 0777) == 0 ? 0 : errno;
        if (code == 0 && *made == 0)
            *made = strlen(path);
        bool above = at && (code == EROFS || code == EACCES || code == EPERM); /* one that exists is enough */
        if (code != 0 && code != EEXIST && code != EISDIR && !above)
            return -code;
        if (at)
            *at = '/';
    }
    return 0;
}

static void unlink_partial(const struct pp_store *store, size_t count) {
    char path[PATH_MAX];
    for (size_t i = 0; i < count; i++) {
        pp_store_path(store, i, false, path, sizeof path);
        unlink(path);
    }
}

/* Returns 0, 1 when a name is taken, or a positive errno negated. */
static int reserve(const struct pp_store *store, char *path, size_t size) {
    for (size_t i = 0; i < store->count; i++) {
        char final[PATH_MAX];
        pp_store_path(store, i, true, final, sizeof final);
        pp_store_path(store, i, false, path, size);
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int code = fd < 0 ? errno : 0;
        if (fd >= 0)
            close(fd);
        /* Looked for after the partial name is ours: a run that held it before may just have finished. */
        if (code == 0 && access(final, F_OK) == 0) {
            unlink(path);
            code = EEXIST;
        }
        if (code != 0) {
            unlink_partial(store, i);
            return code == EEXIST ? 1 : -code;
        }
    }
    return 0;
}

static int reserve_names(struct pp_store *store, const char *dir, const char *task, struct pp_error *error) {
    char stamp[32], path[PATH_MAX];
    time_t now = time(NULL);
    struct tm local;
    strftime(stamp, sizeof stamp, "%Y_%m_%d__%H_%M_%S", localtime_r(&now, &local));
    for (int number = 1; number <= SAME_SECOND_MAX; number++) {
        char suffix[16] = "";
        if (number > 1)
            snprintf(suffix, sizeof suffix, "_%d", number);
        if (snprintf(store->base, sizeof store->base - 32, "%s/%s__%s%s", dir, task, stamp, suffix) >=
            (int)sizeof store->base - 32)
            return failed(error, ENAMETOOLONG, "use the folder", dir);
        int status = reserve(store, path, sizeof path);
        if (status <= 0)
            return status == 0 ? 0 : failed(error, -status, "write", path);
    }
    return failed(error, EEXIST, "find a free name in", dir);
}

int pp_store_open(struct pp_store *store, const char *dir, const char *task, const struct pp_reporter *const *reporters,
                  size_t count, struct pp_error *error) {
    *store = (struct pp_store){.count = count < PP_STORE_FORMATS_MAX ? count : PP_STORE_FORMATS_MAX};
    memcpy(store->reporters, reporters, store->count * sizeof reporters[0]);
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", dir) >= (int)sizeof path)
        return failed(error, ENAMETOOLONG, "make the folder", dir);
    size_t made;
    int status = make_folders(path, &made);
    if (status != 0)
        failed(error, -status, "make the folder", path);
    else
        status = reserve_names(store, dir, task, error);
    if (status != 0)
        unmake_folders(path, made);
    return status;
}

void pp_store_open_stream(struct pp_store *store, FILE *stream, const struct pp_reporter *reporter, bool is_first) {
    *store = (struct pp_store){
        .stream = stream, .rows_only = !is_first && reporter->several == PP_SEVERAL_ROWS, .reporters = {reporter}};
}

static int keep_text(struct pp_store *store, const struct pp_result *result, struct pp_error *error) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int status = out ? store->reporters[0]->write(result, out) : -ENOMEM;
    bool failed = out && ferror(out);
    if ((out && fclose(out) != 0) || failed)
        status = -ENOMEM;
    if (status != 0) {
        free(text);
        return pp_error_set(error, status, "there is not enough memory for the %s", store->reporters[0]->name);
    }
    free(store->text);
    store->text = text;
    store->length = length;
    store->saved = true;
    return 0;
}

static void print_text(struct pp_store *store) {
    const char *from = store->text;
    const char *line_end = from && store->rows_only ? memchr(from, '\n', store->length) : NULL;
    if (line_end)
        from = line_end + 1;
    if (from)
        fwrite(from, 1, store->length - (size_t)(from - store->text), store->stream);
    fflush(store->stream);
    free(store->text);
    store->text = NULL;
}

/* Everything is written, flushed to the disk and closed without an error, or it is no file. */
static int write_whole(const char *path, const struct pp_reporter *reporter, const struct pp_result *result) {
    FILE *out = fopen(path, "wxe");
    if (!out)
        return errno;
    errno = 0;
    int code = -reporter->write(result, out);
    if (fflush(out) != 0 || ferror(out) || fsync(fileno(out)) != 0)
        code = code ? code : errno ? errno : EIO;
    if (fclose(out) != 0 && code == 0)
        code = errno;
    if (code != 0)
        unlink(path);
    return code;
}

static int save_one(struct pp_store *store, size_t format, const struct pp_result *result, struct pp_error *error) {
    char partial[PATH_MAX], fresh[PATH_MAX + 16];
    pp_store_path(store, format, false, partial, sizeof partial);
    snprintf(fresh, sizeof fresh, "%s.new", partial);
    unlink(fresh);
    int code = write_whole(fresh, store->reporters[format], result);
    if (code == 0 && rename(fresh, partial) != 0) {
        code = errno;
        unlink(fresh);
    }
    return code == 0 ? 0 : failed(error, code, "write", partial);
}

int pp_store_save(struct pp_store *store, const struct pp_result *result, struct pp_error *error) {
    if (store->stream)
        return keep_text(store, result, error);
    for (size_t i = 0; i < store->count; i++) {
        int status = save_one(store, i, result, error);
        if (status != 0)
            return status;
        store->saved = store->has[i] = true;
    }
    return 0;
}

/* Plain rename would overwrite what somebody else may have put there meanwhile; not every file system knows better.
 * A system call, because musl 1.2 has no function for it. */
static int rename_without_loss(const char *from, const char *to) {
    int status = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    if (status == 0 || (errno != EINVAL && errno != ENOSYS))
        return status;
    if (access(to, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

int pp_store_finish(struct pp_store *store, bool complete, struct pp_error *error) {
    if (store->stream)
        print_text(store);
    for (size_t i = 0; i < store->count; i++) {
        char partial[PATH_MAX], final[PATH_MAX];
        pp_store_path(store, i, false, partial, sizeof partial);
        pp_store_path(store, i, true, final, sizeof final);
        if (!store->has[i])
            unlink(partial); /* a name that was reserved, and nothing in it */
        else if (complete && rename_without_loss(partial, final) != 0)
            return failed(error, errno, "give its final name to", partial);
    }
    return 0;
}
