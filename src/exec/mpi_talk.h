/* What the ranks of an MPI job say to each other, and how. All ranks run the same program on machines of one kind, so
 * structs travel as they lie in memory. No call here waits in MPI, which would keep a CPU busy and be deaf to signals:
 * all return -EINTR when a stop was asked for, and the communication is not to be used any more then. */
#ifndef PP_EXEC_MPI_TALK_H
#define PP_EXEC_MPI_TALK_H

#include "exec/mpi.h"
#include "exec/usage.h"
#include "exec/worker.h"

#include <limits.h>
#include <mpi.h>
#include <signal.h>

/* Messages between rank 0 and another. */
enum pp_mpi_tag {
    PP_MPI_COMMAND = 1, /* struct pp_mpi_command, from rank 0 */
    PP_MPI_ANSWER,      /* struct pp_mpi_answer, to it */
    PP_MPI_ORDERS,      /* one struct pp_order or more, from it, during a pass */
    PP_MPI_RESULTS,     /* frames (exec/frame.h), to it */
    PP_MPI_PART,        /* what was handed back, to it, after the frame that says how much */
    PP_MPI_FAREWELL     /* struct pp_mpi_farewell, to it, at the end of a pass */
};

/* Rank 0 sends it to those of its host after a command, so that they need not look for one all the time. */
#define PP_MPI_KNOCK SIGUSR1

enum pp_mpi_command_kind {
    PP_MPI_CONFIG,  /* a text is shared: the config's path, rank 0's host, its folder for temporary files, and the
                       config, each ended by NUL. Answered. */
    PP_MPI_PREPARE, /* inputs are shared. Answered. */
    PP_MPI_PASS,    /* to those that take part */
    PP_MPI_FORGET,  /* the config is over, for those that could not use it, too */
    PP_MPI_END
};

struct pp_mpi_command {
    uint32_t kind;                 /* enum pp_mpi_command_kind */
    uint32_t text_bytes;           /* CONFIG */
    struct pp_worker_request pass; /* PASS; what the receiver's own clock is like, it knows better */
};

struct pp_mpi_answer {
    int32_t status; /* 0 or -errno */
    int32_t pid;
    struct pp_error why;
    char host[MPI_MAX_PROCESSOR_NAME];
};

/* What all ranks get for each input that rank 0 reads, and at last once more. */
struct pp_mpi_input {
    uint32_t more;  /* 0: that was all */
    int32_t status; /* 0: `count` bytes follow */
    uint64_t count;
    struct pp_error why;
    char path[PATH_MAX];
};

/* How a worker's time went by its own clock, and what it cost. */
struct pp_mpi_farewell {
    uint64_t waiting_ns, transfer_ns, tail_ns; /* as in struct pp_ledger */
    struct pp_usage usage;
};

/* `tag`: an enum pp_mpi_tag. Sends `count` (>= 1) bytes and returns when they may be changed. */
int pp_mpi_send(int to, int tag, const void *bytes, size_t count);

/* Takes a message of at most `room` bytes if one is there, from rank *from or, where that is MPI_ANY_SOURCE, from
 * whoever sent one, who then stands in *from. Returns its length, 0 for none, or -errno. */
long pp_mpi_take(int *from, int tag, void *bytes, size_t room);

/* Waits for a message of exactly `count` bytes. */
int pp_mpi_receive(int from, int tag, void *bytes, size_t count);

/* The same for any number of bytes, 0 too: as many messages as MPI needs for them. */
int pp_mpi_send_all(int to, int tag, const void *bytes, size_t count);
int pp_mpi_receive_all(int from, int tag, void *bytes, size_t count);

/* Called by all ranks: what rank 0 has at `bytes` they all have afterwards. */
int pp_mpi_share(void *bytes, size_t count);

/* This process's rank, and the name of its host. */
int pp_mpi_rank(void);
void pp_mpi_host(char name[MPI_MAX_PROCESSOR_NAME]);

/* Serves one pass, in a rank. */
int pp_mpi_work(const struct pp_job *job, const struct pp_worker_request *request);

/* The other ranks, as rank 0 knows them. */
struct pp_ranks {
    unsigned count; /* of them: the size of the job less one */
    struct pp_rank {
        pid_t pid; /* on its own host */
        bool here; /* which is rank 0's */
        char host[MPI_MAX_PROCESSOR_NAME];
    } * ranks;          /* worker n is rank n + 1 */
    const char **hosts; /* each once */
    bool broken;        /* a rank is lost, or in the midst of something */
};

/* Sends worker `worker` a command. */
int pp_ranks_command(const struct pp_ranks *ranks, unsigned worker, const struct pp_mpi_command *command);

/* Called when something with the ranks failed with `status`: they cannot be used any more. Returns the status to go on
 * with: -ECHILD with words when a rank of this host turns out to be gone, else `status`. */
int pp_ranks_fail(struct pp_ranks *ranks, int status, struct pp_error *error);

#endif
