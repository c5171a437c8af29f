/* A few threads that do one thing together, stage by stage, and sleep in between.
 *
 * Plain threads: OpenMP's do not survive a fork. Start a team in the process that uses it, after any fork. */
#ifndef PPTEST_LIB_TEAM_H
#define PPTEST_LIB_TEAM_H

#include <pthread.h>
#include <stdbool.h>

#include "pptest/error.h"

struct pp_team;

/* One member's share of the work, `part` from 0 to team->size - 1. */
typedef void pp_team_work(struct pp_team *team, unsigned part, void *argument);

struct pp_team_member {
    struct pp_team *team;
    unsigned part;
    pthread_t thread;
};

struct pp_team {
    unsigned size;                  /* members, the calling thread included */
    struct pp_team_member *members; /* the others; NULL for none */
    pthread_barrier_t stage;        /* all members wait here between stages, and at the end */
    pthread_mutex_t lock;           /* guards what follows */
    pthread_cond_t changed;
    pp_team_work *work;
    void *argument;
    unsigned long round; /* grows with each piece of work */
    bool over;
};

/* Starts `size` - 1 threads; 0 counts as 1. The team must stay where it is until it is released. Returns 0 or -errno
 * with words; then no thread is left. */
int pp_team_init(struct pp_team *team, unsigned size, struct pp_error *error);

/* Runs `work` in every member, the caller being part 0, and returns when all are done. */
void pp_team_run(struct pp_team *team, pp_team_work *work, void *argument);

/* For `work`, called by every member equally often: returns when all have come so far. */
void pp_team_wait(struct pp_team *team);

/* Ends and joins the threads. */
void pp_team_release(struct pp_team *team);

/* First of the items 0 to `count` - 1 that belong to `part`; they end where the next part's begin. */
static inline size_t pp_team_share(const struct pp_team *team, unsigned part, size_t count) {
    return count * part / team->size;
}

#endif
