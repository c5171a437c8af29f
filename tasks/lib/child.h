/* Programs that a task runs: started without a shell, waited for, and ended with all they started. */
#ifndef PPTEST_LIB_CHILD_H
#define PPTEST_LIB_CHILD_H

#include <spawn.h>
#include <sys/types.h>

#include "lib/tail.h"
#include "pptest/task.h"

/* Of which output of a program the end is kept, so that it can be shown; all else goes to /dev/null. */
enum pp_child_kept { PP_CHILD_STDERR, PP_CHILD_BOTH, PP_CHILD_NONE };

/* How programs are started; one for any number of them. */
struct pp_child_way {
    const char *stdin_path;
    enum pp_child_kept kept;
    posix_spawnattr_t attributes; /* a process group of their own, no signal blocked or ignored */
};

/* One that runs. */
struct pp_child {
    pid_t pid;           /* also its process group's; 0: none */
    int ended_fd;        /* becomes readable with its end (pidfd_open(2), Linux 5.3), -1: there is no such thing */
    struct pp_tail tail; /* of what is kept */
    int *group;          /* where its group is noted while it is there (struct pp_env); NULL: nowhere */
    bool wants_terminal;
};

/* How one has ended. */
struct pp_child_end {
    int wait_status;                                         /* as of wait4() */
    bool wants_terminal;                                     /* which is why it was killed */
    char last_words[sizeof((struct pp_tail *)0)->bytes + 1]; /* the end of what was kept, on one line; "" */
};

/* Returns 0 or -errno. */
int pp_child_way_open(struct pp_child_way *way, struct pp_error *error);
void pp_child_way_close(struct pp_child_way *way);

/* Starts the program at `path`; its group is noted at `group`. Returns 0 or -errno with the reason. */
int pp_child_start(struct pp_child *child, const struct pp_child_way *way, const char *path, char *const *words,
                   int *group, struct pp_error *error);

/* Waits for its end; kills what it has left in its process group. `use` is added to; NULL: nobody wants to know.
 * Returns 0 or -errno. */
int pp_child_wait(struct pp_child *child, struct pp_child_end *end, struct pp_child_use *use, struct pp_error *error);

/* Has it ended? Takes what it has written, so it is to be called when output waits, too. Returns 1 (pp_child_wait will
 * not wait), 0, or -errno. One that wants the terminal, which is this process's own, is stopped by the system and would
 * stay so for ever: here and in pp_child_wait it is killed, within a second. */
int pp_child_ended(struct pp_child *child);

/* A descriptor of the caller's that becomes readable when pp_child_ended has something to do, but for the terminal.
 * Returns it, or -errno: -ENOSYS where the system cannot tell. */
int pp_child_watch(const struct pp_child *child);

/* Ends it, with its process group, before its time. {0} is accepted. */
void pp_child_kill(struct pp_child *child);

#endif
