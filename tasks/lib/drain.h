/* A pipe whose other end a process of its own empties, as a terminal or a logger would. */
#ifndef PPTEST_LIB_DRAIN_H
#define PPTEST_LIB_DRAIN_H

#include <sys/types.h>

#include "pptest/error.h"

struct pp_drain {
    int fd;      /* to write to; written by several workers at once, lines of up to PIPE_BUF bytes stay whole */
    pid_t pid;   /* of the process that reads */
    pid_t owner; /* who opened it; 0: none */
};

/* For a task's `prepare`: starts the process, which ends with the one that started it. Returns 0 or -errno. */
int pp_drain_open(struct pp_drain *drain, struct pp_error *error);

/* For `cleanup`. Ends the process where this one has started it. */
void pp_drain_close(struct pp_drain *drain);

#endif
