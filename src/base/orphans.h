/* Processes that tasks started, and that are still there when whoever waited for them has gone: they fall to this
 * process, which ends them. */
#ifndef PP_BASE_ORPHANS_H
#define PP_BASE_ORPHANS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PP_ORPHANS_KNOWN_MAX = 32 };

struct pp_orphans {
    bool taken_in; /* orphans fall to this process */
    size_t known_count;
    pid_t known[PP_ORPHANS_KNOWN_MAX]; /* children that were there before */
};

/* From now on orphans among the descendants fall to this process (PR_SET_CHILD_SUBREAPER); children that it has now are
 * none of them. Undo it with pp_orphans_let. */
void pp_orphans_take_in(struct pp_orphans *orphans);
void pp_orphans_let(struct pp_orphans *orphans);

/* Kills every child that was not there before and is not spared, each with its process group, waits for it, and does
 * the same with those that fall to this process because of that. */
void pp_orphans_end(const struct pp_orphans *orphans, bool (*spare)(const void *owner, pid_t pid), const void *owner);

#endif
