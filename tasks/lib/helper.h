/* A process that a task keeps beside the workers, forked in `prepare`: what it uses is not the workers'. */
#ifndef PPTEST_LIB_HELPER_H
#define PPTEST_LIB_HELPER_H

#include <sys/types.h>

/* Where a helper finds the one descriptor that it has kept. */
enum { PP_HELPER_FD = 3 };

/* First act of the forked process: it ends when `owner` does, however that ends, and stop signals do not touch it. Of
 * what the owner has open it keeps standard error and `fd`, as PP_HELPER_FD: pipes have to end with those who use
 * them. */
void pp_helper_become(pid_t owner, int fd);

/* Ends it and waits for that; does nothing when it has been waited for already. */
void pp_helper_end(pid_t pid);

#endif
