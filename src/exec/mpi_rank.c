/* A rank that is not rank 0, while it has a config: waiting to be asked, and its inputs. */
#include "exec/mpi_talk.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/inputs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between two looks for a command. On rank 0's host, where others may be measured meanwhile, a rank is knocked for; on
 * another it looks more often while there is a config, so that passes do not begin late for that. A look costs up to
 * 40 µs of CPU time when all caches are cold. */
static const uint64_t quiet_ns = 100000000, remote_ns = 10000000;

static int await_command(struct pp_mpi_command *command, uint64_t longest_ns) {
    sigset_t knock;
    sigemptyset(&knock);
    sigaddset(&knock, PP_MPI_KNOCK);
    uint64_t since_ns = pp_clock_ns();
    for (;;) {
        int root = 0;
        long got = pp_mpi_take(&root, PP_MPI_COMMAND, command, sizeof *command);
        if (got != 0)
            return got < 0 ? (int)got : (size_t)got == sizeof *command ? 0 : -EBADMSG;
        if (pp_stop_poll())
            return -EINTR;
        uint64_t wait_ns = (pp_clock_ns() - since_ns) / 8; /* one that has just ended a pass may soon begin another */
        wait_ns = wait_ns < longest_ns ? wait_ns : longest_ns;
        const struct timespec wait = {.tv_nsec = (long)wait_ns};
        sigtimedwait(&knock, NULL, &wait);
    }
}

/* ---- a config ---- */

/* The text is four strings, one after the other. */
static int take_apart(const char *text, size_t length, struct pp_rank_config *config) {
    const char *parts[4];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        size_t part = strnlen(text, length);
        if (part == length)
            return -EBADMSG;
        parts[i] = text;
        text += part + 1;
        length -= part + 1;
    }
    char host[MPI_MAX_PROCESSOR_NAME];
    pp_mpi_host(host);
    *config = (struct pp_rank_config){.path = strdup(parts[0]),
                                      .tmp_dir = strdup(strcmp(parts[1], host) == 0 ? parts[2] : ""),
                                      .text = strdup(parts[3])};
    if (config->path && config->tmp_dir && config->text)
        return 0;
    pp_rank_config_release(config);
    return -ENOMEM;
}

int pp_rank_await(struct pp_rank_config *config) {
    struct pp_mpi_command command;
    int status;
    do
        status = await_command(&command, quiet_ns);
    while (status == 0 && command.kind == PP_MPI_FORGET); /* of a config that could not be used here */
    if (status != 0 || command.kind == PP_MPI_END)
        return status;
    if (command.kind != PP_MPI_CONFIG)
        return -EBADMSG;
    char *text = malloc(command.text_bytes);
    if (!text)
        return -ENOMEM;
    status = pp_mpi_share(text, command.text_bytes);
    if (status == 0)
        status = take_apart(text, command.text_bytes, config);
    free(text);
    return status == 0 ? 1 : status;
}

void pp_rank_config_release(struct pp_rank_config *config) {
    free(config->path);
    free(config->tmp_dir);
    free(config->text);
    *config = (struct pp_rank_config){0};
}

int pp_rank_answer(int status, const struct pp_error *why) {
    struct pp_mpi_answer answer = {.status = status, .pid = getpid(), .why = *why};
    pp_mpi_host(answer.host);
    if (status != 0 && why->code == 0)
        pp_error_set(&answer.why, status, "%s", strerror(-status));
    return pp_mpi_send(0, PP_MPI_ANSWER, &answer, sizeof answer);
}

/* ---- inputs ---- */

/* What rank 0 has told of its inputs. */
struct receiver {
    bool over;  /* there are no more */
    int status; /* of the communication */
};

/* Without room for what comes the rank cannot go on with the others. */
static noreturn void give_up(const struct pp_mpi_input *told) {
    char host[MPI_MAX_PROCESSOR_NAME];
    pp_mpi_host(host);
    fprintf(stderr, "error: rank %d on %s: %s: no memory for its %llu bytes\n", pp_mpi_rank(), host, told->path,
            (unsigned long long)told->count);
    pp_worker_exit(1);
}

/* The next input: 0, or why there is none. */
static int receive_next(struct receiver *receiver, struct pp_input *input, struct pp_error *error) {
    struct pp_mpi_input told;
    receiver->status = pp_mpi_share(&told, sizeof told);
    if (receiver->status != 0)
        return receiver->status;
    receiver->over = told.more == 0;
    if (receiver->over)
        return pp_error_set(error, -ECANCELED, "rank 0 has no more inputs");
    if (told.status != 0) {
        if (error)
            *error = told.why;
        return told.status;
    }
    struct pp_input read = {.path = strdup(told.path), .bytes = malloc(told.count), .count = told.count};
    if (!read.path || !read.bytes)
        give_up(&told);
    receiver->status = pp_mpi_share(read.bytes, read.count);
    if (receiver->status == 0)
        *input = read;
    else
        pp_input_release(&read);
    return receiver->status;
}

static int read_from_rank_0(const struct pp_env *env, const char *name, const char *kind, struct pp_input *input,
                            struct pp_error *error) {
    (void)name; /* all ranks ask for the same files, in the same order */
    (void)kind;
    struct receiver *receiver = env->input_owner;
    if (receiver->over || receiver->status != 0)
        return pp_error_set(error, -ECANCELED, "rank 0 has no more inputs");
    return receive_next(receiver, input, error);
}

/* Takes part in all that rank 0 shares, even when it could not be used here. */
static int prepare(const struct pp_job *job, void **shared, struct pp_error *why, int *communication) {
    struct receiver receiver = {0};
    struct pp_env env = job->env;
    env.read_input = read_from_rank_0;
    env.input_owner = &receiver;
    int status = pp_inputs_open(job->task, job->args, &env, shared, why);
    while (!receiver.over && receiver.status == 0) {
        struct pp_input unwanted = {0};
        receive_next(&receiver, &unwanted, NULL);
        pp_input_release(&unwanted);
    }
    *communication = receiver.status;
    return status;
}

/* ---- serving ---- */

static int serve_passes(const struct pp_job *job, uint64_t look_ns) {
    struct pp_mpi_command command;
    int status = await_command(&command, look_ns);
    while (status == 0 && command.kind == PP_MPI_PASS) {
        status = pp_mpi_work(job, &command.pass);
        if (status == 0)
            status = await_command(&command, look_ns);
    }
    return status != 0 || command.kind == PP_MPI_FORGET ? status : -EBADMSG;
}

static int prepare_and_serve(struct pp_job *job, uint64_t look_ns) {
    struct pp_error why = {0};
    void *shared = NULL;
    int status, prepared = prepare(job, &shared, &why, &status);
    if (status == 0)
        status = pp_rank_answer(prepared, &why);
    if (prepared != 0)
        return status; /* rank 0 lets it be forgotten */
    job->shared = shared;
    if (status == 0)
        status = serve_passes(job, look_ns);
    pp_inputs_close(job->task, shared);
    return status;
}

int pp_rank_serve(struct pp_job *job, bool is_near) {
    struct pp_mpi_command command;
    uint64_t look_ns = is_near ? quiet_ns : remote_ns;
    int status = await_command(&command, look_ns);
    if (status != 0 || command.kind == PP_MPI_FORGET)
        return status;
    return command.kind == PP_MPI_PREPARE ? prepare_and_serve(job, look_ns) : -EBADMSG;
}
