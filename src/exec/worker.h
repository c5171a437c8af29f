/* A worker process, from its first instruction to its last. */
#ifndef PP_EXEC_WORKER_H
#define PP_EXEC_WORKER_H

#include "exec/board.h"
#include "exec/data.h"
#include "exec/exec.h"
#include "exec/frame.h"
#include "exec/placement.h"

#include <stdnoreturn.h>
#include <sys/types.h>

/* What a worker is told before it starts; plain numbers, so that it can be sent through a pipe. */
struct pp_worker_request {
    uint32_t worker, generation;
    uint64_t seed, timeout_ns, resolution_ns, cpu_cost_ns;
    uint32_t library_threads;
    uint32_t lean;           /* as in pp_job: 0 or 1 */
    uint64_t recorder_bytes; /* of the memory for what it records, 0: nothing */
    int32_t main_pid;        /* the process that hands out the work; the worker ends when it does */
    struct pp_cpu_mask cpus; /* that it runs on; none: any */
    struct pp_data_terms data;
};

/* A worker's ends of the channels. */
struct pp_worker_channels {
    int orders_fd, results_fd;
    int parts_fd; /* exec/parts.h */
    struct pp_data_fds data;
    struct pp_board *board; /* its own */
    struct pp_lane lane;
};

/* Serves orders until told to stop, then ends the process; never returns. `job` gives the task, its arguments and
 * environment; with `shared` NULL the worker prepares its own inputs. */
noreturn void pp_worker_serve(const struct pp_job *job, const struct pp_worker_request *request,
                              const struct pp_worker_channels *channels);

/* Descriptors of a worker that did not inherit the channels from its parent by fork. The others follow one another
 * without a gap: the input's, where there is one, before the output's, before the recorder's. */
struct pp_worker_fds {
    int orders, results, boards, others[3];
};

/* The same for such a worker; the request is the first thing in the orders pipe. */
noreturn void pp_worker_adopt(const struct pp_job *job, const struct pp_worker_fds *fds);

/* Ends this process at once, without what exit() would do: flushing the parent's buffers a second time. */
noreturn void pp_worker_exit(int status);

#endif
