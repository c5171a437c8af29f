/* What stands for MPI in pptest, which is not linked against it: starting a program that is, takes a quarter of a
 * second.
 */
#include "exec/mpi.h"

#include <errno.h>

int pp_mpi_join(struct pp_error *error) {
    (void)error;
    return 0;
}

void pp_mpi_leave(int exit_status) { (void)exit_status; }

unsigned pp_mpi_size(void) { return 1; }

/* Nobody gets here: a config that names the executor is refused, and there are no other ranks. */
int pp_ranks_open(struct pp_ranks **ranks, const char *config_path, const char *config_text, const char *tmp_dir,
                  struct pp_error *error) {
    (void)ranks;
    (void)config_path;
    (void)config_text;
    (void)tmp_dir;
    return pp_error_set(error, -ENOTSUP, "%s", pp_executor_mpi.unavailable);
}

int pp_ranks_prepare(struct pp_ranks *ranks, const struct pp_job *job, void **shared, struct pp_error *error) {
    (void)ranks;
    (void)job;
    (void)shared;
    return pp_error_set(error, -ENOTSUP, "%s", pp_executor_mpi.unavailable);
}

size_t pp_ranks_hosts(const struct pp_ranks *ranks, unsigned workers, const char *const **names) {
    (void)ranks;
    (void)workers;
    *names = NULL;
    return 0;
}

void pp_ranks_close(struct pp_ranks *ranks, int exit_status) {
    (void)ranks;
    (void)exit_status;
}

int pp_rank_await(struct pp_rank_config *config) {
    (void)config;
    return 0;
}

void pp_rank_config_release(struct pp_rank_config *config) { (void)config; }

int pp_rank_answer(int status, const struct pp_error *why) {
    (void)status;
    (void)why;
    return -ENOTSUP;
}

int pp_rank_serve(struct pp_job *job, bool is_near) {
    (void)job;
    (void)is_near;
    return -ENOTSUP;
}

const struct pp_executor pp_executor_mpi = {
    .name = "mpi",
    .summary = "the ranks of an MPI job, on this host and others",
#ifdef PP_HAVE_MPI
    .unavailable = "this is pptest without MPI: run it as `mpirun -n N pptest-mpi`, with one rank more than workers",
#else
    .unavailable = "built without MPI: install libopenmpi-dev (Debian, Ubuntu), openmpi-devel (Fedora), openmpi (Arch) "
                   "or openmpi-dev (Alpine), build again, and run `mpirun -n N pptest-mpi`",
#endif
};
