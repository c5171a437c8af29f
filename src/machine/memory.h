/* How much memory there is, and how much of it this process may use. */
#ifndef PP_MACHINE_MEMORY_H
#define PP_MACHINE_MEMORY_H

#include <stdint.h>

/* In bytes; 0 where it is not known. */
struct pp_memory {
    uint64_t total;
    uint64_t available; /* the kernel's estimate of what could be had without swapping, at this moment */
    uint64_t limit;     /* the smallest of the process's control groups, 0: none */
    uint64_t usable;    /* the smaller of total and limit */
    uint64_t swap;      /* in all, used or not; 0 where there is none */
};

/* Reads /proc/meminfo and the control groups below `root` ("" for the running system). */
struct pp_memory pp_memory_read(const char *root);

#endif
