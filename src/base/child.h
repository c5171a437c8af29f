/* A piece of work in a forked child: what it loads, or breaks, stays out of this process. */
#ifndef PP_BASE_CHILD_H
#define PP_BASE_CHILD_H

#include <stdnoreturn.h>

#include "pptest/error.h"

/* How every child ends: without the exit handlers and unwritten output that belong to its parent. */
noreturn void pp_child_exit(int status);

/* Calls work(owner) in a child and waits until that has ended, at most `patience_ms`; then it is killed. What the work
 * finds out it leaves in shared memory (pp_shared_alloc). Returns 0, or -errno with what became of the child in
 * `error`: -ETIMEDOUT, -ECHILD when it died, or why it could not be made. */
int pp_child_run(void (*work)(void *owner), void *owner, int patience_ms, struct pp_error *error);

#endif
