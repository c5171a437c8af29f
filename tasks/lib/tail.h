/* The end of what somebody writes into a pipe, however much that is: the rest is read and forgotten. */
#ifndef PPTEST_LIB_TAIL_H
#define PPTEST_LIB_TAIL_H

#include <stddef.h>

struct pp_tail {
    int fd; /* becomes readable when there is something to take; -1: nobody can write any more */
    size_t length;
    char bytes[224];
};

/* Returns the descriptor to write to, close-on-exec, which the caller closes, or -errno, and tail->fd is -1 then. */
int pp_tail_open(struct pp_tail *tail);
void pp_tail_close(struct pp_tail *tail);

/* Takes what is there, never waiting, some MiB at most. Closes tail->fd once nobody can write any more. */
void pp_tail_take(struct pp_tail *tail);

/* The last lines on one, as far as they are whole, or the end of the last; "" when there are none. */
void pp_tail_say(const struct pp_tail *tail, char *text, size_t size);

#endif
