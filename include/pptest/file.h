/* Small helpers around files, for tasks: they retry what signals interrupt and short counts leave over. */
#ifndef PPTEST_FILE_H
#define PPTEST_FILE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes all `count` bytes. Returns 0 or -errno. */
int pp_write_all(int fd, const void *bytes, size_t count);

/* Reads up to `count` bytes, fewer only at the end of the file. Returns the count or -errno. */
long pp_read_full(int fd, void *bytes, size_t count);

/* Finds a file named in a config: from the current folder, then from `dir`, then among the examples beside the
 * program and those that `make install` put away. Writes the path that exists into `path`. Returns 0, -ENOENT, or
 * -ENAMETOOLONG. */
int pp_path_find(const char *name, const char *dir, char *path, size_t size);

#ifdef __cplusplus
}
#endif

#endif
