#include "exec/mpi_talk.h"

#include "base/clock.h"
#include "base/stop.h"
#include "exec/lull.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* MPI counts in int; and a stop is noticed between two of them. */
#define PIECE_BYTES ((size_t)1 << 28)

static const uint64_t pause_max_ns = 1000000;

/* ---- joining and leaving ---- */

int pp_mpi_join(struct pp_error *error) {
    /* Started without mpirun, Open MPI would start a daemon of its own beside it. */
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    /* Threads that MPI starts must not take signals that are meant for this one. */
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (code != MPI_SUCCESS)
        return pp_error_set(error, -EIO, "MPI cannot be started (error %d)", code);
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    if (pp_mpi_rank() > 0) {
        sigset_t knock;
        sigemptyset(&knock);
        sigaddset(&knock, PP_MPI_KNOCK);
        sigprocmask(SIG_BLOCK, &knock, NULL);
    }
    return pp_mpi_rank();
}

/* Rank 0 tells who of its host is gone by whose processes are: the others stay for as long as it may need. */
static noreturn void end_late(void) {
    const struct timespec wait = {.tv_sec = 2};
    nanosleep(&wait, NULL);
    pp_worker_exit(1);
}

void pp_mpi_leave(int exit_status) {
    if (pp_mpi_rank() > 0 && pp_stop_signal)
        end_late();
    if (pp_mpi_rank() > 0 && exit_status != 0)
        pp_worker_exit(exit_status); /* MPI ends the job then */
    const struct pp_mpi_command end = {.kind = PP_MPI_END};
    bool well = !pp_stop_signal || pp_mpi_size() == 1;
    for (unsigned i = 1; pp_mpi_rank() == 0 && i < pp_mpi_size() && well; i++)
        well = pp_mpi_send((int)i, PP_MPI_COMMAND, &end, sizeof end) == 0;
    fflush(NULL);
    if (!well)
        MPI_Abort(MPI_COMM_WORLD, exit_status);
    MPI_Finalize();
}

int pp_mpi_rank(void) {
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

unsigned pp_mpi_size(void) {
    int size = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    return (unsigned)size;
}

void pp_mpi_host(char name[MPI_MAX_PROCESSOR_NAME]) {
    int length = 0;
    memset(name, 0, MPI_MAX_PROCESSOR_NAME);
    if (MPI_Get_processor_name(name, &length) != MPI_SUCCESS)
        snprintf(name, MPI_MAX_PROCESSOR_NAME, "unknown");
}

/* ---- talking ---- */

static int finish(MPI_Request *request) {
    struct pp_lull lull = {0};
    for (int done = 0;;) {
        if (MPI_Test(request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
            return -EIO;
        if (done)
            return 0;
        if (pp_lull_pause(&lull, pause_max_ns) && pp_stop_poll())
            return -EINTR;
    }
}

int pp_mpi_send(int to, int tag, const void *bytes, size_t count) {
    MPI_Request request;
    int code = MPI_Isend(bytes, (int)count, MPI_BYTE, to, tag, MPI_COMM_WORLD, &request);
    return code == MPI_SUCCESS ? finish(&request) : -EIO;
}

long pp_mpi_take(int *from, int tag, void *bytes, size_t room) {
    int there = 0, count = 0;
    MPI_Status status;
    /* Open MPI looks first, and takes in what has arrived afterwards: seen by the next look only. */
    for (int look = 0; look < 2 && !there; look++)
        if (MPI_Iprobe(*from, tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS)
            return -EIO;
    if (!there)
        return 0;
    MPI_Get_count(&status, MPI_BYTE, &count);
    if (count <= 0 || (size_t)count > room)
        return -EBADMSG;
    *from = status.MPI_SOURCE;
    int code = MPI_Recv(bytes, count, MPI_BYTE, *from, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return code == MPI_SUCCESS ? count : -EIO;
}

int pp_mpi_receive(int from, int tag, void *bytes, size_t count) {
    struct pp_lull lull = {0};
    for (;;) {
        long got = pp_mpi_take(&from, tag, bytes, count);
        if (got != 0)
            return got < 0 ? (int)got : (size_t)got == count ? 0 : -EBADMSG;
        if (pp_lull_pause(&lull, pause_max_ns) && pp_stop_poll())
            return -EINTR;
    }
}

static size_t piece_of(size_t left) { return left < PIECE_BYTES ? left : PIECE_BYTES; }

int pp_mpi_send_all(int to, int tag, const void *bytes, size_t count) {
    int status = 0;
    for (size_t at = 0; at < count && status == 0; at += piece_of(count - at))
        status = pp_mpi_send(to, tag, (const char *)bytes + at, piece_of(count - at));
    return status;
}

int pp_mpi_receive_all(int from, int tag, void *bytes, size_t count) {
    int status = 0;
    for (size_t at = 0; at < count && status == 0; at += piece_of(count - at))
        status = pp_mpi_receive(from, tag, (char *)bytes + at, piece_of(count - at));
    return status;
}

int pp_mpi_share(void *bytes, size_t count) {
    for (size_t at = 0, size; at < count; at += size) {
        MPI_Request request;
        size = piece_of(count - at);
        if (MPI_Ibcast((char *)bytes + at, (int)size, MPI_BYTE, 0, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
            return -EIO;
        int status = finish(&request);
        if (status != 0)
            return status;
    }
    return 0;
}
