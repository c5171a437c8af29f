#include "runner/scratch.h"

#include "pptest/error.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pp_scratch_make(const char *parent, char *path, size_t size, struct pp_error *error) {
    const char *system = getenv("TMPDIR");
    if (parent[0] == '\0')
        parent = system && system[0] ? system : "/tmp";
    if (snprintf(path, size, "%s/pptest-XXXXXX", parent) >= (int)size)
        return pp_error_at(error, -ENAMETOOLONG, "/tmp_dir", "the path is too long (%zu bytes at most)", size);
    if (!mkdtemp(path))
        return pp_error_at(
            error, -errno, "/tmp_dir",
            "cannot make a folder for temporary files in %s: %s; set tmp_dir to a folder that exists and "
            "can be written",
            parent, strerror(errno));
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status;
    (void)type;
    (void)walk;
    remove(path);
    return 0;
}

/* Mostly it is empty: then there is nothing to list, for which memory or descriptors may be lacking. */
void pp_scratch_remove(const char *path) {
    if (rmdir(path) != 0 && (errno == ENOTEMPTY || errno == EEXIST))
        nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}
