/* The other ranks as rank 0 sees them: telling them a config, sharing inputs, and knowing where they run. */
#include "exec/mpi_talk.h"

#include "base/stop.h"
#include "exec/inputs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- failing ---- */

static const struct pp_rank *find_gone(const struct pp_ranks *ranks) {
    for (unsigned i = 0; i < ranks->count; i++)
        if (ranks->ranks[i].here && kill(ranks->ranks[i].pid, 0) != 0 && errno == ESRCH)
            return &ranks->ranks[i];
    return NULL;
}

/* When a rank is lost, mpirun asks all others to stop before it ends them. */
int pp_ranks_fail(struct pp_ranks *ranks, int status, struct pp_error *error) {
    ranks->broken = true;
    const struct pp_rank *gone = find_gone(ranks);
    if (gone)
        return pp_error_set(error, -ECHILD, "rank %td on %s (process %d) is gone, and with it the MPI job ends",
                            gone - ranks->ranks + 1, gone->host, (int)gone->pid);
    if (status == -EINTR || error->code != 0)
        return status;
    return pp_error_set(error, status, "the ranks cannot be talked to: %s", strerror(-status));
}

/* ---- opening ---- */

int pp_ranks_command(const struct pp_ranks *ranks, unsigned worker, const struct pp_mpi_command *command) {
    const struct pp_rank *rank = &ranks->ranks[worker];
    int status = pp_mpi_send((int)worker + 1, PP_MPI_COMMAND, command, sizeof *command);
    if (rank->here) /* not known before its first answer */
        kill(rank->pid, PP_MPI_KNOCK);
    return status;
}

static int command_all(const struct pp_ranks *ranks, enum pp_mpi_command_kind kind, size_t text_bytes) {
    const struct pp_mpi_command command = {.kind = kind, .text_bytes = (uint32_t)text_bytes};
    int status = 0;
    for (unsigned i = 0; i < ranks->count && status == 0; i++)
        status = pp_ranks_command(ranks, i, &command);
    return status;
}

/* All are asked, whatever the first ones say, so that none has an answer left for the next question. */
static int hear_all(struct pp_ranks *ranks, struct pp_error *error) {
    int first = 0;
    for (unsigned i = 0; i < ranks->count; i++) {
        struct pp_rank *rank = &ranks->ranks[i];
        struct pp_mpi_answer answer;
        int status = pp_mpi_receive((int)i + 1, PP_MPI_ANSWER, &answer, sizeof answer);
        if (status != 0)
            return pp_ranks_fail(ranks, status, error);
        rank->pid = answer.pid;
        memcpy(rank->host, answer.host, sizeof rank->host);
        if (answer.status != 0 && first == 0) {
            first = answer.status;
            pp_error_at(error, first, answer.why.where, "rank %u on %s: %s", i + 1, rank->host, answer.why.text);
        }
    }
    return first;
}

static int tell_config(struct pp_ranks *ranks, char *text, size_t length, struct pp_error *error) {
    int status = command_all(ranks, PP_MPI_CONFIG, length);
    if (status == 0)
        status = pp_mpi_share(text, length);
    return status == 0 ? hear_all(ranks, error) : pp_ranks_fail(ranks, status, error);
}

static void find_hosts(struct pp_ranks *ranks, const char *own) {
    size_t count = 0;
    for (unsigned i = 0; i < ranks->count; i++) {
        struct pp_rank *rank = &ranks->ranks[i];
        rank->here = strcmp(rank->host, own) == 0;
        size_t k = 0;
        while (k < count && strcmp(ranks->hosts[k], rank->host) != 0)
            k++;
        if (k == count)
            ranks->hosts[count++] = rank->host;
    }
}

static struct pp_ranks *ranks_new(void) {
    struct pp_ranks *ranks = calloc(1, sizeof *ranks);
    if (!ranks)
        return NULL;
    ranks->count = pp_mpi_size() - 1;
    ranks->ranks = calloc(ranks->count + 1, sizeof *ranks->ranks);
    ranks->hosts = calloc(ranks->count + 1, sizeof *ranks->hosts);
    return ranks;
}

