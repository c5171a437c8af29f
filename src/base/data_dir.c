#include "base/data_dir.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef PP_DATADIR
#define PP_DATADIR "/usr/local/share/pptest"
#endif

/* The folder of this program, without a slash at its end; "" when there is no telling. */
static void own_folder(char path[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
    char *name = strrchr(path, '/');
    *(name ? name : path) = '\0';
}

void pp_beside_program(const char *name, char *path, size_t size) {
    char own[PATH_MAX];
    own_folder(own);
    int length = own[0] ? snprintf(path, size, "%s/%s", own, name) : -1;
    if (length < 0 || (size_t)length >= size)
        path[0] = '\0';
}

void pp_data_dir(char *path, size_t size) {
    char own[PATH_MAX];
    own_folder(own);
    char *name = strrchr(own, '/');
    /* Only of a folder bin: sources may lie beside somebody else's share. */
    if (name && strcmp(name, "/bin") == 0) {
        *name = '\0';
        int length = snprintf(path, size, "%s/share/pptest", own);
        if (length >= 0 && (size_t)length < size && access(path, F_OK) == 0)
            return;
    }
    snprintf(path, size, "%s", PP_DATADIR);
}
