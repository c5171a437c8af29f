/* Moving what tasks take in and give back ("transfer") between a pool's parent and its workers: through a pipe for each
 * worker and direction, or in memory that both have mapped. A worker has one task at a time then. */
#ifndef PP_EXEC_DATA_H
#define PP_EXEC_DATA_H

#include "exec/exec.h"
#include "exec/stream.h"

#include <poll.h>

/* What a worker is told of its data; plain numbers, so that it can be sent through a pipe. */
struct pp_data_terms {
    int32_t input, result;              /* enum pp_transfer_input, pp_transfer_result */
    uint64_t input_bytes, result_bytes; /* 0: not moved */
};

static inline bool pp_data_moves(const struct pp_transfer *transfer) {
    return transfer->input != PP_INPUT_INHERIT || transfer->result != PP_RESULT_DIGEST;
}

/* A worker's ends of its channels: the pipe, or the shared memory of all workers; -1: none. */
struct pp_data_fds {
    int input, output;
};

/* ---- the parent ---- */

/* One block of memory for each worker. */
struct pp_data_slots {
    int fd;                /* of shared memory, -1: the parent's own */
    unsigned char *memory; /* NULL: there are none */
    size_t bytes, stride;  /* of one slot's contents; from one to the next, whole pages */
};

struct pp_data_seat {
    struct pp_data_fds fds; /* the parent's ends of pipes, -1: none */
    struct pp_stream input, output;
    bool sending, receiving;
};

struct pp_data {
    const struct pp_job *job; /* NULL: nothing is moved, and all below is empty */
    struct pp_data_terms terms;
    struct pp_data_slots inputs, outputs;
    struct pp_data_seat *seats; /* one a worker */
};

/* Makes room for what is moved, if anything is. Returns 0 or -errno; then nothing is left. */
int pp_data_open(struct pp_data *data, const struct pp_job *job, struct pp_error *error);
void pp_data_close(struct pp_data *data);

/* Opens the channels of one worker that is about to be started: `theirs` are its ends, to be given back with
 * pp_data_hand_over once it has them. Returns 0 or -errno. */
int pp_data_connect(struct pp_data *data, unsigned worker, struct pp_data_fds *theirs, struct pp_error *error);
void pp_data_hand_over(const struct pp_data *data, const struct pp_data_fds *theirs);
/* The worker has ended, or could not be started. */
void pp_data_disconnect(struct pp_data *data, unsigned worker);

/* Makes the input of a task that the worker is about to be ordered to do; then, after the order, begins to send it.
 * What cannot be sent at once follows in pp_data_serve. */
void pp_data_prepare(struct pp_data *data, unsigned worker, const struct pp_item *item);
void pp_data_send(struct pp_data *data, unsigned worker);

/* Descriptors to wait for, two a worker at most; and what to do for those that are ready. */
size_t pp_data_polls(const struct pp_data *data, struct pollfd *polls);
void pp_data_serve(struct pp_data *data, const struct pollfd *polls, size_t count);

/* The worker has reported its task: takes in what is left of the result where it was `done`. Returns 0, or -EBADMSG
 * with words when the result is not all there, or not what was sent. */
int pp_data_take(struct pp_data *data, unsigned worker, bool done, struct pp_error *error);

/* Bytes of each of a job's tasks that go through pipes. */
uint64_t pp_data_piped(const struct pp_job *job);

/* For pp_executor: has the task the data that the case moves, and are they moved one by one? And can there be so many
 * pipes? */
int pp_data_supports(const struct pp_task *task, const struct pp_case *plan, struct pp_error *error);
int pp_data_admit(const struct pp_case *plan, struct pp_error *error);

/* ---- a worker ---- */

struct pp_data_end {
    struct pp_data_terms terms;
    struct pp_data_fds fds;
    void *input, *output; /* of one task: the same memory for each; NULL: not moved */
};

/* Makes room, or maps it. The process ends before the memory is given back. Returns 0 or -errno with words. */
int pp_data_adopt(struct pp_data_end *end, const struct pp_data_terms *terms, const struct pp_data_fds *fds,
                  unsigned worker, struct pp_error *error);

/* Waits for the input that belongs to an order. Returns 0, -EBADMSG with words when it came damaged, or -EPIPE when the
 * parent is gone. */
int pp_data_receive(struct pp_data_end *end, struct pp_error *error);

/* Sends the result. Returns 0 or -errno: then the parent is gone. */
int pp_data_deliver(struct pp_data_end *end);

#endif
