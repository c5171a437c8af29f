/* Process groups that tasks start to do their work (struct pp_env in pptest/task.h): whoever ends a worker ends
 * them, and a guard does, a small process, when this one is killed or gives itself up. What has left its group is found
 * by its mark (exec/mark.h). */
#ifndef PP_EXEC_GROUPS_H
#define PP_EXEC_GROUPS_H

#include <stddef.h>
#include <sys/types.h>

struct pp_error;

/* Where groups are noted, in memory that forked children share; {0}: there are none. */
struct pp_groups {
    int *first;
    size_t stride; /* bytes from one to the next */
    unsigned count;
    size_t own_bytes; /* of memory at `first` that is this struct's own; 0: somebody else's */
    pid_t guard;
};

/* Has those guarded that are noted in the caller's memory, mapped shared. By the main thread, whose end the guard waits
 * for. Returns 0 or -errno; {0} is left then. Close it before the memory goes. */
int pp_groups_guard(struct pp_groups *groups, const struct pp_groups *where, struct pp_error *error);

/* The same with memory of its own for `count` of them, `stride` bytes (>= sizeof(int)) apart. */
int pp_groups_open(struct pp_groups *groups, unsigned count, size_t stride, struct pp_error *error);

/* Ends all that are noted, and the guard. */
void pp_groups_close(struct pp_groups *groups);

int *pp_groups_at(const struct pp_groups *groups, unsigned index);

/* Ends the group that is noted there, if one is. The note stays the worker's, who takes it back. */
void pp_group_end(const int *group);

/* Takes back the note of a worker that is gone. */
void pp_group_forget(int *group);

void pp_groups_end(const struct pp_groups *groups);

#endif
