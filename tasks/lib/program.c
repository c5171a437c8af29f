#include "lib/program.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pptest/file.h"

/* A folder's right to be searched is no right to be executed. */
static bool may_run(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

bool pp_program_in_path(const char *name, char *path, size_t size) {
    const char *folders = getenv("PATH");
    if (!folders || !*folders)
        folders = "/usr/local/bin:/usr/bin:/bin";
    for (const char *end = NULL; folders; folders = *end ? end + 1 : NULL) {
        end = strchrnul(folders, ':');
        bool is_empty = end == folders;
        int length =
            snprintf(path, size, "%.*s/%s", is_empty ? 1 : (int)(end - folders), is_empty ? "." : folders, name);
        if (length > 0 && (size_t)length < size && may_run(path))
            return true;
    }
    return false;
}

/* The first bytes of the file, ended by NUL. What cannot be read may be executed all the same: returns how many. */
static long read_start(const char *path, char *start, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long got = fd >= 0 ? pp_read_full(fd, start, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    start[got > 0 ? got : 0] = '\0';
    return got;
}

/* The system executes a script by the program that its first line names, and refuses text without one. */
static int check_script(const char *path, struct pp_error *error) {
    char start[256]; /* as many as Linux looks at (BINPRM_BUF_SIZE) */
    long got = read_start(path, start, sizeof start);
    if (got >= 2 && strncmp(start, "#!", 2) == 0) {
        char *name = start + 2 + strspn(start + 2, " \t");
        name[strcspn(name, " \t\n")] = '\0';
        char *end = strchr(name, '\r');
        if (end)
            return pp_error_at(error, -ENOEXEC, "/0",
                               "\"%s\" has lines that end as on Windows, so it cannot be executed; try sed -i "
                               "'s/\\r$//' %s",
                               path, path);
        if (access(name, X_OK) != 0)
            return pp_error_at(error, -ENOENT, "/0", "\"%s\" is a script for %s, which cannot be executed: %s", path,
                               name, strerror(errno));
        return 0;
    }
    for (long i = 0; i < got; i++)
        if (iscntrl((unsigned char)start[i]) && !isspace((unsigned char)start[i]))
            return 0;
    return got < 0 ? 0
                   : pp_error_at(error, -ENOEXEC, "/0",
                                 "\"%s\" cannot be executed: a script needs a first line such as #!/bin/sh; add it, or "
                                 "write sh %s",
                                 path, path);
}

static int check(const char *path, struct pp_error *error) {
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return pp_error_at(error, -EISDIR, "/0", "\"%s\" is a folder, expected a program", path);
    if (!may_run(path))
        return pp_error_at(error, -EACCES, "/0", "\"%s\" cannot be executed; try chmod +x %s", path, path);
    return check_script(path, error);
}

int pp_program_find(const char *name, const char *dir, char *path, size_t size, struct pp_error *error) {
    if (strchr(name, '/')) {
        if (pp_path_find(name, dir, path, size) == 0)
            return check(path, error);
        return pp_error_at(error, -ENOENT, "/0",
                           "there is no program \"%s\", neither from the current folder nor from the config's", name);
    }
    if (pp_program_in_path(name, path, size))
        return check(path, error);
    if (strchr(name, '='))
        return pp_error_at(error, -ENOENT, "/0",
                           "there is no program \"%s\" in PATH; for a variable write env %s and the program", name,
                           name);
    return pp_error_at(error, -ENOENT, "/0",
                       "there is no program \"%s\" in PATH; install it, or write its path, such as ./%s", name, name);
}
