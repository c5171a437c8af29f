/* Programs that tasks start are known by a mark in their environment, which all that they start inherits: so they are
 * found wherever they have gone, out of their process group and session and away from their parents, and nobody else's
 * ever is. Out of reach is what clears its environment or writes over it (as some do to show a title), what runs as
 * another user, and, but for root, what forbids to be looked at (PR_SET_DUMPABLE). */
#ifndef PP_EXEC_MARK_H
#define PP_EXEC_MARK_H

/* The variable that holds it. Its value is this process's mark, behind that of a pptest which runs this one, and ":".
 */
#define PP_MARK_VARIABLE "PPTEST_RUN"

/* Puts the mark into this process's environment, for all that it and its children execute from now on; the first call
 * does, others find it there. By the main thread, while no other reads the environment. Returns 0 or -errno. */
int pp_mark_set(void);

/* Kills every process that was executed with this process's mark, or with that of the parent it was forked from, and
 * waits until they have ended, a second at most for each. Reads /proc/PID/environ (proc(5)) of all processes, some
 * microseconds each, until none is found. Does nothing where no mark was set. */
void pp_marked_end(void);

#endif
