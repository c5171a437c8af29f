/* Temporary files of a worker: each function words its own failure, naming the file and what to do about it. */
#ifndef PPTEST_LIB_TMPFILE_H
#define PPTEST_LIB_TMPFILE_H

#include <stddef.h>
#include <stdint.h>

#include "pptest/task.h"

enum { PP_TMPFILE_PATH_BYTES = 4096 }; /* PATH_MAX on Linux */

struct pp_tmpfile {
    int fd; /* -1: closed */
    char path[PP_TMPFILE_PATH_BYTES];
};

/* Names the file DIR/wWORKER-NAME; it does not exist yet. Returns 0 or -ENAMETOOLONG. */
int pp_tmpfile_name(struct pp_tmpfile *file, const struct pp_env *env, const char *name, struct pp_error *error);

/* Creates it empty, for writing and reading. */
int pp_tmpfile_create(struct pp_tmpfile *file, struct pp_error *error);

int pp_tmpfile_write(struct pp_tmpfile *file, const void *bytes, size_t count, struct pp_error *error);

/* Reads up to `count` bytes, fewer only at the end. Returns the count or -errno. */
long pp_tmpfile_read(struct pp_tmpfile *file, void *bytes, size_t count, struct pp_error *error);

/* Back to the beginning, to read what was written. */
int pp_tmpfile_rewind(struct pp_tmpfile *file, struct pp_error *error);

/* Waits until the bytes are on the storage device. */
int pp_tmpfile_sync(struct pp_tmpfile *file, struct pp_error *error);

/* Returns -EBADMSG when the file has not exactly `bytes` bytes. */
int pp_tmpfile_expect(struct pp_tmpfile *file, int64_t bytes, struct pp_error *error);

/* Closes and deletes it; nothing to do when it was never created. Pass a NULL error to clean up after a failure. */
int pp_tmpfile_remove(struct pp_tmpfile *file, struct pp_error *error);

#endif
