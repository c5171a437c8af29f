#include "lib/team.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Returns the next piece of work, or NULL when the team is over. */
static pp_team_work *await_work(struct pp_team *team, unsigned long done, void **argument) {
    pthread_mutex_lock(&team->lock);
    while (team->round == done && !team->over)
        pthread_cond_wait(&team->changed, &team->lock);
    pp_team_work *work = team->over ? NULL : team->work;
    *argument = team->argument;
    pthread_mutex_unlock(&team->lock);
    return work;
}

static void *serve(void *argument) {
    const struct pp_team_member *member = argument;
    struct pp_team *team = member->team;
    pp_team_work *work;
    void *work_argument;
    for (unsigned long round = 0; (work = await_work(team, round, &work_argument)) != NULL; round++) {
        work(team, member->part, work_argument);
        pp_team_wait(team);
    }
    return NULL;
}

static void announce(struct pp_team *team, pp_team_work *work, void *argument) {
    pthread_mutex_lock(&team->lock);
    team->work = work;
    team->argument = argument;
    team->round++;
    team->over = work == NULL;
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->lock);
}

/* Ends the first `count` helpers and all that was made for them. */
static void dismiss(struct pp_team *team, unsigned count) {
    announce(team, NULL, NULL);
    for (unsigned i = 0; i < count; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->changed);
    pthread_mutex_destroy(&team->lock);
    pthread_barrier_destroy(&team->stage);
    free(team->members);
    team->members = NULL;
}

/* With every signal blocked, so that signals reach the thread that knows what to do. Returns how many were started. */
static unsigned start_helpers(struct pp_team *team, int *status) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    unsigned started = 0;
    for (*status = 0; *status == 0 && started < team->size - 1;) {
        struct pp_team_member *member = &team->members[started];
        member->team = team;
        member->part = started + 1;
        *status = pthread_create(&member->thread, NULL, serve, member);
        started += *status == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

int pp_team_init(struct pp_team *team, unsigned size, struct pp_error *error) {
    *team = (struct pp_team){.size = size > 1 ? size : 1};
    if (team->size == 1)
        return 0;
    team->members = calloc(team->size - 1, sizeof *team->members);
    if (team->members == NULL)
        return pp_error_set(error, -ENOMEM, "no memory for %u threads; use fewer library_threads", size);
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->changed, NULL);
    pthread_barrier_init(&team->stage, NULL, team->size);
    int status;
    unsigned started = start_helpers(team, &status);
    if (status == 0)
        return 0;
    dismiss(team, started);
    return pp_error_set(error, -status, "thread %u of %u cannot be started: %s; use fewer workers or library_threads",
                        started + 2, size, strerror(status));
}

void pp_team_run(struct pp_team *team, pp_team_work *work, void *argument) {
    if (team->size > 1)
        announce(team, work, argument);
    work(team, 0, argument);
    pp_team_wait(team);
}

void pp_team_wait(struct pp_team *team) {
    if (team->size > 1)
        pthread_barrier_wait(&team->stage);
}

void pp_team_release(struct pp_team *team) {
    if (team->members != NULL)
        dismiss(team, team->size - 1);
}
