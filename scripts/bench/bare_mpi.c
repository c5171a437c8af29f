/* The peer of handing out by messages: rank 0 sends a number to each of the other ranks and, whenever one has come
 * back, the next number to the rank that it came from, until COUNT are back. One in flight for each rank, nothing else.
 * Usage: mpirun -n RANKS bare_mpi COUNT    prints the seconds from the first number sent to the last one back
 * Build: cc -std=c17 -D_GNU_SOURCE -O3 -o bare_mpi scripts/bench/bare_mpi.c $(pkg-config --cflags --libs ompi-c) */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static void work(void) {
    for (;;) {
        long number;
        MPI_Recv(&number, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (number < 0)
            return;
        MPI_Send(&number, 1, MPI_LONG, 0, 0, MPI_COMM_WORLD);
    }
}

static void hand_out(int workers, long count) {
    long sent = 0, end = -1;
    for (int rank = 1; rank <= workers && sent < count; rank++, sent++)
        MPI_Send(&sent, 1, MPI_LONG, rank, 0, MPI_COMM_WORLD);
    for (long back = 0; back < count; back++) {
        long number;
        MPI_Status status;
        MPI_Recv(&number, 1, MPI_LONG, MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &status);
        if (sent == count)
            continue;
        MPI_Send(&sent, 1, MPI_LONG, status.MPI_SOURCE, 0, MPI_COMM_WORLD);
        sent++;
    }
    for (int rank = 1; rank <= workers; rank++)
        MPI_Send(&end, 1, MPI_LONG, rank, 0, MPI_COMM_WORLD);
}

int main(int argc, char **argv) {
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    if (count < 1 || size < 2) {
        fputs("usage: mpirun -n RANKS bare_mpi COUNT, with two ranks at least\n", stderr);
        MPI_Abort(MPI_COMM_WORLD, 2);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    double start = MPI_Wtime();
    if (rank == 0) {
        hand_out(size - 1, count);
        printf("%.9f\n", MPI_Wtime() - start);
    } else {
        work();
    }
    MPI_Finalize();
    return 0;
}
