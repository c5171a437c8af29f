/* The ranks of an MPI job. Rank 0 does all that pptest does; the others wait for what it asks of them, without using
 * their CPUs, and work in passes of the executor "mpi". Only pptest-mpi has MPI in it: for pptest, which has not, there
 * is one rank, number 0, and all of this does nothing. */
#ifndef PP_EXEC_MPI_H
#define PP_EXEC_MPI_H

#include "exec/exec.h"
#include "pptest/input.h"

/* Joins the job, before anything else is done; signals stay as they are. Returns this process's rank, or -errno with
 * words. After success pp_mpi_leave must be called. */
int pp_mpi_join(struct pp_error *error);

/* Leaves it: rank 0 lets the others end, and all wait for each other. When rank 0 was asked to stop, it ends the whole
 * job instead, with `exit_status`, and this does not return. */
void pp_mpi_leave(int exit_status);

/* ---- rank 0 ---- */

/* The other ranks, while they know a config. */
struct pp_ranks;

/* Ranks in the job, this one included; 1 without MPI. */
unsigned pp_mpi_size(void);

/* Tells all other ranks the config: its path and resolved text, and this run's folder for temporary files, which those
 * on the same host use. Returns 0 with *ranks to be closed, or -errno, with words of the rank that could not use it. */
int pp_ranks_open(struct pp_ranks **ranks, const char *config_path, const char *config_text, const char *tmp_dir,
                  struct pp_error *error);

/* Calls the task's `prepare` as pp_inputs_open does, here and in every rank, in which files come from this one. Returns
 * 0 when all have their inputs; close those of this rank with pp_inputs_close. */
int pp_ranks_prepare(struct pp_ranks *ranks, const struct pp_job *job, void **shared, struct pp_error *error);

/* The hosts on which the first `workers` workers run, each once, in the order of ranks. Returns how many, with the
 * names in *names, which live as long as `ranks`. */
size_t pp_ranks_hosts(const struct pp_ranks *ranks, unsigned workers, const char *const **names);

/* The ranks forget the config. When they cannot be asked any more, because one is lost or in the midst of work, the
 * whole job ends with `exit_status`, and this does not return: all else must have been saved. NULL is accepted. */
void pp_ranks_close(struct pp_ranks *ranks, int exit_status);

/* ---- the other ranks ---- */

/* What rank 0 tells of a config. */
struct pp_rank_config {
    char *path, *text; /* owned */
    char *tmp_dir;     /* owned: of a run on this host; "": the rank must make its own */
};

/* Waits for the next config. Returns 1 with `config` filled, 0 when there is none and the rank is to end, or -errno. */
int pp_rank_await(struct pp_rank_config *config);
void pp_rank_config_release(struct pp_rank_config *config);

/* Answers for this config: `status` 0, or that it cannot be used, and why. Returns 0, or -errno. */
int pp_rank_answer(int status, const struct pp_error *why);

/* After an answer of 0: prepares the inputs and serves passes until the config is over. `job` gives task, args and env;
 * `is_near`: rank 0 is on the same host. Returns 0 or -errno. */
int pp_rank_serve(struct pp_job *job, bool is_near);

#endif
