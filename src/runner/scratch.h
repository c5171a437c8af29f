/* A run's own folder for temporary files, gone with all that is in it when the run ends. */
#ifndef PP_RUNNER_SCRATCH_H
#define PP_RUNNER_SCRATCH_H

#include <stddef.h>

struct pp_error;

/* Makes a new folder below `parent` ("": $TMPDIR, or /tmp) and writes its path. Returns 0 or -errno. */
int pp_scratch_make(const char *parent, char *path, size_t size, struct pp_error *error);

/* Removes everything in the folder, and the folder. A missing one is no error. */
void pp_scratch_remove(const char *path);

#endif
