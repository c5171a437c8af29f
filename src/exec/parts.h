/* Parts of a stateful task's answer on their way from worker processes to their parent. Their size is known only when
 * they are there, and may be anything: they lie in the file in memory that all of them have for their boards, far
 * behind those, each worker's in a range of its own. What is not written takes no memory; a worker that dies while it
 * writes leaves bytes that nobody asks for; and the parent never waits for one. */
#ifndef PP_EXEC_PARTS_H
#define PP_EXEC_PARTS_H

#include "pptest/task.h"

/* A worker writes its part. Returns 0 or -errno with words. */
int pp_parts_put(int fd, unsigned worker, const struct pp_part *part, struct pp_error *error);

/* The parent maps the `count` bytes that a worker has written. Returns 0 or -errno with words; -EBADMSG when there
 * cannot be so many. Give them back with pp_parts_drop. */
int pp_parts_get(int fd, unsigned worker, size_t count, struct pp_part *part, struct pp_error *error);
void pp_parts_drop(int fd, unsigned worker, const struct pp_part *part);

#endif