static void ranks_free(struct pp_ranks *ranks) {
    free(ranks->ranks);
    free(ranks->hosts);
    free(ranks);
}

int pp_ranks_open(struct pp_ranks **ranks, const char *config_path, const char *config_text, const char *tmp_dir,
                  struct pp_error *error) {
    char host[MPI_MAX_PROCESSOR_NAME], *text = NULL;
    pp_mpi_host(host);
    int length = asprintf(&text, "%s%c%s%c%s%c%s", config_path, 0, host, 0, tmp_dir, 0, config_text);
    struct pp_ranks *opened = length > 0 ? ranks_new() : NULL;
    if (!opened || !opened->ranks || !opened->hosts) {
        if (opened)
            ranks_free(opened);
        if (length > 0)
            free(text);
        return pp_error_set(error, -ENOMEM, "no memory for what the ranks are told");
    }
    int status = tell_config(opened, text, (size_t)length + 1, error);
    free(text);
    find_hosts(opened, host);
    *ranks = opened; /* on failure too: it must be closed */
    return status;
}

void pp_ranks_close(struct pp_ranks *ranks, int exit_status) {
    if (!ranks)
        return;
    bool broken = ranks->broken || pp_stop_signal || command_all(ranks, PP_MPI_FORGET, 0) != 0;
    ranks_free(ranks);
    if (!broken)
        return;
    fflush(NULL);
    MPI_Abort(MPI_COMM_WORLD, exit_status);
}

size_t pp_ranks_hosts(const struct pp_ranks *ranks, unsigned workers, const char *const **names) {
    size_t count = 0;
    for (unsigned i = 0; i < workers && i < ranks->count; i++)
        if (ranks->hosts[count] && strcmp(ranks->hosts[count], ranks->ranks[i].host) == 0)
            count++;
    *names = ranks->hosts;
    return count;
}

/* ---- inputs ---- */

/* Reads the file, and gives it to all; that it cannot be read, too. */
static int read_for_all(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                        struct pp_error *error) {
    struct pp_ranks *ranks = env->input_owner;
    struct pp_input read = {0};
    struct pp_error why = {0};
    struct pp_mpi_input told = {.more = 1};
    told.status = pp_input_read_file(env, name, kind, &read, &why);
    told.why = why;
    if (told.status == 0) {
        told.count = read.count;
        snprintf(told.path, sizeof told.path, "%s", read.path);
    }
    int status = pp_mpi_share(&told, sizeof told);
    if (status == 0 && told.status == 0)
        status = pp_mpi_share(read.bytes, read.count);
    if (status != 0 || told.status != 0)
        pp_input_release(&read);
    if (status != 0)
        return pp_ranks_fail(ranks, status, error);
    if (told.status != 0) {
        if (error)
            *error = why;
        return told.status;
    }
    *input = read;
    return 0;
}

/* Tells that there are no more, and hears how they were taken. */
static int end_inputs(struct pp_ranks *ranks, struct pp_error *error) {
    struct pp_mpi_input end = {.more = 0};
    int status = pp_mpi_share(&end, sizeof end);
    return status == 0 ? hear_all(ranks, error) : pp_ranks_fail(ranks, status, error);
}

int pp_ranks_prepare(struct pp_ranks *ranks, const struct pp_job *job, void **shared, struct pp_error *error) {
    struct pp_env env = job->env;
    env.read_input = read_for_all;
    env.input_owner = ranks;
    int status = command_all(ranks, PP_MPI_PREPARE, 0);
    if (status != 0)
        return pp_ranks_fail(ranks, status, error);
    int own_status = pp_inputs_open(job->task, job->args, &env, shared, error);
    if (ranks->broken)
        return own_status;
    struct pp_error theirs = {0};
    status = end_inputs(ranks, &theirs);
    if (own_status != 0)
        return own_status;
    if (status != 0) {
        pp_inputs_close(job->task, *shared);
        *error = theirs;
    }
    return status;
}
