/* Jobs around tasks that a test makes up, run by the real executors, and what must be true after each of them: no
 * child is left, and no descriptor. */
#ifndef PPTEST_TESTS_FAKE_JOB_H
#define PPTEST_TESTS_FAKE_JOB_H

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"
#include "exec/exec.h"
#include "exec/inputs.h"
#include "exec/start.h"

enum { FAKE_BOARD_ITEMS = 4096 };

/* Memory that the test and all its workers share. */
struct fake_board {
    _Atomic uint64_t starts;                  /* workers made ready, or about to be */
    _Atomic uint64_t ends;                    /* worker_fini called */
    _Atomic uint64_t accidents;               /* times that something was made to go wrong */
    _Atomic uint64_t runs[FAKE_BOARD_ITEMS];  /* how often each item was run */
    _Atomic uint64_t seeds[FAKE_BOARD_ITEMS]; /* the seed that each item was given last */
};

/* What fake tasks read: the board, which item to treat badly, and how often. */
struct fake_args {
    struct fake_board *board;
    uint64_t victim;    /* index of the item to go wrong */
    uint64_t accidents; /* how many times at most */
    uint64_t spare;     /* as the test likes */
};

/* True as long as accidents are left to happen, each counted once whoever asks. */
static inline bool fake_accident(const struct fake_args *args) {
    return atomic_fetch_add(&args->board->accidents, 1) < args->accidents;
}

/* The right answer of every fake task. */
static inline uint64_t fake_digest(const struct pp_item *item) { return pp_mix64(item->seed ^ item->index); }

/* The check value of a whole pass, worked out independently. */
static inline uint64_t fake_check(uint64_t seed, uint64_t count) {
    uint64_t check = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct pp_item item = {.index = i, .seed = pp_mix2(seed, i)};
        check += pp_mix2(i, fake_digest(&item));
    }
    return check;
}

static inline int fake_answer(const struct fake_args *args, const struct pp_item *item, struct pp_output *output) {
    if (args->board && item->index < FAKE_BOARD_ITEMS) {
        atomic_fetch_add(&args->board->runs[item->index], 1);
        atomic_store(&args->board->seeds[item->index], item->seed);
    }
    output->digest = fake_digest(item);
    return 0;
}

/* Fails at the victim, and answers the spare one wrongly. */
static inline int fake_fail(void *state, const void *args, const struct pp_item *item, struct pp_output *output,
                            struct pp_error *error) {
    const struct fake_args *fake = args;
    (void)state;
    if (item->index == fake->victim)
        return pp_error_set(error, -EIO, "this one never works");
    fake_answer(fake, item, output);
    if (item->index == fake->spare)
        output->digest++;
    return 0;
}

static inline int fake_verify(void *state, const void *args, const struct pp_item *item, const struct pp_output *output,
                              struct pp_error *error) {
    (void)state;
    (void)args;
    return output->digest == fake_digest(item) ? 0 : pp_error_set(error, -EBADMSG, "another digest");
}

static inline void fake_sleep_ms(long ms) {
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&wait, &wait) != 0 && errno == EINTR)
        continue;
}

static inline struct fake_board *fake_board_new(void) {
    void *memory = mmap(NULL, sizeof(struct fake_board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    return memory;
}

static inline void fake_board_free(struct fake_board *board) { munmap(board, sizeof *board); }

static inline int fake_open_files(void) {
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static inline bool fake_no_children(void) { return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD; }

struct fake_job {
    struct fake_args args;
    const char *executor; /* NULL: "process" */
    struct pp_job job;
    struct pp_starter starter;
    struct pp_sample sample;
    struct pp_error error;
    uint64_t spent_ns; /* by the last run */
};

/* A job of `count` items; the test may change it before it is run. */
static inline void fake_job_set(struct fake_job *fake, const struct pp_task *task, uint64_t count, unsigned workers) {
    fake->job = (struct pp_job){.task = task,
                                .args = &fake->args,
                                .env = {.config_dir = ".", .tmp_dir = "/tmp"},
                                .seed = 7,
                                .count = count,
                                .workers = workers,
                                .resolution_ns = 30,
                                .start = &fake->starter};
}

/* Opens a starter, loads the inputs, runs, and gives all back. Returns what the executor did. */
static inline int fake_job_run(struct fake_job *fake, enum pp_start_method method, const char *config_text) {
    struct pp_job *job = &fake->job;
    void *shared = NULL;
    fake->error = (struct pp_error){0};
    const char *name = job->workers == 0 ? "sequential" : fake->executor ? fake->executor : "process";
    job->start_method = method;
    int status = pp_starter_open(&fake->starter, 1u << method, job, "fake.json", config_text, &fake->error);
    if (status != 0)
        return status;
    status = pp_inputs_open(job->task, job->args, &job->env, &shared, &fake->error);
    if (status == 0) {
        job->shared = shared;
        uint64_t start_ns = pp_clock_ns();
        status = pp_executor_find(name)->run(job, &fake->sample, &fake->error);
        fake->spent_ns = pp_clock_ns() - start_ns;
        pp_inputs_close(job->task, shared);
        job->shared = NULL;
    }
    pp_starter_close(&fake->starter);
    return status;
}

#endif
